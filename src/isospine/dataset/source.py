"""Identify the configured dataset without opening a volume."""

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from isospine.dataset.annex import check_link
from isospine.errors import InputError
from isospine.io.atomic import read_json, sha256_of
from isospine.io.git import is_bundle, is_repository, resolve_commit
from isospine.io.text import LARGEST_TEXT
from isospine.jobs.run_folder import hidden_in

#: The source that stands for the embedded demo dataset.
DEMO = "demo"


def describe_source(
    source: str, version: str | None, contrasts: Sequence[str], base: Path, sidecars: bool = False
) -> dict[str, Any]:
    """Identify the data of a dataset, so that any change of the data changes the result.

    Parameters
    ----------
    source : str
        ``dataset.source``: "demo", or the path or URL of a BIDS dataset.
    version : str or None
        ``dataset.version``: a tag, branch or commit of a DataLad dataset.
    contrasts : sequence of str
        BIDS suffixes of the images, e.g. "T2w".
    base : Path
        The folder that a relative path starts from.
    sidecars : bool
        Whether the sidecars of the images count as data, those that they inherit too.

    Returns
    -------
    dict
        JSON-serialisable and free of absolute paths. `kind` is "demo", "datalad" (with `commit`, or for a
        URL `url` and `version`) or "bids" (with `fingerprint`, a SHA-256 of 64 hexadecimal digits).

    Raises
    ------
    InputError
        If the source or the version is not there, or does not go with the other.
    """
    kind = source_kind(source, version, base)
    if kind == "demo":
        return {"kind": kind}
    if is_url(source):
        return {"kind": kind, "url": source, "version": version}
    path = locate(source, base)
    if kind == "datalad":
        return {"kind": kind, "commit": resolve_commit(path, version)}
    read_description(path)
    return {"kind": kind, "fingerprint": _fingerprint(path, contrasts, sidecars)}


def source_kind(source: str, version: str | None, base: Path) -> str:
    """Kind of a source: "demo", "bids" (a plain folder) or "datalad" (any git repository).

    Raises
    ------
    InputError
        As `describe_source`, except for what only the repository can show.
    """
    if source != DEMO and is_url(source):
        _check_url(source, version)
        return "datalad"
    if source != DEMO:
        path = locate(source, base)
        if is_repository(path) or is_bundle(path):
            return "datalad"
        if not path.is_dir():
            raise InputError(
                f"dataset.source: {path} is a file; expected the folder or URL of a BIDS dataset"
            )
    if version is not None:
        what = "the demo dataset" if source == DEMO else f"{source}, a plain folder without git,"
        raise InputError(
            f"dataset.version: {version!r} given for {what} which has no versions; set it to null"
        )
    return "demo" if source == DEMO else "bids"


def is_url(source: str) -> bool:
    """Check whether a source is a URL, in any form that DataLad accepts (``user@host:path`` and ``///`` too)."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]*://|///|[\w.-]+@[\w.-]+:", source) is not None


def is_file_url(source: str) -> bool:
    """Check whether a URL leads to this machine, in capitals or to a store of DataLad's (``ria+file://``) too."""
    return re.match(r"(?:ria\+)?file:", source, re.IGNORECASE) is not None


def locate(source: str, base: Path) -> Path:
    """Absolute path of a source that is not a URL.

    Raises
    ------
    InputError
        If nothing is there.
    """
    path = base.absolute() / Path(source).expanduser()
    try:
        path.stat()
    except FileNotFoundError as error:
        raise InputError(
            f"dataset.source: {path} does not exist; expected 'demo', or the path or URL of a BIDS dataset"
        ) from error
    except OSError as error:
        raise InputError(
            f"dataset.source: {path} cannot be read ({error.strerror}); check the permissions"
        ) from error
    return path


def read_description(root: Path, named: str | None = None, place: Path | None = None) -> dict[str, Any]:
    """Read ``dataset_description.json``.

    Parameters
    ----------
    root : Path
        The dataset.
    named : str, optional
        Its name in an error, if not `root`.
    place : Path, optional
        Where the content of the file is, if git-annex keeps it elsewhere.

    Returns
    -------
    dict
        `Name`, `BIDSVersion` and what else is there.

    Raises
    ------
    InputError
        If the file is missing, is not a JSON object, or is a link that leads out of the dataset.
    """
    check_link(root, "dataset_description.json")
    try:
        return read_json(place or root / "dataset_description.json")
    except FileNotFoundError as error:
        if (root / "dataset_description.json").is_symlink():
            raise InputError(
                f"dataset.source: {root / 'dataset_description.json'} is a dangling link; get its content (datalad get), or "
                "give the DataLad dataset itself"
            ) from error
        raise InputError(
            f"dataset.source: {named or root} has no dataset_description.json, so it is not a BIDS dataset; "
            "expected the folder that holds dataset_description.json and sub-*/"
        ) from error


