"""Describe the state of the checked-out code that is running."""

import platform
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from isospine.errors import InputError
from isospine.io.git import find_commit, git
from isospine.version import __version__


def code_commit(warn: Callable[[str], object] = print) -> tuple[str | None, bool]:
    """Commit of the checked-out code (None if it is not known), and whether files were changed since.

    Parameters
    ----------
    warn : callable
        Called with why the commit of a checkout is not known.
    """
    root = Path(__file__).parents[3]
    if not (root / ".git").exists():
        return None, False
    try:
        commit = find_commit(root, "HEAD", users=True)
        state = git(root, "status", "--porcelain", "--untracked-files=no", users=True)
    except InputError as error:
        warn(f"The commit of the code will be unknown in the results: {error}")
        return None, False
    return commit or None, bool(state.stdout.strip())


def software_versions() -> dict[str, str]:
    """Versions of what computes the result."""
    names = ("numpy", "scipy", "torch", "safetensors")
    return {"python": platform.python_version(), "isospine": __version__} | {
        name: version(name) for name in names
    }
