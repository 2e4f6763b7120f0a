"""Find what a local DataLad dataset has and has not saved, which a run at its commit does not see."""

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isospine.dataset.annex import LARGEST_POINTER, key_of_pointer, read_key
from isospine.dataset.source import is_url, locate, one_of, source_kind, subject_folders
from isospine.errors import InputError
from isospine.io.atomic import sha256_of
from isospine.io.git import find_commit, git, git_bytes, is_bundle, resolve_commit
from isospine.words import printable

#: Bytes of content that are compared with keys; beyond them sizes alone are.
LARGEST_COMPARED = 2**28
#: Files that a message names.
NAMED = 5
#: One file of git's index, with what git noted of it: mode, object, path, time of the last change, size.
ENTRY = re.compile(
    r"(\d+) (\w+) \d\t([^\0]*)\0(?:  .*\n)  mtime: (\d+):(\d+)\n(?:  .*\n){2}  size: (\d+).*\n"
)


@dataclass(frozen=True)
class _Entry:
    mode: str
    blob: str
    path: str
    changed: int
    size: int


def check_saved(dataset: Mapping[str, Any], contrasts: Sequence[str], base: Path) -> str:
    """Describe files of a local DataLad dataset that a run would use if they were saved.

    Parameters
    ----------
    dataset : mapping
        `dataset` of the configuration.
    contrasts : sequence of str
        BIDS suffixes of the images.
    base : Path
        The folder that a relative path starts from.

    Returns
    -------
    str
        A warning; "" if everything is saved, or the run is of another version than the one checked out. Of a plain folder
        one names subjects whose folders are empty.

    Raises
    ------
    InputError
        If a file is of a subject that the configuration names, and no version.
    """
    source, version = dataset["source"], dataset["version"]
    kind = "url" if is_url(source) else source_kind(source, version, base)
    if kind == "bids":
        return _empty_subjects(locate(source, base))
    if kind != "datalad":
        return ""
    root = locate(source, base)
    if (
        is_bundle(root)
        or not (root / ".git").exists()
        or resolve_commit(root, version) != find_commit(root, "HEAD")
    ):
        return ""
    left_out = dataset["exclude"] if isinstance(dataset["exclude"], list) else []
    labels = {str(label).removeprefix("sub-") for label in left_out}
    found = [(path, what) for path, what in unsaved_files(root, contrasts) if _label(path) not in labels]
    if not found:
        return ""
    more = f", ... ({len(found)} in all)" if len(found) > NAMED else ""
    listed = ", ".join(f"{path} ({what})" for path, what in found[:NAMED]) + more
    problem = (
        f"dataset.source: {root} has files that are not saved, so that the run does not see them: {listed}"
    )
    named = dataset["subjects"] if isinstance(dataset["subjects"], list) else []
    named_labels = {str(label).removeprefix("sub-") for label in named}
    if version is None and any(_label(path) in named_labels for path, _ in found):
        raise InputError(
            f"{problem}; save them (datalad save), or pin what is saved (dataset.version: {find_commit(root, 'HEAD')})"
        )
    return printable(f"{problem}; save them to include them (datalad save)")


def _empty_subjects(root: Path) -> str:
    """Name empty folders of subjects in a plain folder, as copies of datasets have whose subdatasets were not there."""
    empty = [name for name in subject_folders(root) if not any((root / name).iterdir())]
    if not empty:
        return ""
    more = f", ... ({len(empty)} in all)" if len(empty) > NAMED else ""
    return printable(
        f"dataset.source: {root} has empty folders, whose subjects are left out: {', '.join(empty[:NAMED])}{more}; copy their "
        "files there (of a DataLad dataset: datalad get --recursive), or remove them"
    )


def unsaved_files(root: Path, contrasts: Sequence[str]) -> list[tuple[str, str]]:
    """Paths of images, segmentations and sidecars that differ from what is committed, and how; no program of the dataset runs."""
    suffixes = one_of(contrasts)
    relevant = re.compile(
        rf"(?:(?:derivatives/)?(?:.+/)?sub-[^/]+/(?:ses-[^/]+/)?anat/[^/]+_(?:{suffixes}|seg|seg-manual|mask|softseg|probseg)\.(?i:nii(?:\.gz)?)"
        rf"|(?:sub-[^/]+/(?:.+/)?)?(?:[^/]*_)?{suffixes}\.(?i:json)|dataset_description\.json|sub-[^/]+/(?:ses-[^/]+/)?)",
        re.DOTALL,
    )
    return sorted(dict(_differing(root, "", relevant)).items())


def _differing(root: Path, inside: str, relevant: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Relevant paths that differ, of subdatasets too; folders that are repositories of their own end in a slash."""
    new = _listed(root, "ls-files", "-z", "--others", "--exclude-standard")
    added = _listed(root, "diff-index", "--cached", "--name-only", "--no-renames", "-z", "HEAD")
    found = [(path, "new") for path in new] + [(path, "not committed") for path in added]
    yield from ((inside + path, what) for path, what in found if relevant.fullmatch(inside + path))
    compared = 0
    for entry in _entries(root):
        file = root / entry.path
        if entry.mode == "160000":
            if (file / ".git").exists():
                whole = f"{inside}{entry.path}/"
                if find_commit(file, "HEAD") != entry.blob and relevant.fullmatch(whole):
                    yield whole, "at another commit"
                yield from _differing(file, whole, relevant)
            continue
        if not relevant.fullmatch(inside + entry.path):
            continue
        try:
            status = file.lstat()
        except OSError:
            yield inside + entry.path, "removed"
            continue
        if (status.st_mtime_ns, status.st_size) == (entry.changed, entry.size):
            continue
        compared += status.st_size
        if _is_changed(root, entry, status, compared <= LARGEST_COMPARED):
            yield inside + entry.path, "changed"


def _listed(root: Path, *arguments: str) -> list[str]:
    return git(root, *arguments).stdout.split("\0")[:-1]


def _entries(root: Path) -> Iterable[_Entry]:
    text = git(root, "ls-files", "-z", "--stage", "--debug").stdout
    for mode, blob, path, seconds, nanoseconds, size in ENTRY.findall(text):
        yield _Entry(mode, blob, path, int(seconds) * 10**9 + int(nanoseconds), int(size))


def _is_changed(root: Path, entry: _Entry, status: os.stat_result, in_full: bool) -> bool:
    """Compare a file, whose time or size git does not know, with what is committed."""
    file = root / entry.path
    if stat.S_ISLNK(status.st_mode):
        return _blob(os.fsencode(os.readlink(file))) != entry.blob
    if not stat.S_ISREG(status.st_mode):
        return True
    if status.st_size <= LARGEST_POINTER and _blob(file.read_bytes()) == entry.blob:
        return False
    committed = git_bytes(root, "cat-file", "blob", entry.blob).stdout
    key = key_of_pointer(committed) if len(committed) <= LARGEST_POINTER else None
    if key is None:
        return len(committed) != status.st_size or (in_full and _blob(file.read_bytes()) != entry.blob)
    known = read_key(key)
    if known.size not in (None, status.st_size):
        return True
    return in_full and known.sha256 not in (None, sha256_of(file))


def _blob(content: bytes) -> str:
    """Name that git gives to content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _label(path: str) -> str:
    match = re.search(r"(?:^|/)sub-([^/]+)/", path)
    return match[1] if match else ""
