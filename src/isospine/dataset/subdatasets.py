"""Install the datasets inside a dataset that hold its subjects, at the commits that it records."""

import logging
import posixpath
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path, PurePosixPath

from isospine.dataset.clone import install
from isospine.dataset.content import SOURCE_KEY
from isospine.dataset.local_annex import local_path
from isospine.dataset.source import is_file_url, is_url
from isospine.errors import InputError
from isospine.io.git import find_commit, git, is_repository

#: Folders that can hold images, or segmentations of them.
HOLDING = re.compile(r"(?:derivatives(?:/|$)(?:[^/]+(?:/|$))?)?(?:sub-([^/]+)(?:/ses-[^/]+)?(?:/anat)?)?")

log = logging.getLogger(__name__)


def recorded_subdatasets(root: Path) -> dict[str, str]:
    """Commit of each subdataset by its POSIX path, as committed."""
    listing = git(root, "ls-tree", "-r", "-z", "HEAD").stdout
    entries = [entry.split("\t", 1) for entry in listing.split("\0")[:-1]]
    return {path: facts.split()[2] for facts, path in entries if facts.startswith("160000 ")}


def install_subdatasets(
    root: Path, wanted: Callable[[Sequence[str]], Collection[str]], inside: str = ""
) -> list[str]:
    """Clone, without content, the subdatasets of a clone that can hold images of wanted subjects.

    In any other folder than a clone made by `clone_dataset` nothing is done. One that cannot be had is an error if it may
    hold images, since subjects would be missed without a word, and a warning if it may hold segmentations.

    Parameters
    ----------
    root : Path
        The clone.
    wanted : callable
        Chooses among the labels of subjects that may be in them.
    inside : str
        Path of the clone in the whole dataset, where it is a subdataset itself.

    Returns
    -------
    list of str
        Labels of subjects that were not wanted.

    Raises
    ------
    InputError
        Naming the subdataset.
    """
    if not (root / ".git").is_dir() or not git(root, "config", SOURCE_KEY).stdout.strip():
        return []
    recorded = recorded_subdatasets(root)
    labels = {
        path: fitting[1] for path in recorded if (fitting := HOLDING.fullmatch(posixpath.join(inside, path)))
    }
    known = sorted({label for label in labels.values() if label})
    taken = wanted(known)
    others = [label for label in known if label not in taken]
    for path, label in labels.items():
        if label and label not in taken:
            continue
        whole, commit = posixpath.join(inside, path), recorded[path]
        try:
            _install(root, path, commit)
        except InputError as error:
            if not whole.startswith("derivatives"):
                raise
            log.warning("%s; its segmentations are not used", error)
        else:
            others += install_subdatasets(root / path, wanted, whole)
    return others


def _install(root: Path, path: str, commit: str) -> None:
    """Clone a subdataset from the first address that has it."""
    problems = []
    for address in addresses_of(root, path, commit):
        try:
            install(address, commit, root / path)
        except InputError as error:
            problems.append(str(error))
        else:
            return
    source = git(root, "config", SOURCE_KEY).stdout.strip()
    tried = (
        "; ".join(problems)
        or f"{source} does not have it, and its .gitmodules names no address that is on the network"
    )
    label = next((part for part in PurePosixPath(path).parts if part.startswith("sub-")), None)
    left = f', or leave the subject out (dataset.exclude: ["{label.removeprefix("sub-")}"])' if label else ""
    raise InputError(
        f"{root / path}: this subdataset, recorded at {commit[:10]}, is not available: {tried}; install it in the source "
        f"(datalad get --no-data {path}){left}"
    )


def addresses_of(root: Path, path: str, commit: str) -> Iterator[str]:
    """Where a subdataset may be cloned from: beside its superdataset, then from the address that this records.

    An address on this machine counts only inside the source: a dataset from elsewhere could name any folder here.
    """
    source = git(root, "config", SOURCE_KEY).stdout.strip()
    local = local_path(source)
    remote = source
    if local is not None:
        place = local / path
        if (
            place.resolve().is_relative_to(local.resolve())
            and is_repository(place)
            and find_commit(place, commit)
        ):
            yield str(place)
        remote = git(local, "config", "remote.origin.url").stdout.strip() if local.is_dir() else ""
    recorded = _recorded_address(root, path)
    if _on_network(recorded):
        yield recorded
    host = re.match(r"[^/]*?://|[^/:]+:", remote) if _on_network(remote) else None
    if host:
        relative = [recorded] if recorded.startswith(("./", "../")) else []
        folders = [
            posixpath.normpath(posixpath.join(remote[host.end() :], below)) for below in [*relative, path]
        ]
        yield from dict.fromkeys(host[0] + folder for folder in folders)


def _recorded_address(root: Path, path: str) -> str:
    """Address of a subdataset in ``.gitmodules``; "" if there is none."""
    settings = git(root, "config", "--file", ".gitmodules", "--get-regexp", r"^submodule\..*\.path$").stdout
    for line in settings.splitlines():
        key, _, value = line.partition(" ")
        if value == path:
            return git(
                root, "config", "--file", ".gitmodules", key.removesuffix("path") + "url"
            ).stdout.strip()
    return ""


def _on_network(address: str) -> bool:
    return is_url(address) and not is_file_url(address)
