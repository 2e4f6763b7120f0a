"""Numbers in words; standard library only."""

from collections.abc import Sequence


def count(number: int, noun: str) -> str:
    """Number and noun: 1 image, 2 images."""
    return f"{number} {noun}{'s' * (number != 1)}"


def listed(items: Sequence[str]) -> str:
    """Join as a, b and c."""
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)


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
