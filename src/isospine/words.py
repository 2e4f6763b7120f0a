"""Numbers in words, and foreign text as text of the language that it lands in; standard library only."""

import difflib
import re
from collections.abc import Iterable, Sequence


def count(number: int, noun: str) -> str:
    """Number and noun: 1 image, 2 images."""
    return f"{number} {noun}{'s' * (number != 1)}"


def listed(items: Sequence[str]) -> str:
    """Join as a, b and c."""
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)


def did_you_mean(unknown: str, known: Iterable[str]) -> str:
    """Ask for the name that is nearest to one that is unknown; empty where none is near."""
    lower = {name.lower(): name for name in known}
    near = difflib.get_close_matches(unknown.lower(), lower, n=1)
    return f"did you mean {lower[near[0]]}?" if near else ""


def expected_one_of(unknown: str, known: Sequence[str]) -> str:
    """List the names that are known, after the nearest to one that is not."""
    near = did_you_mean(unknown, known)
    return f"{near} " * bool(near) + f"expected one of {', '.join(known)}"


def count_images(number: int, contrasts: Sequence[str]) -> str:
    """Number of images and their contrasts: 2 T2w images; 2 images, each in T1w and T2w."""
    if len(contrasts) == 1:
        return count(number, f"{contrasts[0]} image")
    return f"{count(number, 'image')}, each in {listed(contrasts)}"


def duration(seconds: float) -> str:
    """A time in its two largest units: 40 s, 2 min 5 s, 3 h 20 min."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours} h"] * (hours > 0) + [f"{minutes} min"] * (minutes > 0) + [f"{rest} s"] * (rest > 0)
    return " ".join(parts[:2]) or "0 s"


def printable(text: str) -> str:
    """Spell out what a terminal would act on: line breaks, escape sequences, marks that reverse the direction of text."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def escape_markdown(text: str) -> str:
    """Escape foreign text so that nothing in it is Markdown, HTML or a citation."""
    return re.sub(r"([\\`*_\[\]<@$^~#|])", r"\\\1", " ".join(text.split()))


def fenced(text: str, language: str) -> str:
    """Write lines as code in Markdown, within a fence that is longer than any in them."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text}{fence}\n"


def cell_text(text: str) -> str:
    """Write foreign text as a cell of a table, which no spreadsheet takes for a formula."""
    try:
        float(text)
    except ValueError:
        return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
    return text
