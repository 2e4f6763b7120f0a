"""Files of a dataset: what git-annex leaves in place of content, and what its keys contain."""

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from isospine.errors import InputError
from isospine.io.git import git, git_bytes
from isospine.io.text import check_regular

#: git-annex takes no larger file for a pointer.
LARGEST_POINTER = 32 * 1024


@dataclass(frozen=True)
class Content:
    """The facts about a file that are known without its content.

    Parameters
    ----------
    key : str or None
        git-annex key, None for a file that is not annexed.
    size : int or None
        In bytes, None where the key does not say.
    sha256 : str or None
        64 hexadecimal digits, None where the key has no SHA-256.
    """

    key: str | None = None
    size: int | None = None
    sha256: str | None = None


def annex_key(path: Path) -> str | None:
    """git-annex key that a file of a work tree stands for.

    Parameters
    ----------
    path : Path
        A locked file (a symbolic link into ``annex/objects``, dangling or not) or the pointer of an
        unlocked one (about 100 bytes of text).

    Returns
    -------
    str or None
        None for any other file, an unlocked one with its content in place among them.
    """
    if path.is_symlink():
        return key_of_link(os.readlink(path))
    status = path.stat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST_POINTER:
        return None
    return key_of_pointer(path.read_bytes())


def key_of_link(target: str) -> str | None:
    """Key of a symbolic link's target; None if it does not lead into an annex."""
    match = re.search(r"(?:^|[/\\])annex[/\\]objects[/\\].*?([^/\\]+)$", target)
    return _decode(match[1]) if match else None


def key_of_pointer(content: bytes) -> str | None:
    """Key of a pointer file's content; None if it is not a pointer."""
    match = re.match(rb"/annex/objects/([^\n/]+)(?:\n|$)", content)
    return _decode(os.fsdecode(match[1])) if match else None


def read_key(key: str | None) -> Content:
    """Read size and SHA-256 from a key such as ``SHA256E-s7131991--052dcf...f55eb5.nii.gz``.

    Examples
    --------
    >>> read_key("MD5E-s12--0cc175b9c0f1b6a831c399e269772661.nii.gz").size
    12
    """
    if key is None:
        return Content()
    properties, _, name = key.partition("--")
    backend = properties.split("-")[0]
    size = re.search(r"-s(\d+)", properties)
    digest = name.split(".")[0]
    known = backend in ("SHA256", "SHA256E") and re.fullmatch("[0-9a-f]{64}", digest)
    return Content(key, int(size[1]) if size else None, digest if known else None)


def recorded_keys(root: Path, paths: list[str]) -> dict[str, str | None]:
    """Annex keys of files, as committed where the dataset is a git repository.

    A work tree alone would not do: an unlocked file no longer shows its key once its content is fetched.

    Parameters
    ----------
    root : Path
        The dataset.
    paths : list of str
        POSIX paths relative to `root`.

    Returns
    -------
    dict
        Path to key, None for a file that is not annexed.
    """
    inside: dict[Path, dict[str, str]] = {}
    for path in paths:
        home, own = home_of(root, path)
        inside.setdefault(home, {})[own] = path
    committed: dict[str, str | None] = {}
    for home, names in inside.items():
        if (home / ".git").exists():
            committed |= {names[own]: key for own, key in _committed_keys(home, set(names)).items()}
    return {path: committed[path] if path in committed else annex_key(root / path) for path in paths}


def home_of(root: Path, path: str) -> tuple[Path, str]:
    """Repository that a file of a dataset belongs to, a subdataset or the dataset itself, and the file's path there.

    Parameters
    ----------
    root : Path
        The dataset; all files of one that is no git repository belong to it.
    path : str
        POSIX path relative to `root`.
    """
    if (root / ".git").exists():
        for parent in list(PurePosixPath(path).parents)[:-1]:
            if (root / parent / ".git").exists():
                return root / parent, str(PurePosixPath(path).relative_to(parent))
    return root, path


def check_inside(root: Path, path: str) -> None:
    """Refuse a file that is missing, or a link that leads out of the dataset (not that of an annexed file).

    Raises
    ------
    InputError
        If so.
    """
    file = root / path
    check_link(root, path)
    annexed = file.is_symlink() and annex_key(file) is not None
    if annexed:
        return
    try:
        check_regular(file)
    except FileNotFoundError as error:
        what = f"a dangling link to {os.readlink(file)}" if file.is_symlink() else "no such file"
        raise InputError(
            f"{file}: {what}, though the manifest lists it; fix the dataset, delete the manifest"
        ) from error


def check_link(root: Path, path: str) -> None:
    """Refuse a link that leads out of the dataset, other than that of an annexed file into the annex that holds it.

    A dataset from elsewhere could otherwise have files of this machine copied into the results.

    Parameters
    ----------
    root : Path
        The dataset; it may itself be a link, which the user chose.
    path : str
        POSIX path relative to `root`, of a file that need not be there.

    Raises
    ------
    InputError
        If so.
    """
    file, base = root / path, root.resolve()
    end = Path(os.path.realpath(file))  # which a circle of links does not stop
    if end.is_relative_to(base):
        return
    folder = file.parent.resolve()
    target = os.path.normpath(folder / os.readlink(file)) if file.is_symlink() else ""
    # a dataset may be a part of a repository, or have other repositories in it
    match = re.match(r"(.*)/\.git/(?:.*/)?annex/objects/", target)
    repository = match[1] if match and folder.is_relative_to(base) else None
    if repository and folder.is_relative_to(repository) and end.is_relative_to(repository):
        return
    raise InputError(
        f"{file}: leads out of the dataset, to {end}; replace the link by a copy of the file (cp --dereference)"
    )


def _committed_keys(root: Path, paths: set[str]) -> dict[str, str | None]:
    listing = git(root, "ls-tree", "-r", "-l", "-z", "HEAD")
    if listing.returncode:
        raise InputError(f"{root}: git cannot list its files ({listing.stderr.strip()}); clone it again")
    keys: dict[str, str | None] = {}
    pointers = []
    for entry in listing.stdout.split("\0")[:-1]:
        facts, path = entry.split("\t", 1)
        mode, _, blob, size = facts.split()
        if path in paths:
            keys[path] = None
            if size != "-" and int(size) <= LARGEST_POINTER:
                pointers.append((path, mode, blob))
    contents = _blobs(root, [blob for _, _, blob in pointers])
    for (path, mode, _), content in zip(pointers, contents, strict=True):
        is_link = mode == "120000"
        keys[path] = key_of_link(os.fsdecode(content)) if is_link else key_of_pointer(content)
    return keys


def _blobs(root: Path, names: list[str]) -> list[bytes]:
    """Contents of git objects."""
    asked = "".join(f"{name}\n" for name in names).encode()
    answer = git_bytes(root, "cat-file", "--batch", given=asked).stdout
    contents, position = [], 0
    for _ in names:
        start = answer.index(b"\n", position) + 1  # after the header "<name> blob <size>"
        size = int(answer[position:start].split()[2])
        contents.append(answer[start : start + size])
        position = start + size + 1
    return contents


def _decode(name: str) -> str:
    """Undo the escapes of a key in a file name of git-annex."""
    return name.replace("%", "/").replace("&c", ":").replace("&s", "%").replace("&a", "&")
