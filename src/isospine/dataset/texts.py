"""Read small text files of a dataset, such as sidecars, wherever git-annex keeps their content."""

import os
from pathlib import Path
from typing import Any

from isospine.dataset.annex import annex_key, check_link, home_of, read_key
from isospine.dataset.content import find_content, get_content
from isospine.dataset.source import read_description
from isospine.dataset.transfer import try_again
from isospine.errors import InputError
from isospine.io.atomic import read_json, sha256_of
from isospine.io.text import LARGEST_TEXT


def text_file(root: Path, path: str) -> Path:
    """Path at which the content of a text file lies, fetched with git-annex if it is not there.

    Parameters
    ----------
    root : Path
        The dataset: a clone, or a plain BIDS folder.
    path : str
        POSIX path of the file relative to `root`; it need not be there.

    Raises
    ------
    InputError
        If it leads out of the dataset, is too large for text, is not available, or is not what its key says.
    """
    file = root / path
    check_link(root, path)
    key = annex_key(file) if os.path.lexists(file) and (file.is_symlink() or file.is_file()) else None
    if key is None or (file.is_symlink() and file.is_file()):
        return file
    facts = read_key(key)
    if (facts.size or 0) > LARGEST_TEXT:
        raise InputError(
            f"{file}: has {facts.size} bytes; expected at most {LARGEST_TEXT} of text: remove what is not needed"
        )
    home, own = home_of(root, path)
    place = try_again(lambda: find_content(home, own) or get_content(home, own, key))
    if facts.sha256 not in (None, sha256_of(place)):
        raise InputError(
            f"{file}: its content in {place} is corrupted, it is not that of its git-annex key: mend it (git annex fsck)"
        )
    return place


def read_dataset_json(root: Path, path: str) -> dict[str, Any]:
    """Read a JSON object of a dataset; errors as of `text_file` and `read_json`."""
    place = text_file(root, path)
    try:
        return read_json(place)
    except InputError as error:
        raise _named(error, place, root / path) from error


def read_dataset_description(root: Path, named: str | None = None) -> dict[str, Any]:
    """Read ``dataset_description.json``, also where it is annexed; parameters and errors as of `read_description`."""
    place = text_file(root, "dataset_description.json")
    try:
        return read_description(root, named, place)
    except InputError as error:
        raise _named(error, place, root / "dataset_description.json") from error


def _named(error: InputError, place: Path, file: Path) -> InputError:
    """Name the dataset's file, not where git-annex keeps its content."""
    return InputError(str(error).replace(str(place), str(file)))
