"""Baselines and their titles."""

BASELINE_TITLES = {
    "linear": "linear",
    "cubic": "cubic",
    "ibp": "back-projection",
    "tikhonov": "Tikhonov",
    "tv": "TV",
}


def baseline_title(name: str) -> str:
    """Name of a baseline as figures write it."""
    return BASELINE_TITLES.get(name, name)
