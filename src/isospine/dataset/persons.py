"""Name the person of each subject: `dataset.persons`."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from isospine.dataset.selection import list_labels
from isospine.dataset.texts import text_file
from isospine.errors import InputError
from isospine.io.text import read_text
from isospine.words import cell_text, printable

#: Forms of `dataset.persons`: nothing, one name for all, or a column of participants.tsv or a mapping.
Persons = str | Mapping[str, str | Mapping[str, str]] | None

PARTICIPANTS = "participants.tsv"
#: Values that name nobody, in any case: that of BIDS, and others that tables have.
NOBODY = ("", "n/a", "na", "n.a.", "#n/a", "nan", "none", "null", "-", "?", "unknown")


def name_persons(root: Path, persons: Persons, found: Sequence[str], used: Sequence[str]) -> dict[str, str]:
    """Name the person of each subject.

    Parameters
    ----------
    root : Path
        The dataset.
    persons : str, mapping or None
        None if each subject is a person of its own, the one name of all of them, ``{column: NAME}`` of
        participants.tsv, or ``{mapping: {LABEL: PERSON}}``, where a person with the label of a subject is that subject, and a
        subject that is not named is a person of its own label. "sub-" before a label or a person makes no difference.
    found : sequence of str
        Labels of all subjects of the dataset, without "sub-".
    used : sequence of str
        Labels of those that are taken.

    Returns
    -------
    dict
        Person by label, for each of `used`.

    Raises
    ------
    InputError
        If a mapping names a subject that is not in the dataset, the column, its table or a used subject's value
        in it is missing, or two names may be one, such as P1 and p1.
    """
    if persons is None:
        return {label: label for label in used}
    if isinstance(persons, str):
        return dict.fromkeys(used, cell_text(_name(persons, "dataset.persons")))
    if "column" in persons:
        named = _read_column(root, str(persons["column"]), used)
    else:
        named = _read_mapping(persons["mapping"], found)
    _check_distinct([named[label] for label in used if label in named], set(used) - set(named))
    return {label: cell_text(printable(named.get(label, label))) for label in used}


def _check_distinct(names: Iterable[str], labels: Iterable[str]) -> None:
    """Refuse names that differ, from one another or from labels of other subjects, as slips do: P1 and p1, 1 and 01."""
    known: dict[str | float, str] = {}

    def check(name: str) -> None:
        if known.get(_alike(name), name) != name:
            raise InputError(
                f"dataset.persons: {known[_alike(name)]!r} and {name!r} may be one person or two; expected one way to write "
                "the name of a person: write them alike, or so that they differ in more than capitals and zeros"
            )

    for name in names:
        check(name)
        known[_alike(name)] = name
    for label in labels:
        check(label)


def _alike(name: str) -> str | float:
    """Number that a name is, or the name in small letters."""
    try:
        return float(name)
    except ValueError:
        return name.casefold()


def _read_mapping(mapping: str | Mapping[str, str], found: Sequence[str]) -> dict[str, str]:
    """Read a mapping from the configuration; `found` as of `name_persons`."""
    assert isinstance(mapping, Mapping)
    key = "dataset.persons.mapping"
    named: dict[str, str] = {}
    for text, person in mapping.items():
        label, name = _label(text), _name(person, f"{key}.{text}")
        if named.setdefault(label, name) != name:
            raise InputError(f"{key}: {label} is given two persons, {named[label]} and {name}; keep one")
    unknown = sorted(set(named) - set(found))
    if unknown:
        raise InputError(
            f"{key}: {', '.join(unknown)} not in the dataset; expected some of {list_labels(found)}"
        )
    return {label: cell_text(_last(label, named)) for label in named}


def _last(label: str, named: Mapping[str, str]) -> str:
    """Follow a mapping from one subject to the next: if 03 is 02 and 02 is 01, 03 is 01."""
    seen = [label]
    while (name := named.get(seen[-1])) is not None:
        if name in seen:
            return min(seen[seen.index(name) :])
        seen.append(name)
    return seen[-1]


def _read_column(root: Path, column: str, used: Sequence[str]) -> dict[str, str]:
    """Read a column of participants.tsv, which has to name the person of every used subject."""
    named = _read_participants(root, column)
    missing = [label for label in used if named.get(label, "").lower() in NOBODY]
    if missing:
        raise InputError(
            f"dataset.persons.column: {root / PARTICIPANTS} has no {column} of {list_labels(missing)}; fill it in, exclude "
            "these subjects (dataset.exclude), or name persons by a mapping"
        )
    return {label: cell_text(person) for label, person in named.items()}


def _read_participants(root: Path, column: str) -> dict[str, str]:
    """Value of a column of participants.tsv by subject; the first line is its header."""
    path = root / PARTICIPANTS
    try:
        lines = read_text(text_file(root, PARTICIPANTS)).replace("\r\n", "\n").split("\n")
    except FileNotFoundError as error:
        problem = (
            "its content is not here: get it (datalad get)" if path.is_symlink() else "there is no such file"
        )
        raise InputError(
            f"dataset.persons.column: {path}: {problem}, or name persons by a mapping"
        ) from error
    except InputError as error:
        raise InputError(f"dataset.persons.column: {error}") from error
    rows = [line.split("\t") for line in lines if line.strip()]
    header = [name.strip() for name in rows[0]] if rows else []
    for name in ("participant_id", column):
        if name not in header:
            raise InputError(
                f"dataset.persons.column: {path} has no column {name!r}; expected one of {', '.join(header) or 'none'}"
            )
        if header.count(name) > 1:
            raise InputError(f"dataset.persons.column: {path} has two columns {name!r}; keep one of them")
    where, value = header.index("participant_id"), header.index(column)
    named: dict[str, str] = {}
    for row in rows[1:]:
        cells = [*row, *[""] * (len(header) - len(row))]
        label, person = _label(cells[where]), _label(cells[value])
        if named.setdefault(label, person) != person:
            raise InputError(
                f"dataset.persons.column: {path} gives sub-{label} two values of {column}, {named[label]} and {person}; "
                "keep one row of each subject"
            )
    return named


def _label(text: str) -> str:
    """Label or name on one line, of which a terminal does nothing but show it; letters that look alike are the same."""
    plain = unicodedata.normalize("NFKC", text)
    shown = "".join(letter for letter in plain if unicodedata.category(letter) != "Cf")
    return printable(" ".join(shown.split())).removeprefix("sub-")


def _name(text: str, key: str) -> str:
    """Name of a person from the configuration, which must say something, on one line."""
    name = _label(text)
    if name.lower() in NOBODY:
        raise InputError(f"{key}: {text!r} names nobody; expected the name of a person")
    return name
