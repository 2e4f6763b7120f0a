"""Fetch, verify and copy one file of a dataset."""

import errno
import gzip
import hashlib
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, cast

import nibabel as nib
import numpy as np

from isospine.dataset.annex import check_inside, home_of, recorded_keys
from isospine.dataset.content import GONE, ask_annex, drop_content, find_content, get_content
from isospine.dataset.environment import datalad_environment
from isospine.dataset.manifest import ABSENT
from isospine.dataset.transfer import try_again
from isospine.errors import InputError, PassingError
from isospine.io.atomic import atomic_path, write_text
from isospine.io.nifti import check_isotropic, load_volume
from isospine.io.nifti_header import GZIP
from isospine.io.text import open_regular

CHUNK = 1 << 20


def fetch_file(
    root: Path, path: str, annex_key: str, size: str, sha256: str, destination: Path, keep: bool = True
) -> None:
    """Copy one image out of a dataset, fetching its content with git-annex if necessary.

    Several processes may do so in one clone concurrently. A failing remote is retried after a pause.

    Parameters
    ----------
    root : Path
        The dataset: a clone, or a plain BIDS folder.
    path : str
        POSIX path of the file relative to `root`.
    annex_key, size, sha256 : str
        The manifest's entries for it: git-annex key, size in bytes, SHA-256; each may be "n/a".
    destination : Path
        The file to write; it comes to be whole and checked, or not at all. If its name ends in ``.gz`` it is compressed,
        also where the dataset's is not.
    keep : bool
        Keep the content in the clone as well. Otherwise it is dropped, see `isospine.clone.drop_content`.

    Raises
    ------
    InputError
        If the file is missing, leads out of the dataset, is not available from any remote, or is not what
        the manifest says. Wrong content of a clone is dropped, so that the next try gets it afresh.
    """
    try_again(lambda: _fetch(root, path, annex_key, size, sha256, destination))
    if not keep and annex_key != ABSENT:
        drop_content(home_of(root, path)[0], annex_key)


def check_reference(path: Path) -> dict[str, Any]:
    """Check that a volume can serve as ground truth.

    Parameters
    ----------
    path : Path
        A NIfTI file.

    Returns
    -------
    dict
        `shape` (three ints), `spacing` (three floats, mm), `orientation` (e.g. "PSR").

    Raises
    ------
    InputError
        If it is not readable, 3-D, finite, varying and isotropic; see `isospine.nifti`.
    """
    data, affine = load_volume(path)
    check_isotropic(path, affine)
    return {
        "shape": list(data.shape),
        "spacing": [round(float(size), 4) for size in np.linalg.norm(affine[:3, :3], axis=0)],
        "orientation": "".join(nib.aff2axcodes(affine)),
    }


def _fetch(root: Path, path: str, annex_key: str, size: str, sha256: str, destination: Path) -> None:
    """One attempt of `fetch_file`."""
    check_inside(root, path)
    root, path = home_of(root, path)
    with atomic_path(destination) as temporary:
        try:
            source = find_content(root, path) or get_content(root, path, annex_key)
            found_size, found_sha256 = _copy(source, temporary)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ESTALE):
                raise
            raise PassingError(f"{root / path}: {GONE}") from error
        if sha256 not in (ABSENT, found_sha256) or size not in (ABSENT, str(found_size)):
            expected, found = f"{size} bytes, SHA-256 {sha256}", f"{found_size} bytes, SHA-256 {found_sha256}"
            if not source.is_relative_to(root):
                raise InputError(
                    f"{source}: corrupted: {expected}, found {found}; mend it there (git annex fsck)"
                )
            raise _wrong_content(root, path, annex_key, f"expected {expected}, found {found}")


def _copy(source: Path, destination: Path) -> tuple[int, str]:
    """Copy a file, compressed if its new name says so and it is not yet; return the size and SHA-256 of what was read."""
    digest, size = hashlib.sha256(), 0
    with ExitStack() as stack:
        reader = stack.enter_context(open_regular(source))
        writer: IO[bytes] = stack.enter_context(destination.open("wb"))
        if destination.suffix == ".gz" and not reader.peek(len(GZIP)).startswith(GZIP):
            # without name and time: equal content gives equal bytes
            writer = cast(IO[bytes], stack.enter_context(gzip.GzipFile("", "wb", 1, writer, mtime=0)))
        while chunk := reader.read(CHUNK):
            writer.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


def _wrong_content(root: Path, path: str, key: str, difference: str) -> InputError:
    """Drop wrong content from a clone; return the error."""
    annexed = (root / ".git").exists() and recorded_keys(root, [path])[path] == key
    if not annexed:
        return InputError(
            f"{root / path}: changed since it was indexed: {difference}; delete the manifest and run again"
        )
    with datalad_environment():
        ask_annex(root, "dropkey", "--force", "--quiet", key)
    if not (root / path).is_symlink():
        # as committed; not `git checkout`, which takes a lock that another job may hold
        write_text(root / path, f"/annex/objects/{key}\n")
    return InputError(
        f"{root / path}: its content is corrupted: {difference}; it was dropped from the clone: "
        "run again to fetch it"
    )
