"""Which software made a result."""

import platform
from importlib.metadata import version

from isospine import __version__


def software_versions() -> dict[str, str]:
    """Versions of what computes the result."""
    names = ("numpy", "scipy", "torch", "safetensors")
    return {"python": platform.python_version(), "isospine": __version__} | {
        name: version(name) for name in names
    }
