"""Describe the state of the checked-out code that is running."""

import platform
from importlib.metadata import version
from pathlib import Path

from isospine import __version__
from isospine.io.git import find_commit, git


def code_commit() -> tuple[str | None, bool]:
    """Commit of the checked-out code (None without one), and whether files were changed since."""
    root = Path(__file__).parents[3]
    if not (root / ".git").exists():
        return None, False
    return find_commit(root, "HEAD") or None, bool(
        git(root, "status", "--porcelain", "--untracked-files=no").stdout.strip()
    )


def software_versions() -> dict[str, str]:
    """Versions of what computes the result."""
    names = ("numpy", "scipy", "torch", "safetensors")
    return {"python": platform.python_version(), "isospine": __version__} | {
        name: version(name) for name in names
    }
