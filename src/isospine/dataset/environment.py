"""Environment in which git, git-annex and DataLad work without prompting, and run no command that a dataset names."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from isospine.io.git import LOCKS, git, without_callers_git

#: git aborts an HTTP transfer that stays below this speed (bytes per second) for this time (seconds).
LOW_SPEED = {"GIT_HTTP_LOW_SPEED_LIMIT": "1000", "GIT_HTTP_LOW_SPEED_TIME": "60"}

#: Ways to a remote that git may take; not `ext::`, nor the helpers that some installed program brings.
PROTOCOLS = "file:git:http:https:ssh"

#: Identity for the commits that git-annex makes in a clone whose log nobody reads.
NAME, EMAIL = "isospine", "isospine@localhost"


@contextmanager
def datalad_environment(protocols: str = PROTOCOLS) -> Iterator[None]:
    """Run a block in which every child process finds git-annex, has a git identity and never prompts.

    git and git-annex use the user's configuration there, which may hold proxies and credentials, and trust repositories of
    other users, whose own settings run nothing. Changes `os.environ` and restores it afterwards: not thread-safe.

    Parameters
    ----------
    protocols : str
        Those that git may use, as ``GIT_ALLOW_PROTOCOL`` lists them.

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
    with tempfile.TemporaryDirectory(prefix="isospine-git-") as folder:
        try:
            os.environ.clear()
            os.environ.update(without_callers_git(before, transport=True) | LOCKS)
            # git-annex and DataLad are installed beside the interpreter, whose venv need not be activated
            programs = [str(Path(sys.executable).parent), before.get("PATH", os.defpath)]
            os.environ["PATH"] = os.pathsep.join(programs)
            os.environ.update(_missing_identity())
            os.environ.update(GIT_ALLOW_PROTOCOL=protocols, DATALAD_UI_PROGRESSBAR="none")
            os.environ.update({name: value for name, value in LOW_SPEED.items() if name not in before})
            os.environ["GIT_CONFIG_GLOBAL"] = str(_write_settings(Path(folder)))
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def _write_settings(folder: Path) -> Path:
    """Write a global configuration: the user's own, and trust in repositories of other users.

    A file, since the process that git starts in the repository that it clones from is not told settings of the command line.
    """
    home = Path(os.environ.get("HOME", os.devnull))
    standard = [
        Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "git/config",
        home / ".gitconfig",
    ]
    chosen = os.environ.get("GIT_CONFIG_GLOBAL")
    files = standard if chosen is None else [Path(chosen)]
    paths = [
        str(file.absolute()).replace("\\", "\\\\").replace('"', '\\"')
        for file in files
        if os.path.isfile(file)
    ]
    lines = [f'[include]\n\tpath = "{path}"\n' for path in paths]
    settings = folder / "gitconfig"
    settings.write_text("".join([*lines, "[safe]\n\tdirectory = *\n"]), encoding="utf-8")
    return settings


def _missing_identity() -> dict[str, str]:
    """GIT_* variables for the identity that neither git's configuration nor the environment sets."""
    missing = {}
    for key, value in (("name", NAME), ("email", EMAIL)):
        if git(Path("/"), "config", "--get", f"user.{key}", users=True).stdout.strip():
            continue
        for role in ("AUTHOR", "COMMITTER"):
            variable = f"GIT_{role}_{key.upper()}"
            if not os.environ.get(variable):
                missing[variable] = value
    return missing
