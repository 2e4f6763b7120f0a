"""Write files that exist whole or not at all."""

import errno
import hashlib
import json
import os
import shutil
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from isospine.errors import InputError
from isospine.io.text import DEEPEST, is_deep, open_regular, read_text


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; rename it to `path` when the block ends without error.

    Parameters
    ----------
    path : path-like
        The finished file. Missing parent folders are made.

    Yields
    ------
    Path
        A path with the same suffixes, for the caller to write.

    Raises
    ------
    InputError
        If the path is that of a folder or device, its folder cannot be written, or the disk or the quota is full.
    """
    path = Path(path)
    try:
        if not path.name or (path.exists() and not path.is_file()):
            raise InputError(
                f"{path}: is a folder or a device; expected the name of a file to write: choose another name"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = tempfile.mkdtemp(prefix=".writing-", dir=path.parent)
    except OSError as error:
        if is_full(error):
            raise full_disk(path) from error
        raise InputError(
            f"{path.parent}: cannot write there ({error.strerror}); expected a writable output folder: "
            "change its permissions or run in another working directory (snakemake --directory)"
        ) from error
    temporary = Path(folder) / path.name
    try:
        yield temporary
        os.replace(temporary, path)
    except Exception as error:
        if is_full(error):
            traceback.clear_frames(error.__traceback__)  # an open file in them would keep its space
            raise full_disk(path) from error
        raise
    finally:
        # with whatever a library left beside the file
        shutil.rmtree(folder, ignore_errors=True)


def sha256_of(path: Path) -> str:
    """Give the SHA-256 of a file as 64 hexadecimal digits."""
    with open_regular(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def is_full(error: BaseException | None) -> bool:
    """Check whether a disk or quota is full, even if a library reports it in words or fails because of it."""
    if error is None:
        return False
    reasons = (errno.ENOSPC, errno.EDQUOT)
    if isinstance(error, OSError) and error.errno in reasons:
        return True
    return any(os.strerror(reason) in str(error) for reason in reasons) or is_full(error.__context__)


def full_disk(path: Path) -> InputError:
    """Error for a file that found no space, with the remedy."""
    return InputError(
        f"{path}: no space left to write it, on the disk or in your quota: free some and run again; finished "
        "files are kept"
    )


def check_output_folder(folder: Path) -> None:
    """Refuse an output folder that cannot be written, before hours of compute.

    Raises
    ------
    InputError
        If the folder, or the parent in which it would be made, is not a writable folder.
    """
    if os.path.lexists(folder) and not folder.is_dir():
        raise InputError(
            f"{folder.absolute()}: is not a folder, but the results are to be written there: move it away, or run "
            "in another working directory (snakemake --directory)"
        )
    place = folder if folder.exists() else folder.absolute().parent
    if not os.access(place, os.W_OK | os.X_OK):
        raise InputError(
            f"{place.absolute()}: cannot be written, but the results are to go there: change its permissions, or run in "
            "another working directory (snakemake --directory)"
        )


def write_text(path: str | Path, text: str) -> None:
    """Write a UTF-8 text file atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: str | Path, content: dict[str, Any]) -> None:
    """Write a JSON file atomically, in the given order of keys."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def read_json(path: str | Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    InputError
        If the file is not UTF-8 text holding one JSON object, gives a key two values, is too large, nested too deeply, or no
        regular file.
    """
    text = read_text(path)
    try:
        content = json.loads(text, object_pairs_hook=_unambiguous)
        if is_deep(content):
            raise RecursionError
        json.dumps(
            content, ensure_ascii=False
        ).encode()  # an escape can be half a character, which no file can hold
    # thousands of nested brackets exceed the recursion limit, which depends on the caller
    except RecursionError as error:
        raise InputError(
            f"{path}: not valid JSON: its lists and maps are more than {DEEPEST} deep in one another; fix or replace the file"
        ) from error
    except ValueError as error:  # a number of thousands of digits, too
        raise InputError(f"{path}: not valid JSON ({error}); fix or replace the file") from error
    if not isinstance(content, dict):
        raise InputError(f"{path}: expected a JSON object {{...}}, found {type(content).__name__}")
    return content


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of its pairs, whose keys JSON does not forbid to come twice."""
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made and made[key] != value:
            raise ValueError(f"it gives {key!r} two values: keep one of them")
        made[key] = value
    return made