def anat_folders(root: Path) -> Iterator[str]:
    """Folders ``sub-*/[ses-*/]anat`` below a folder, as sorted POSIX paths relative to it.

    Parameters
    ----------
    root : Path
        A BIDS dataset or one pipeline of its derivatives.

    Yields
    ------
    str
        E.g. "sub-01/ses-1/anat".
    """
    for subject in subject_folders(root):
        sessions = [f"{subject}/{session}" for session in _subfolders(root / subject, "ses-")]
        yield from (f"{folder}/anat" for folder in [subject, *sessions] if (root / folder / "anat").is_dir())


def subject_folders(root: Path) -> list[str]:
    """Folders ``sub-*`` below a folder."""
    return _subfolders(root, "sub-")


def lost_folders(root: Path) -> list[str]:
    """Links in the place of subjects, sessions and their images that lead to nothing, such as to a disk that is not there."""
    subjects = subject_folders(root)
    sessions = [f"{subject}/{name}" for subject in subjects for name in _subfolders(root / subject, "ses-")]
    paths = [
        PurePosixPath(folder) / name
        for folder in ["", *subjects, *sessions]
        for name in os.listdir(root / folder)
        if re.match(r"(sub|ses)-|anat$", name)
    ]
    return sorted(
        str(path) for path in paths if (root / path).is_symlink() and not os.path.exists(root / path)
    )


def segmentation_folders(root: Path) -> list[str]:
    """Folders of derivatives below a dataset, as paths relative to it, the most likely first.

    Results of `isospine run` are not among them: the dataset would be another one after each run.
    """
    folders = [f"derivatives/{name}" for name in _subfolders(root / "derivatives", "")]
    pipelines = [folder for folder in folders if not hidden_in(root / folder).exists()]
    return sorted([*pipelines, "derivatives"], key=lambda name: (name != "derivatives/labels", name))


def _subfolders(folder: Path, prefix: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if entry.name.startswith(prefix) and entry.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise InputError(f"{folder}: cannot be read ({error.strerror}); check its permissions") from error


def one_of(contrasts: Sequence[str]) -> str:
    """Regular expression that matches any of some BIDS suffixes."""
    return f"(?:{'|'.join(map(re.escape, contrasts))})"


def _fingerprint(root: Path, contrasts: Sequence[str], sidecars: bool) -> str:
    """Digest of the name and the state of every file that the manifest depends on."""
    images = re.compile(rf".*_{one_of(contrasts)}\.(?i:nii(\.gz)?)")
    segmentations = re.compile(r".*_(seg|seg-manual|mask|softseg|probseg)\.(?i:nii(\.gz)?)")
    folders = [("", re.compile(r"dataset_description\.json|participants\.tsv"))]
    folders += [(folder, images) for folder in anat_folders(root)]
    if sidecars:
        names = re.compile(rf"(.*_)?{one_of(contrasts)}\.(?i:json)")
        inherited = {str(parent) for folder in anat_folders(root) for parent in PurePosixPath(folder).parents}
        folders += [(folder, names) for folder in sorted({*anat_folders(root), *inherited})]
    for pipeline in segmentation_folders(root):
        folders += [(f"{pipeline}/{folder}", segmentations) for folder in anat_folders(root / pipeline)]
    digest = hashlib.sha256()
    for folder, names in folders:
        digest.update("".join(_facts(root, folder, names)).encode(errors="surrogateescape"))
    return digest.hexdigest()


def _facts(root: Path, folder: str, names: re.Pattern[str]) -> Iterator[str]:
    """One line for each file of a folder with a matching name."""
    with os.scandir(root / folder) as entries:
        fitting = sorted(
            (entry for entry in entries if names.fullmatch(entry.name)), key=lambda entry: entry.name
        )
    for entry in fitting:
        yield f"{folder}/{entry.name}\0{_state(entry)}\n"


def _state(entry: os.DirEntry[str]) -> str:
    """Content of a small text file; of an image its size and dates, the last of which nobody can set back."""
    try:
        status = entry.stat()
    except OSError:  # a dangling link, or a circle of links, is a fact about the data as well
        status = entry.stat(follow_symlinks=False)
    small = stat.S_ISREG(status.st_mode) and status.st_size <= LARGEST_TEXT
    if small and entry.name.lower().endswith((".json", ".tsv")):
        with suppress(OSError):
            return sha256_of(Path(entry.path))
    return f"{status.st_size}\0{status.st_mtime_ns}\0{status.st_ctime_ns}"


def _check_url(source: str, version: str | None) -> None:
    if re.match(r"[^/]*://[^/@]*:[^/@]*@", source):
        raise InputError(
            "dataset.source: the URL holds a password, which would end up in the results; remove it and "
            "use a git credential helper"
        )
    if is_file_url(source) and not source.startswith("file://"):
        raise InputError(
            f"dataset.source: {source} is no address of a folder that git knows; expected file:///FOLDER, or the path of the "
            "dataset (of a store of DataLad's, that of the dataset in it)"
        )
    if version is None:
        raise InputError(
            f"dataset.version: missing, but {source} may change at any time; pin a tag or commit, e.g. r20211115"
        )
