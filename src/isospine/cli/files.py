"""Check the files that a command reads and writes before it reads any: nothing that exists is destroyed."""

import logging
import os
import shlex
import stat
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from isospine.errors import InputError
from isospine.io.nifti_name import sidecar_of
from isospine.words import listed

log = logging.getLogger(__name__)

VOLUME, MODEL, PAGE = (".nii.gz", ".nii"), (".safetensors",), (".html",)


@dataclass(frozen=True)
class Used:
    """A file that a command reads or writes.

    Attributes
    ----------
    option : str
        Option or argument that it comes from, as in errors.
    path : Path
        Where it is.
    what : str
        What it is, where the option alone does not say so: "the sidecar of ...".
    """

    option: str
    path: Path
    what: str = ""

    def __str__(self) -> str:
        return f"{self.option} {self.path}" + (f" ({self.what})" if self.what else "")


def volume(option: str, path: Path) -> list[Used]:
    """Return an image with its sidecar, which is read or written with it."""
    return [Used(option, path), Used(option, sidecar_of(path), f"the sidecar of {path.name}")]


def check_suffix(option: str, path: Path, suffixes: Sequence[str]) -> None:
    """Refuse an output whose name does not say what it will hold.

    Raises
    ------
    InputError
        Naming the option and the suffixes.
    """
    if not any(path.name.endswith(suffix) and path.name != suffix for suffix in suffixes):
        raise InputError(f"{option} {path}: expected a file name that ends in {' or '.join(suffixes)}")


def check_inputs(inputs: Sequence[Used]) -> None:
    """Refuse inputs that are missing, are no regular files, or cannot be read.

    Raises
    ------
    InputError
        Naming the file.
    """
    for one in inputs:
        try:
            mode = one.path.stat().st_mode
        except FileNotFoundError:
            raise InputError(f"{one}: no such file; correct the path, or fetch it (datalad get)") from None
        except OSError as error:
            raise InputError(f"{one}: cannot be read ({error.strerror}); correct the path") from error
        if not stat.S_ISREG(mode):
            kind = "a folder" if stat.S_ISDIR(mode) else "no regular file"
            raise InputError(f"{one}: is {kind}; expected a file")
        if not os.access(one.path, os.R_OK):
            raise InputError(f"{one}: may not be read; change its permissions")


def check_different(option: str, paths: Sequence[Path]) -> None:
    """Refuse to take one file for several.

    Raises
    ------
    InputError
        Naming both paths.
    """
    for number, path in enumerate(paths):
        for other in paths[:number]:
            if path.samefile(other):
                raise InputError(f"{option}: {path} is the same file as {other}; give each file once")


def check_outputs(
    inputs: Sequence[Used], outputs: Sequence[Used], overwrite: bool, folders: Sequence[Used] = ()
) -> None:
    """Refuse outputs that would replace an input or each other, or that cannot be written.

    Parameters
    ----------
    inputs : sequence of Used
        All files that may be read, with their sidecars, whether these exist or not.
    outputs : sequence of Used
        All files that will be written.
    overwrite : bool
        Whether outputs may exist already.
    folders : sequence of Used
        Folders that are made for some of the outputs.

    Raises
    ------
    InputError
        Naming the option.
    """
    for one in folders:
        _check_folder(one)
    missing = {folder.path for folder in folders if not folder.path.exists()}
    for one in outputs:
        if one.path.parent not in missing:
            _check_place(one)
    for one in outputs:
        for other in inputs:
            if _is_same(one.path, other.path):
                raise InputError(
                    f"{one}: is the same file as the input {other}; choose another name, since inputs are never replaced"
                )
    everything = [*folders, *outputs]
    for number, one in enumerate(everything):
        for other in everything[:number]:
            if _places(one.path) & _places(other.path):
                raise InputError(
                    f"{one}: is the same file as {other}; expected outputs of different names (not by case alone)"
                )
    there = [str(one.path) for one in outputs if os.path.lexists(one.path)]
    if there and not overwrite:
        raise InputError(
            f"{listed(there)}: exist{'s' * (len(there) == 1)} already; choose another name, or add --overwrite to replace "
            f"{'it' if len(there) == 1 else 'them'}"
        )


def unclaimed(path: Path, overwrite: bool) -> Path:
    """Return the path of a finished output, or a numbered one where another program made a file there meanwhile.

    A computation may take hours after its outputs were checked: neither its result nor that file may be lost.
    """
    free, number = path, 1
    suffix = next(own for own in (*VOLUME, *MODEL, *PAGE, path.suffix) if path.name.endswith(own))

    def is_taken(one: Path) -> bool:
        return any(
            os.path.lexists(each.path) for each in (volume("", one) if suffix in VOLUME else [Used("", one)])
        )

    while not overwrite and is_taken(free):
        number += 1
        free = path.with_name(f"{path.name.removesuffix(suffix)}_{number}{suffix}")
    if free != path:
        log.warning("%s: another program made this file meanwhile; writing %s instead", path, free)
    return free


def _check_place(one: Used) -> None:
    """Refuse an output that would replace anything but a file, or whose folder cannot be written."""
    try:
        mode = os.stat(one.path).st_mode if os.path.lexists(one.path) else None
    except FileNotFoundError:
        mode = None  # a link to nothing, such as an annexed file without its content
    except OSError as error:
        raise InputError(f"{one}: cannot be a file ({error.strerror}); choose another name") from error
    if mode is not None and not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "a device or no regular file"
        raise InputError(f"{one}: is {kind}; expected the name of a file to write")
    _check_writable(one, one.path.parent)
    try:
        os.lstat(one.path)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise InputError(f"{one}: cannot be a file ({error.strerror}); choose another name") from error


def _check_folder(one: Used) -> None:
    """Refuse a folder for outputs that is something else, or cannot be made."""
    if os.path.lexists(one.path) and not one.path.is_dir():
        raise InputError(f"{one}: is no folder; expected a folder, or the name of one to make")
    _check_writable(one, one.path if one.path.is_dir() else one.path.parent)


def _check_writable(one: Used, folder: Path) -> None:
    """Refuse a folder that is missing or takes no files, by making one there: permissions alone do not tell."""
    if not folder.exists():
        raise InputError(
            f"{one}: there is no folder {folder}; make it (mkdir -p {shlex.quote(str(folder))}) or correct the path"
        )
    if not folder.is_dir():
        raise InputError(f"{one}: {folder} is no folder; correct the path")
    try:
        os.rmdir(tempfile.mkdtemp(prefix=".writing-", dir=folder))
    except OSError as error:
        raise InputError(
            f"{one}: {folder.absolute()} takes no files ({error.strerror}); choose another folder, or change its permissions"
        ) from error


def _is_same(first: Path, second: Path) -> bool:
    """Check whether two paths lead to one file, through links too; the file need not exist."""
    try:
        if os.path.samefile(first, second):
            return True
    except OSError:
        pass
    return bool(_places(first, exact=True) & _places(second, exact=True))


def _places(path: Path, exact: bool = False) -> set[tuple[object, str]]:
    """Return the folder and name of a path and of what it links to; names by letter alone unless `exact`."""
    found: set[tuple[object, str]] = set()
    for each in (Path(os.path.realpath(path.parent)) / path.name, Path(os.path.realpath(path))):
        try:
            status = os.stat(os.path.realpath(each.parent))
            parent: object = (status.st_dev, status.st_ino)
        except OSError:
            parent = str(each.parent)
        found.add((parent, each.name if exact else each.name.casefold()))
    return found
