"""Initialise git-annex in a clone, without running what its dataset names."""

import re
import subprocess
from pathlib import Path

from isospine.dataset.transfer import run_patiently
from isospine.errors import InputError
from isospine.io.git import SETTINGS, git


def init_annex(clone: Path, origin: str, local: bool) -> subprocess.CompletedProcess[str]:
    """Make a clone one of git-annex if its origin is; within `environment.datalad_environment`.

    Parameters
    ----------
    clone : Path
        With its files checked out.
    origin : str
        What it was cloned from.
    local : bool
        Whether that is on this machine. git-annex then leaves it alone, and `local_annex.held_content` reads its content.

    Returns
    -------
    CompletedProcess
        Of git-annex.

    Raises
    ------
    InputError
        As `check_special_remotes`.
    """
    if local:
        git(clone, "config", "remote.origin.annex-ignore", "true")
    annexed = git(clone, "rev-parse", "--verify", "--quiet", "refs/remotes/origin/git-annex")
    if annexed.returncode:
        return subprocess.CompletedProcess([], 0, "", "")
    check_special_remotes(clone, origin)
    return run_patiently(["git", *SETTINGS, "annex", "init", "--quiet", "isospine"], clone, clone)


def check_special_remotes(clone: Path, origin: str) -> None:
    """Refuse a special remote whose program is given by a path: git-annex would run a file of the dataset.

    Raises
    ------
    InputError
        If there is one.
    """
    known = git(clone, "show", "refs/remotes/origin/git-annex:remote.log").stdout
    for line in known.splitlines():
        facts = dict(word.split("=", 1) for word in line.split() if "=" in word)
        program = facts.get("externaltype", "x")
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.+-]*", program):
            raise InputError(
                f"dataset.source: {origin} has a special remote {facts.get('name', '')!r} of the type {program!r}, which is no "
                "name of a program but a path, by which the dataset could have its own files run: do not use it, and tell "
                "its maintainers"
            )
