"""Environment in which git, git-annex and DataLad work without prompting."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from isospine.io.git import git

#: git aborts an HTTP transfer that stays below this speed (bytes per second) for this time (seconds).
LOW_SPEED = {"GIT_HTTP_LOW_SPEED_LIMIT": "1000", "GIT_HTTP_LOW_SPEED_TIME": "60"}

#: Identity for the commits that git-annex makes in a clone whose log nobody reads.
NAME, EMAIL = "isospine", "isospine@localhost"


@contextmanager
def datalad_environment() -> Iterator[None]:
    """Run a block in which every child process finds git-annex, has a git identity and never prompts.

    Changes `os.environ` and restores it afterwards: not thread-safe.

    Raises
    ------
    InputError
        If git is not installed.

    Examples
    --------
    >>> import subprocess
    >>> with datalad_environment():
    ...     _ = subprocess.run(["git-annex", "version", "--raw"], check=True, capture_output=True)
    """
    before = dict(os.environ)
    # git-annex and DataLad are installed beside the interpreter, whose venv need not be activated
    os.environ["PATH"] = os.pathsep.join(
        [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    )
    try:
        os.environ.update(_missing_identity())
        os.environ.update(GIT_TERMINAL_PROMPT="0", DATALAD_UI_PROGRESSBAR="none")
        os.environ.update({name: value for name, value in LOW_SPEED.items() if name not in before})
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _missing_identity() -> dict[str, str]:
    """GIT_* variables for the identity that neither git's configuration nor the environment sets."""
    missing = {}
    for key, value in (("name", NAME), ("email", EMAIL)):
        if git(Path.cwd(), "config", "--get", f"user.{key}").stdout.strip():
            continue
        for role in ("AUTHOR", "COMMITTER"):
            variable = f"GIT_{role}_{key.upper()}"
            if not os.environ.get(variable):
                missing[variable] = value
    return missing
