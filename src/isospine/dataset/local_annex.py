"""Annexed content of a repository on this machine, found without running git-annex there.

git-annex runs hooks and commands of a local remote, such as `annex.thawcontent-command`, and upgrades old ones. A dataset
that came from elsewhere could have it run anything, and the source of a run is never changed.
"""

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from isospine.dataset.annex import read_key
from isospine.dataset.source import is_url
from isospine.io.git import git

#: A clone of a clone leads to the repository that holds content; no more steps than these are followed.
STEPS = 5


def local_path(address: str) -> Path | None:
    """Path of a repository by its address, a path or a URL; None if it is not on this machine."""
    if re.match("file://", address, re.IGNORECASE):
        return Path(unquote(urlsplit(address).path))
    return None if is_url(address) else Path(address)


def held_content(address: str, key: str) -> Path | None:
    """Find content in a repository, or in that which it was cloned from.

    Parameters
    ----------
    address : str
        Path or URL of the repository.
    key : str
        git-annex key.

    Returns
    -------
    Path or None
        A regular file of the repository; None if none of the repositories is on this machine and has it.
    """
    repository = local_path(address)
    for _ in range(STEPS):
        if repository is None or not repository.is_dir():
            return None
        found = git(repository, "rev-parse", "--git-common-dir")
        folder = repository / found.stdout.removesuffix("\n")
        for place in object_places(key):
            if found.returncode == 0 and _is_own(folder, folder / place, key):
                return folder / place
        origin = git(repository, "config", "remote.origin.url").stdout.removesuffix("\n")
        following = local_path(origin) if origin else None
        repository = None if following is None else repository / following
    return None


def object_places(key: str) -> Iterator[str]:
    """Paths, in a folder ``.git``, at which git-annex keeps the content of a key: in bare repositories the first.

    Examples
    --------
    >>> [place.split("/")[2:4] for place in object_places("WORM-s57952-m1704067200--sub-01/anat/sub-01_T2w.nii")]
    [['cbc', 'c13'], ['pq', '4W']]
    """
    digest = hashlib.md5(os.fsencode(key), usedforsecurity=False)
    lower = digest.hexdigest()
    word = int.from_bytes(digest.digest()[:4], "little")
    letters = ["0123456789zqjxkmvwgpfZQJXKMVWGPF"[word >> 6 * place & 31] for place in range(4)]
    mixed = f"{letters[1]}{letters[0]}/{letters[3]}{letters[2]}"
    name = key.replace("&", "&a").replace("%", "&s").replace(":", "&c").replace("/", "%")
    for folders in (f"{lower[:3]}/{lower[3:6]}", mixed):
        yield f"annex/objects/{folders}/{name}/{name}"


def _is_own(folder: Path, file: Path, key: str) -> bool:
    """Check for a regular file that is not elsewhere by a link, unless its key proves its content."""
    try:
        regular = stat.S_ISREG(os.lstat(file).st_mode)
    except OSError:
        return False
    return regular and (file.resolve().is_relative_to(folder.resolve()) or read_key(key).sha256 is not None)
