"""Clone a DataLad dataset at a pinned version, without its content."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from isospine.dataset.annex_init import init_annex
from isospine.dataset.content import SOURCE_KEY
from isospine.dataset.environment import PROTOCOLS, datalad_environment
from isospine.dataset.local_annex import local_path
from isospine.dataset.source import is_file_url, is_url, locate, source_kind
from isospine.dataset.texts import read_dataset_description
from isospine.dataset.transfer import PERMANENT, run_patiently, try_again
from isospine.errors import InputError, PassingError
from isospine.io.git import (
    SETTINGS,
    check_complete,
    find_commit,
    git,
    list_tags,
    resolve_commit,
    unknown_version,
)
from isospine.words import printable


def clone_dataset(source: str, version: str | None, folder: Path) -> dict[str, Any]:
    """Clone the metadata of a DataLad dataset into a folder; use a plain BIDS folder in place.

    A clone of the same source at the same commit is kept, with the content fetched into it; whatever else
    is in its place is replaced. The clone is made beside `folder` and moved there when it is whole.

    Parameters
    ----------
    source : str
        Path or URL of a BIDS dataset; a git bundle and a bare repository will do.
    version : str or None
        Tag or commit; a branch too, of a local source; None, of a local source, is its HEAD.
    folder : Path
        Folder of the clone.

    Returns
    -------
    dict
        Record of the dataset: `kind` ("datalad" or "bids"), `source` as given, `name`, `licence`, `doi`,
        `version`, `commit` and `datalad_id`, each None where the dataset does not say.

    Raises
    ------
    InputError
        If the source or the version does not exist, or the source cannot be cloned or is no BIDS dataset.
    """
    kind = source_kind(source, version, Path.cwd())
    if kind != "datalad":
        return dataset_record(locate(source, Path.cwd()), source, None)
    origin = source if is_url(source) else str(locate(source, Path.cwd()))
    wanted = version if is_url(source) else resolve_commit(Path(origin), version)
    assert wanted is not None  # source_kind refuses a URL without a version
    folder, local = folder.absolute(), local_path(origin)
    if local is not None:
        check_complete(local)
    with datalad_environment(PROTOCOLS if local is None else "file"):
        if not _is_clone(folder, origin, wanted):
            named = f"{origin} at {version or wanted!r}"
            _replace(
                folder,
                origin,
                wanted,
                version or wanted,
                lambda clone: read_dataset_description(clone, named),
            )
        return dataset_record(folder, source, version)


def install(origin: str, commit: str, folder: Path) -> None:
    """Clone the metadata of a subdataset at a commit, into its folder; a clone that is there is kept.

    Raises
    ------
    InputError
        If it cannot be cloned, or lacks the commit.
    """
    folder, local = folder.absolute(), local_path(origin)
    if local is not None:
        check_complete(local)
    with datalad_environment(PROTOCOLS if local is None else "file"):
        if not _is_clone(folder, origin, commit):
            _replace(folder, origin, commit, commit)


def dataset_record(root: Path, source: str, version: str | None) -> dict[str, Any]:
    """Record that identifies a dataset; see `clone_dataset`."""
    description = read_dataset_description(root)
    cloned = (root / ".git").exists()
    identity = git(root, "config", "--file", ".datalad/config", "datalad.dataset.id") if cloned else None
    return {
        "kind": "datalad" if cloned else "bids",
        "source": source,
        "name": _text(root, description, "Name"),
        "licence": _text(root, description, "License"),
        "doi": _text(root, description, "DatasetDOI"),
        "version": version
        or (git(root, "describe", "--tags", "--always").stdout.strip() if cloned else None),
        "commit": find_commit(root, "HEAD") if cloned else None,
        "datalad_id": (identity.stdout.strip() or None) if identity else None,
    }


def _text(root: Path, description: dict[str, Any], key: str) -> str | None:
    """One-line text in a dataset's description; None if there is none."""
    text = description.get(key)
    if text is not None and not isinstance(text, str):
        raise InputError(f"{root / 'dataset_description.json'}: {key} is {text!r}; expected text: correct it")
    return text and printable(" ".join(text.split()))


def dataset_root(record: dict[str, Any], folder: Path) -> Path:
    """Folder with the files of a dataset: its clone, or the plain BIDS folder itself.

    Parameters
    ----------
    record : dict
        See `clone_dataset`.
    folder : Path
        Where `clone_dataset` was asked to clone to.

    Raises
    ------
    InputError
        If the clone is gone.
    """
    root = folder if record["kind"] == "datalad" else locate(record["source"], Path.cwd())
    if not root.exists():
        raise InputError(
            f"{root}: the clone of the dataset is gone; remove {folder}.json, and it will be cloned again"
        )
    return root


