"""Open files that come from elsewhere, and read their text: regular files, of a bounded size, in UTF-8."""

import codecs
import os
import stat
from collections.abc import Iterable
from io import BufferedReader
from pathlib import Path
from typing import Any

from isospine.errors import InputError

#: Bytes of the largest text file, such as JSON: parsed, it takes about thirty times as much memory.
LARGEST_TEXT = 4 * 2**20
#: Lists and maps inside one another, beyond which no file of settings or metadata goes.
DEEPEST = 100

#: What is no file, by its test of the mode.
KINDS = {
    stat.S_ISDIR: "a folder",
    stat.S_ISFIFO: "a named pipe",
    stat.S_ISSOCK: "a socket",
    stat.S_ISCHR: "a device",
    stat.S_ISBLK: "a device",
}
#: Beginnings of text in other encodings; that of UTF-32 begins as that of UTF-16 does.
OTHER_ENCODINGS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
#: Beginning of what git-annex leaves in place of the content of an unlocked file.
POINTER = b"/annex/objects/"


def check_regular(path: str | Path) -> None:
    """Refuse anything but a regular file or a link to one: opening a pipe would wait for ever.

    Raises
    ------
    FileNotFoundError
        If nothing is there.
    InputError
        If something else is there, or it cannot be looked at.
    """
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _unreadable(path, error) from error
    if not stat.S_ISREG(mode):
        what = next((words for test, words in KINDS.items() if test(mode)), "no file")
        raise InputError(f"{path}: is {what}; expected a regular file in its place: replace it")


def open_regular(path: str | Path) -> BufferedReader:
    """Open a regular file for reading bytes.

    Raises
    ------
    FileNotFoundError, InputError
        As `check_regular`; also if the file must not be read.
    """
    check_regular(path)
    try:
        # not to wait, should a pipe have taken its place meanwhile
        return os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _unreadable(path, error) from error


def read_text(path: str | Path, largest: int = LARGEST_TEXT) -> str:
    """Read a text file in UTF-8, with or without a byte-order mark.

    Parameters
    ----------
    path : path-like
        The file, or a link to it.
    largest : int
        Bytes that it may have.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    InputError
        If it is no regular file, is larger, in another encoding, or annexed without its content.
    """
    with open_regular(path) as file:
        content = file.read(largest + 1)
        if len(content) > largest:
            size = os.fstat(file.fileno()).st_size
            raise InputError(
                f"{path}: has {size} bytes; expected at most {largest} of text: remove what is not needed from it"
            )
    if content.startswith(OTHER_ENCODINGS) or b"\0" in content[:4]:
        raise InputError(f"{path}: is in UTF-16 or UTF-32; expected text in UTF-8: save it as UTF-8")
    if content.startswith(POINTER):
        raise InputError(
            f"{path}: its content is not here, only the note that git-annex leaves in its place; get it: datalad get"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: its byte {error.start} is not UTF-8, it may be in Latin-1; expected text in UTF-8: save it as UTF-8"
        ) from error


def is_deep(value: Any) -> bool:
    """Check whether lists and maps lie more than `DEEPEST` deep in one another."""
    level = _containers([value])
    for _ in range(DEEPEST):
        level = [
            inner
            for part in level
            for inner in _containers(part.values() if isinstance(part, dict) else part)
        ]
    return bool(level)


def _containers(values: Iterable[Any]) -> list[dict[str, Any] | list[Any]]:
    return [value for value in values if isinstance(value, dict | list)]


def _unreadable(path: str | Path, error: OSError) -> InputError:
    return InputError(f"{path}: cannot be read ({error.strerror}); check its permissions and links")
