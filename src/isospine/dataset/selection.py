"""Select subjects and sessions of a dataset: `dataset.subjects` and `dataset.exclude`."""

import hashlib
import os
import re
import reprlib
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from isospine.dataset.annex import annex_key, check_link
from isospine.errors import InputError
from isospine.io.text import read_text
from isospine.io.yaml import LARGEST_YAML, load_yaml
from isospine.plan.views import ABSENT

#: Labels of a subject and of its session, "n/a" where there is none.
Body = tuple[str, str]
#: Forms of `dataset.exclude`: labels, a YAML file, or a YAML file and the section of it that counts.
Exclude = Sequence[str] | str | Mapping[str, str]


def select_bodies(
    root: Path,
    found: Sequence[Body],
    subjects: str | Sequence[str],
    exclude: Exclude,
    passed_over: Sequence[str] = (),
    sessions: str | Sequence[str] = "all",
) -> set[Body]:
    """Select subjects of a dataset, in all sessions or some.

    Parameters
    ----------
    root : Path
        The dataset, where a relative exclude file is looked for first; then in the working directory.
    found : sequence of (subject, session)
        Labels of what is there.
    subjects : "all" or sequence of str
        Labels to take, with or without "sub-".
    exclude : sequence of str, str or mapping
        Labels not to take, or subject and session as "01/ses-2", each of which has to be in the dataset: a slip
        would let a subject in. Or a
        YAML file, given as a path or as ``{file: exclude.yml, section: csa_t2}``; there, as in
        spine-generic's, an entry that is no subject but a site stands for the site's numbered subjects
        ("beijingVerio" for "beijingVerio01" ...), and one that matches no subject is ignored, since the
        file may have been written for more subjects than this copy of the dataset has.

    passed_over : sequence of str
        Labels of other subjects of the dataset, which were not looked for since they are excluded.
    sessions : "all" or sequence of str
        Labels to take, with or without "ses-".

    Returns
    -------
    set of (subject, session)
        Those of `found` that are left.

    Raises
    ------
    InputError
        If a named subject or session is not in the dataset, the file or its section does not exist or holds
        something else than labels, or nobody is left.
    """
    labels = sorted({subject for subject, _ in found})
    wanted = labels if subjects == "all" else check_labels(subjects, labels)
    if isinstance(exclude, str | Mapping):
        unwanted = _match_entries(read_exclude(root, exclude), found)
    else:
        unwanted = _check_excluded(exclude, [*found, *((label, ABSENT) for label in passed_over)])
    known = sorted({session for _, session in found if session != ABSENT})
    visits = {ABSENT, *known} if sessions == "all" else check_labels(sessions, known, "sessions")
    there = {body for body in found if body[0] in wanted and body[1] in visits}
    if not there:
        raise InputError(
            f"dataset.sessions: none of the subjects {list_labels(wanted)} has a session {list_labels(visits)}; name others"
        )
    left = there - unwanted
    if not left:
        raise InputError(
            f"dataset.exclude: leaves none of the {len(wanted)} subjects {list_labels(wanted)}; exclude fewer "
            "or name more in dataset.subjects"
        )
    return left


def may_be_taken(
    root: Path, labels: Sequence[str], subjects: str | Sequence[str], exclude: Exclude
) -> list[str]:
    """Labels of which `select_bodies` would take something if it is there; its parameters."""
    bodies = [(label, ABSENT) for label in labels]
    if not bodies:
        return []
    if isinstance(exclude, str | Mapping):
        unwanted = _match_entries(read_exclude(root, exclude), bodies)
    else:
        unwanted = {body for entry in exclude for body in _named(entry, bodies)}
    named = [subjects] if isinstance(subjects, str) else subjects
    wanted = labels if subjects == "all" else [label.removeprefix("sub-") for label in named]
    return [label for label, session in bodies if label in wanted and (label, session) not in unwanted]


def read_exclude(root: Path, exclude: str | Mapping[str, str]) -> list[str]:
    """Read the entries of an exclude file; see `select_bodies`."""
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
        As for `select_bodies`.
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
    return None if path is None else hashlib.sha256(read_text(path, LARGEST_YAML).encode()).hexdigest()


def find_exclude_file(root: Path, name: str) -> Path:
    """Path of an exclude file, searched in the dataset and then in the working directory."""
    for folder in (root, Path.cwd()):
        path = folder / Path(name).expanduser()
        if folder == root and path.is_relative_to(root) and path.is_symlink():
            check_link(root, str(path.relative_to(root)))
        if os.path.lexists(path) and path.is_relative_to(root) and annex_key(path):
            # imported here: the Snakefile, which reads exclude files of plain folders, must be parsed fast
            from isospine.dataset.texts import text_file

            return text_file(root, str(path.relative_to(root)))
        if path.exists():
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


def _match_entries(entries: Sequence[str], found: Sequence[Body]) -> set[Body]:
    """Bodies that the entries of an exclude file stand for, each a subject, one of its sessions, or a site."""
    matched: set[Body] = set()
    for entry in entries:
        site = re.compile(re.escape(entry.removeprefix("sub-")) + r"\d+")
        matched |= _named(entry, found) or {body for body in found if site.fullmatch(body[0])}
    return matched


def _named(entry: str, found: Sequence[Body]) -> set[Body]:
    """Bodies of a subject, "01", or of one of its sessions, "01/ses-2"; "sub-" and "_" for "/" are the same."""
    subject, slash, session = entry.removeprefix("sub-").replace("_ses-", "/ses-").partition("/ses-")
    return {body for body in found if body[0] == subject and (not slash or session == body[1])}


def _check_excluded(exclude: Sequence[str], found: Sequence[Body]) -> set[Body]:
    """Bodies of a list of labels in the configuration."""
    missing = sorted({entry.removeprefix("sub-") for entry in exclude if not _named(entry, found)})
    if missing:
        bodies = [f"{subject}/ses-{session}" for subject, session in found if session != ABSENT]
        known = bodies if any("ses-" in entry for entry in missing) else {subject for subject, _ in found}
        raise InputError(_unknown("dataset.exclude", missing, known))
    return {body for entry in exclude for body in _named(entry, found)}


def check_labels(labels: str | Sequence[str], found: Sequence[str], key: str = "subjects") -> list[str]:
    """Labels of subjects or sessions that a list names, without "sub-" and "ses-".

    Raises
    ------
    InputError
        If one of them is not among those that were found.
    """
    named = [labels] if isinstance(labels, str) else labels
    wanted = [label.removeprefix("sub-" if key == "subjects" else "ses-") for label in named]
    missing = sorted(set(wanted) - set(found))
    if missing:
        raise InputError(_unknown(f"dataset.{key}", missing, found))
    return wanted


def _unknown(key: str, missing: Sequence[str], known: Collection[str]) -> str:
    expected = f"expected some of {list_labels(known)}" if known else "it has no sessions"
    return f"{key}: {', '.join(missing)} not in the dataset; {expected}"


def list_labels(labels: Collection[str]) -> str:
    """List labels, the first thirty of many."""
    named = sorted(labels)
    return ", ".join(named[:30]) + (f", ... ({len(named)} in all)" if len(named) > 30 else "")