def remove_tree(folder: Path) -> None:
    """Remove a folder, or a file in its place, including write-protected annex objects."""
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    for place, _, _ in os.walk(folder):
        os.chmod(place, 0o700)
    if folder.exists():
        shutil.rmtree(folder)


def _is_clone(folder: Path, origin: str, wanted: str) -> bool:
    """Check whether a folder holds a clone of that origin at that version; repairs its work tree."""
    if not (folder / ".git").is_dir() or git(folder, "config", SOURCE_KEY).stdout.strip() != origin:
        return False
    commit = find_commit(folder, wanted)
    if not commit or commit != find_commit(folder, "HEAD"):
        return False
    return _check_out_files(folder, commit).returncode == 0


def _replace(
    folder: Path, origin: str, wanted: str, version: str, check: Callable[[Path], object] = lambda clone: None
) -> None:
    """Put a clone that passes a check in the place of a folder."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".cloning-", dir=folder.parent))
    except OSError as error:
        raise InputError(
            f"{folder.parent}: cannot write there ({error.strerror}); expected a writable output folder: "
            "change its permissions or run in another working directory (snakemake --directory)"
        ) from error
    try:
        clone = beside / folder.name
        try_again(lambda: _clone(origin, clone))
        _check_out(clone, origin, wanted, version)
        git(clone, "config", SOURCE_KEY, origin)
        check(clone)
        remove_tree(folder)
        clone.rename(folder)
    finally:
        remove_tree(beside)


def _clone(origin: str, clone: Path) -> None:
    """Clone without content; explain a failure."""
    remove_tree(clone)
    local = local_path(origin)
    if local is not None and not local.exists():
        raise InputError(f"dataset.source: {origin} does not exist; check the address")
    if local is None:
        # DataLad runs git-annex in the clone, which takes a program that is there for that of a special remote
        options = ["--", "--no-checkout"]
        command = ["datalad", "--output-format", "json", "clone", origin, str(clone), *options]
    else:
        command = ["git", *SETTINGS, "clone", "--no-checkout", "--origin=origin", "--", origin, str(clone)]
    answer = run_patiently(command, clone.parent, clone)
    if answer.returncode == 0:
        # before git-annex takes note of the unlocked files that there are
        _check_out_files(clone, "HEAD")
        answer = init_annex(clone, origin, local is not None)
    if answer.returncode == 0:
        return
    said = "\n".join([answer.stderr, *(_message(line) for line in answer.stdout.splitlines())])
    # of the many lines, the one that says why
    reasons = [
        re.findall(pattern, said, re.MULTILINE) for pattern in (r"fatal: (.+)", r"error: (.+)", r"^ssh: .+")
    ]
    named = [*reasons[0][-1:], *reasons[1], *reasons[2], " ".join(said.split())]
    reason = named[0].rstrip("]'\"")
    remote = is_url(origin) and not is_file_url(origin)
    raise (PassingError if remote and not PERMANENT.search(said) else InputError)(
        f"dataset.source: {origin} could not be cloned ({reason}); check the address, "
        "the network and your access to it"
    )


def _message(line: str) -> str:
    """Text of a result record of DataLad; any other line as it is."""
    try:
        parts = json.loads(line).get("message") or ""
    except ValueError:
        return line
    text, *values = [parts] if isinstance(parts, str) else parts
    return str(text) % tuple(values) if values else str(text)


def _check_out(clone: Path, origin: str, wanted: str, version: str) -> None:
    commit = find_commit(clone, wanted)
    if not commit:
        raise unknown_version(version, origin, list_tags(clone))
    branch = git(clone, "rev-parse", "--verify", "--quiet", f"refs/remotes/origin/{wanted}")
    tag = git(clone, "rev-parse", "--verify", "--quiet", f"refs/tags/{wanted}")
    if branch.returncode == 0 and tag.returncode != 0:
        raise InputError(
            f"dataset.version: {version!r} is a branch of {origin} and may change at any time; "
            f"pin a tag or the commit, which is now {commit}"
        )
    answer = _check_out_files(clone, commit)
    if answer.returncode:
        raise InputError(
            f"dataset.version: {version!r} of {origin} cannot be checked out: {answer.stderr.strip()}"
        )


def _check_out_files(clone: Path, commit: str) -> subprocess.CompletedProcess[str]:
    """Check out the work tree of a commit; annexed files are pointers, even where their content is present."""
    pointers = ("-c", "filter.annex.process=", "-c", "filter.annex.smudge=cat")
    return git(clone, *pointers, "checkout", "--quiet", "--force", "--detach", commit)
