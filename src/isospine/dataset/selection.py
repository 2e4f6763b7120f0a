"""Select the subjects of a dataset: `dataset.subjects` and `dataset.exclude`."""

import hashlib
import re
import reprlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from isospine.dataset.annex import check_link
from isospine.errors import InputError
from isospine.io.text import read_text
from isospine.io.yaml import LARGEST_YAML, load_yaml

#: Forms of `dataset.exclude`: labels, a YAML file, or a YAML file and the section of it that counts.
Exclude = Sequence[str] | str | Mapping[str, str]


def select_subjects(
    root: Path, found: Sequence[str], subjects: str | Sequence[str], exclude: Exclude
) -> list[str]:
    """Select subjects of a dataset.

    Parameters
    ----------
    root : Path
        The dataset, where a relative exclude file is looked for first; then in the working directory.
    found : sequence of str
        Labels of the subjects that are there.
    subjects : "all" or sequence of str
        Labels to take, with or without "sub-".
    exclude : sequence of str, str or mapping
        Labels not to take, each of which has to be in the dataset: a slip would let a subject in. Or a
        YAML file, given as a path or as ``{file: exclude.yml, section: csa_t2}``; there, as in
        spine-generic's, an entry that is no subject but a site stands for the site's numbered subjects
        ("beijingVerio" for "beijingVerio01" ...), and one that matches no subject is ignored, since the
        file may have been written for more subjects than this copy of the dataset has.

    Returns
    -------
    list of str
        Sorted labels without "sub-".

    Raises
    ------
    InputError
        If a named subject is not in the dataset, the file or its section does not exist or holds
        something else than labels, or nobody is left.
    """
    wanted = list(found) if subjects == "all" else _check_labels(subjects, found, "dataset.subjects")
    if isinstance(exclude, str | Mapping):
        unwanted = _match_entries(read_exclude(root, exclude), found)
    else:
        unwanted = set(_check_labels(exclude, found, "dataset.exclude"))
    left = sorted(set(wanted) - unwanted)
    if not left:
        raise InputError(
            f"dataset.exclude: leaves none of the {len(wanted)} subjects {_listed(wanted)}; exclude fewer "
            "or name more in dataset.subjects"
        )
    return left


def read_exclude(root: Path, exclude: str | Mapping[str, str]) -> list[str]:
    """Read the entries of an exclude file; see `select_subjects`."""
    given = {"file": exclude} if isinstance(exclude, str) else dict(exclude)
    if "file" not in given or not given.keys() <= {"file", "section"}:
        raise InputError(
            f"dataset.exclude: found the keys {sorted(given)}; expected a list of labels, or "
            "{file: exclude.yml, section: csa_t2}"
        )
    path = find_exclude_file(root, given["file"])
    try:
        content = load_yaml(path)
    except InputError as error:
        raise InputError(f"dataset.exclude: {error}") from error
    return _entries(path, content, given.get("section"))


def exclude_content(root: Path | None, exclude: Exclude, base: Path) -> str | None:
    """Identify the content of an exclude file, wherever it lies: its name and date do not say what is in it.

    Parameters
    ----------
    root : Path or None
        The dataset; None for one at a commit, which identifies the files in it.
    exclude : sequence of str, str or mapping
        As for `select_subjects`.
    base : Path
        The working directory.

    Returns
    -------
    str or None
        SHA-256 of its text; None where there is no file, or only in a dataset at a commit.

    Raises
    ------
    InputError
        If a file that has to be there is missing, or holds something else than labels.
    """
    if not isinstance(exclude, str | Mapping):
        return None
    if root is not None:
        read_exclude(root, exclude)
    name = Path(exclude if isinstance(exclude, str) else exclude["file"]).expanduser()
    folders = [base] if root is None else [root, base]
    path = next((folder / name for folder in folders if (folder / name).exists()), None)
    return path and hashlib.sha256(read_text(path, LARGEST_YAML).encode()).hexdigest()


def find_exclude_file(root: Path, name: str) -> Path:
    """Path of an exclude file, searched in the dataset and then in the working directory."""
    for folder in (root, Path.cwd()):
        path = folder / Path(name).expanduser()
        if path.exists():
            if folder == root and path.is_symlink():
                check_link(root, name)
            return path
    raise InputError(
        f"dataset.exclude: no file {name} in the dataset {root} nor in the working directory {Path.cwd()}; "
        "correct the path, or give a list of labels"
    )


def _entries(path: Path, content: Any, section: str | None) -> list[str]:
    if isinstance(content, dict):
        if section is None or section not in content:
            problem = "needs a section" if section is None else f"has no section {section!r}"
            raise InputError(
                f"dataset.exclude.section: {path} {problem}; expected one of {', '.join(map(str, content))}"
            )
        content = content[section]
    elif section is not None:
        raise InputError(f"dataset.exclude.section: {path} has no sections; leave {section!r} out")
    entries = [] if content is None else content
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise InputError(
            f"dataset.exclude: {path} holds {reprlib.repr(entries)}; expected a list of labels, numbers in quotes"
        )
    return entries


def _match_entries(entries: Sequence[str], found: Sequence[str]) -> set[str]:
    """Subjects that the entries of an exclude file stand for, each a subject or a site."""
    matched = set()
    for entry in (entry.removeprefix("sub-") for entry in entries):
        site = {label for label in found if re.fullmatch(re.escape(entry) + r"\d+", label)}
        matched |= {entry} if entry in found else site
    return matched


def _check_labels(labels: str | Sequence[str], found: Sequence[str], key: str) -> list[str]:
    named = [labels] if isinstance(labels, str) else labels
    wanted = [str(label).removeprefix("sub-") for label in named]
    missing = sorted(set(wanted) - set(found))
    if missing:
        raise InputError(f"{key}: {', '.join(missing)} not in the dataset; expected some of {_listed(found)}")
    return wanted


def _listed(labels: Sequence[str]) -> str:
    """List labels, the first thirty of many."""
    named = sorted(labels)
    return ", ".join(named[:30]) + (f", ... ({len(named)} in all)" if len(named) > 30 else "")
