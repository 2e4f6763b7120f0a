"""Parse the arguments of the command: errors are one line, and no number passes that nothing can be done with."""

import argparse
import math
from pathlib import Path
from typing import Any, NoReturn

from isospine.errors import InputError
from isospine.version import __version__

#: Value of `--profile` for the slice profiles that views show of each other.
ESTIMATED = "estimated"
#: Voxel sizes in mm that images may have.
SPACINGS = (1e-3, 100.0)
#: Largest width in mm of a straightened volume: wider than any body.
LARGEST_WIDTH = 2000.0
#: Seeds of PyTorch and NumPy alike.
LARGEST_SEED = 2**32 - 1
#: More cores than any cluster gives one run.
LARGEST_CORES = 10_000
#: More threads than any machine has cores.
LARGEST_THREADS = 1024


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, like all errors of the command, and name the command whose help lists its options."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """Refuse what a command does not know, which else its parent would.

        Raises
        ------
        InputError
            Naming the arguments.
        """
        known, others = super().parse_known_args(args, namespace)
        if others:
            self.error(f"unrecognized arguments: {' '.join(others)}")
        return known, others

    def error(self, message: str) -> NoReturn:
        """Refuse the arguments.

        Raises
        ------
        InputError
            Always.
        """
        raise InputError(f"{message.removeprefix('argument ')} ({self.prog} --help lists the options)")


class Help(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of examples, and shows no value where the metavar is empty."""

    def _format_args(self, action: argparse.Action, default_metavar: str) -> str:
        return "" if action.metavar == "" else super()._format_args(action, default_metavar)


def command(commands: Any, name: str, says: str, examples: str | None = None) -> argparse.ArgumentParser:
    """Add a command, with its `--version`."""
    made: argparse.ArgumentParser = commands.add_parser(
        name,
        help=says,
        description=f"{says[0].upper()}{says[1:]}.",
        epilog=examples,
        formatter_class=Help,
    )
    made.add_argument("--version", action="version", version=f"isospine {__version__}")
    return made


def spacing(text: str) -> float:
    """Voxel size in mm."""
    return _number_within(text, *SPACINGS)


def thicknesses(text: str) -> list[float]:
    """Slice thicknesses in mm with commas between them."""
    return [_number_within(part.strip(), *SPACINGS) for part in text.split(",")]


def width(text: str) -> float:
    """Width in mm."""
    return _number_within(text, SPACINGS[0], LARGEST_WIDTH)


def seed(text: str) -> int:
    """Seed of a training."""
    try:
        value = int(text)
    except ValueError:
        value = -1
    if not 0 <= value <= LARGEST_SEED:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a whole number from 0 to {LARGEST_SEED}")
    return value


def threads(text: str) -> int:
    """Number of threads."""
    value = int(text) if text.isascii() and text.isdecimal() else 0
    if not 1 <= value <= LARGEST_THREADS:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a whole number from 1 to {LARGEST_THREADS}")
    return value


def file(text: str) -> Path:
    """Path of a file, which is not written as that of a folder."""
    if text.endswith(("/", "/.", "/..")) or text in ("", ".", ".."):
        raise argparse.ArgumentTypeError(f"{text!r}: names a folder; expected a file")
    return path(text)


def folder(text: str) -> Path:
    """Path of a folder."""
    if not text:
        raise argparse.ArgumentTypeError("'': expected a folder")
    return path(text)


def path(text: str) -> Path:
    """Path that records can hold as text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError(
            f"{text!r}: its name is not UTF-8, and sidecars could not hold it; rename it"
        ) from None
    return Path(text)


def contrasts(text: str) -> list[str]:
    """Names of contrasts, which become part of file names."""
    names = text.split(",")
    if not all(name.isascii() and name.isalnum() for name in names):
        raise argparse.ArgumentTypeError(
            f"{text!r}: expected names of letters and digits with commas between them, such as T1w,T2w"
        )
    return names


def names(text: str) -> list[str]:
    """Names with commas between them, each once."""
    found = list(dict.fromkeys(name.strip() for name in text.split(",")))
    if not all(found):
        raise argparse.ArgumentTypeError(f"{text!r}: expected names with commas between them")
    return found


def cores(text: str) -> str:
    """Number of processor cores, or all of them."""
    if text != "all" and not (text.isascii() and text.isdecimal() and 1 <= int(text) <= LARGEST_CORES):
        raise argparse.ArgumentTypeError(
            f"{text!r}: expected a whole number from 1 to {LARGEST_CORES}, or all"
        )
    return text


def _number_within(text: str, low: float, high: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a length in mm, from {low:g} to {high:g}")
    return value
