"""The references that a text cites, read from `references.bib`."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

REFERENCES = Path(__file__).with_name("references.bib")

ACCENTS = {r"{\'a}": "\u00e1", r"{\'e}": "\u00e9", r"{\"o}": "\u00f6", "``": "\u201c", "''": "\u201d"}


@dataclass(frozen=True)
class Reference:
    """An entry of the bibliography.

    Attributes
    ----------
    bibtex : str
        The entry as it is written.
    fields : dict
        Its fields as plain text, without the signs of TeX.
    """

    bibtex: str
    fields: dict[str, str]

    @property
    def authors(self) -> str:
        """As a citation names them: A, A and B, or A et al."""
        names = [name.split(",")[0] for name in self.fields["author"].split(" and ")]
        return f"{names[0]} et al." if len(names) > 2 or names[-1] == "others" else " and ".join(names)

    @property
    def link(self) -> str | None:
        """Where it is to be read."""
        if "doi" in self.fields:
            return f"https://doi.org/{self.fields['doi']}"
        return (
            f"https://arxiv.org/abs/{self.fields['eprint']}"
            if "eprint" in self.fields
            else self.fields.get("url")
        )


def read_references() -> dict[str, Reference]:
    """Give every entry of the bibliography by its key; each field is on a line of its own."""
    text = REFERENCES.read_text(encoding="utf-8")
    found = {}
    for match in re.finditer(r"^@\w+\{([\w-]+),\n(.*?)^\}$", text, re.MULTILINE | re.DOTALL):
        fields = dict(re.findall(r"^  (\w+) = \{(.*)\},$", match[2], re.MULTILINE))
        found[match[1]] = Reference(match[0], {name: _plain(value) for name, value in fields.items()})
    return found


def _plain(value: str) -> str:
    for sign, character in ACCENTS.items():
        value = value.replace(sign, character)
    return re.sub(r"[{}]", "", value)


def cited_keys(text: str) -> list[str]:
    """Keys in the citations of a text, ``[@key; @other]``, in order of first use."""
    groups = re.findall(r"(?<!\\)\[(@[\w-]+(?:; @[\w-]+)*)\]", text)
    return list(dict.fromkeys(key.removeprefix("@") for group in groups for key in group.split("; ")))


def bibliography(keys: Sequence[str]) -> str:
    """BibTeX of these entries, in alphabetical order."""
    known = read_references()
    return "\n\n".join(known[key].bibtex for key in sorted(keys)) + "\n"


def escape_markdown(text: str) -> str:
    """Write a text of others so that nothing in it is a sign of Markdown, HTML or a citation."""
    return re.sub(r"([\\`*_\[\]<@$^~#|])", r"\\\1", " ".join(text.split()))


def cite_in_html(text: str) -> str:
    """Turn a paragraph of Markdown with code and citations into HTML: [@key] into (Author et al. 2020)."""
    known = read_references()

    def group(match: re.Match[str]) -> str:
        keys = [key.removeprefix("@") for key in match[1].split("; ")]
        labels = [(key, f"{known[key].authors} {known[key].fields['year']}") for key in keys]
        return "(" + "; ".join(f'<a href="#{key}">{html.escape(label)}</a>' for key, label in labels) + ")"

    escaped = re.sub(r"(?<!\\)`([^`]*)`", r"<code>\1</code>", html.escape(text))
    cited = re.sub(r"(?<!\\)\[(@[\w-]+(?:; @[\w-]+)*)\]", group, escaped)
    return re.sub(r"\\([\\`*_\[\]@$^~#|]|&lt;)", r"\1", cited)


def reference_list(keys: Sequence[str]) -> str:
    """HTML list of these entries, in the order of their authors."""
    known = read_references()
    items = []
    for key in sorted(keys, key=lambda key: (known[key].authors.casefold(), known[key].fields["year"])):
        fields, link = known[key].fields, known[key].link
        place = fields.get("journal") or fields.get("booktitle")
        text = html.escape(
            f"{known[key].authors}. {fields['title']}. {f'{place}, ' if place else ''}{fields['year']}."
        )
        address = f' <a href="{html.escape(link)}">{html.escape(link)}</a>' if link else ""
        items.append(f'<li id="{key}">{text}{address}</li>\n')
    return f"<ul>\n{''.join(items)}</ul>\n"
