"""Format the references that a text cites, from `references.bib`, with pybtex."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pybtex.database import Entry, Person, parse_file
from pybtex.richtext import Text
from pybtex.style.template import field, first_of, join, optional, optional_field, sentence

from isospine.report.page import render

REFERENCES = Path(__file__).with_name("references.bib")
#: A paragraph with its citations.
PARAGRAPH = "cited.html"

CITATION = r"\[(@[\w-]+(?:; @[\w-]+)*)\]"
#: Markup in a paragraph: an escaped character, code, a citation.
MARKUP = re.compile(rf"\\([\\`*_\[\]<@$^~#|])|`([^`]*)`|{CITATION}")


@dataclass(frozen=True)
class Reference:
    """An entry of the bibliography.

    Attributes
    ----------
    entry : pybtex.database.Entry
        As pybtex read it.
    """

    entry: Entry

    @property
    def bibtex(self) -> str:
        """The entry as BibTeX."""
        return str(self.entry.to_string("bibtex")).strip()

    @property
    def fields(self) -> dict[str, str]:
        """Its fields as plain text, without TeX markup."""
        return {name: str(Text.from_latex(value)) for name, value in self.entry.fields.items()}

    @property
    def authors(self) -> str:
        """Authors in a citation: A, A and B, or A et al."""
        names = [_family_name(person) for person in self.entry.persons["author"]]
        return f"{names[0]} et al." if len(names) > 2 or names[-1] == "others" else " and ".join(names)

    @property
    def year(self) -> str:
        """Year of publication."""
        return self.fields["year"]

    @property
    def text(self) -> str:
        """Text in a list of references: Authors. Title. Journal, year."""
        place = first_of[optional_field("journal"), optional_field("booktitle")]
        # a sentence of pybtex ends with one full stop, also after "et al."
        style = join(sep=" ")[
            sentence[self.authors],
            sentence[field("title")],
            sentence(sep=", ")[optional[place], field("year")],
        ]
        return str(style.format_data({"entry": self.entry}))

    @property
    def link(self) -> str | None:
        """Link to the publication."""
        if "doi" in self.fields:
            return f"https://doi.org/{self.fields['doi']}"
        return (
            f"https://arxiv.org/abs/{self.fields['eprint']}"
            if "eprint" in self.fields
            else self.fields.get("url")
        )


def _family_name(person: Person) -> str:
    """Return the last name of an author with its prefix: van der Walt."""
    return str(Text.from_latex(" ".join([*person.prelast_names, *person.last_names])))


@cache
def read_references() -> dict[str, Reference]:
    """Read every entry of the bibliography by its key."""
    return {key: Reference(entry) for key, entry in parse_file(REFERENCES, "bibtex").entries.items()}


def cited_keys(text: str) -> list[str]:
    """List the keys in the citations of a text, ``[@key; @other]``, in order of first use."""
    groups = re.findall(rf"(?<!\\){CITATION}", text)
    return list(dict.fromkeys(key for group in groups for key in _keys(group)))


def _keys(group: str) -> list[str]:
    """List the keys of one citation."""
    return [key.removeprefix("@") for key in group.split("; ")]


def bibliography(keys: Sequence[str]) -> str:
    """Write entries as BibTeX, in alphabetical order."""
    known = read_references()
    return "\n\n".join(known[key].bibtex for key in sorted(keys)) + "\n"


def paragraph_parts(text: str) -> list[dict[str, Any]]:
    """Split a paragraph of Markdown into text, code and citations.

    Returns
    -------
    list of dict
        Each with one key: `text`, `code`, or `cited`, a list of (key, label) such as Author et al. 2020.
    """
    known = read_references()
    parts: list[dict[str, Any]] = []
    end = 0
    for match in MARKUP.finditer(text):
        parts.append({"text": text[end : match.start()]})
        escaped, code, group = match.groups()
        if escaped is not None:
            parts.append({"text": escaped})
        elif code is not None:
            parts.append({"code": code})
        else:
            labels = [(key, f"{known[key].authors} {known[key].year}") for key in _keys(group)]
            parts.append({"cited": labels})
        end = match.end()
    return [*parts, {"text": text[end:]}]


def cite_in_html(text: str) -> str:
    """Convert a paragraph of Markdown with citations to HTML: [@key] becomes (Author et al. 2020)."""
    return render(PARAGRAPH, parts=paragraph_parts(text)).removesuffix("\n")


def reference_list(keys: Sequence[str]) -> list[tuple[str, Reference]]:
    """List the references of these keys, in the order of their authors."""
    known = read_references()
    order = sorted(keys, key=lambda key: (known[key].authors.casefold(), known[key].year))
    return [(key, known[key]) for key in order]
