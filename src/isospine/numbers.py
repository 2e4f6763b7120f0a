"""Numbers as text for people: without a negative zero, digits that nobody measured, or an exponent; standard library only."""

import math

ABSENT = "n/a"
EQUAL = "equal within rounding"


def fixed(value: float, digits: int, signed: bool = False) -> str:
    """Number with a fixed number of decimal places: 29.12; with its sign where that is asked for: +0.30."""
    if math.isnan(value):
        return ABSENT
    return f"{value:+z.{digits}f}" if signed else f"{value:z.{digits}f}"


def shortest(value: float, digits: int = 3) -> str:
    """Number without zeros behind, of at most so many decimal places: 4, 0.8, 1.25; 0 for -6e-08."""
    text = fixed(value, digits)
    return text.rstrip("0").rstrip(".") if "." in text else text


def significant(value: float, digits: int = 3) -> str:
    """Number with so many significant digits and without an exponent: 0.0375, 12.3, 1230."""
    if not math.isfinite(value) or value == 0:
        return fixed(value, 0)
    places = digits - 1 - math.floor(math.log10(abs(value)))
    return shortest(round(value, places), max(places, 0))


def exact(value: float) -> str:
    """Number that was chosen or counted, not measured, with all of its digits: 256, 0.0375, 4294967295."""
    if not math.isfinite(value):
        return fixed(value, 0)
    return str(int(value)) if float(value).is_integer() else f"{value:.10g}"


def share(value: float) -> str:
    """A share as a whole percentage: 12%; what is below zero is none."""
    return f"{max(value, 0.0):.0%}"


def is_zero(value: float, digits: int) -> bool:
    """Check whether a number rounds to zero at so many decimal places."""
    return round(value, digits) == 0
