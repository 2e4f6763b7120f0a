"""Query a git repository, bare repository or bundle, and run nothing that it names; standard library only.

Whoever made a repository chose its configuration, which can name programs: hooks, monitors, ways to fetch what is missing.
Questions here are answered with all of them off, without the network, and without what the caller's environment says
about other repositories (``GIT_DIR``).
"""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from isospine.errors import InputError

#: Number of tags that an error message names.
TAGS_NAMED = 12

#: Seconds that an answer may take: a pipe in place of a file of the repository would never give one.
PATIENCE = 300.0

#: Variables of git that say who commits; those are kept.
IDENTITY = re.compile("GIT_(AUTHOR|COMMITTER)_(NAME|EMAIL|DATE)")
#: Those that say how to reach a remote, and where configuration is; a transfer needs them too.
TRANSPORT = re.compile(
    r"GIT_(SSH|SSH_COMMAND|SSH_VARIANT|SSL_\w+|HTTP_\w+|PROXY_\w+|ASKPASS|CURL_VERBOSE|TRACE\w*|EXEC_PATH"
    "|CONFIG_GLOBAL|CONFIG_SYSTEM|CONFIG_NOSYSTEM)"
)
#: Keep a repository's own settings from running a program.
SETTINGS = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false")
#: Of every command: no content is fetched because it is missing, and replacements of objects count for nothing.
LOCKS = {"GIT_NO_LAZY_FETCH": "1", "GIT_NO_REPLACE_OBJECTS": "1", "GIT_TERMINAL_PROMPT": "0"}
#: Of questions: no remote is reached, and nothing is written.
OFFLINE = {"GIT_ALLOW_PROTOCOL": "none", "GIT_OPTIONAL_LOCKS": "0"}
#: Of questions whose answer depends on the repository alone.
OWN_SETTINGS = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_ATTR_NOSYSTEM": "1"}


def without_callers_git(environment: Mapping[str, str], transport: bool = False) -> dict[str, str]:
    """Drop the caller's variables of git from an environment: they may be about another repository.

    Parameters
    ----------
    environment : mapping
        Such as `os.environ`.
    transport : bool
        Keep those that say how to reach a remote.
    """
    return {
        name: value
        for name, value in environment.items()
        if not name.startswith("GIT_")
        or IDENTITY.fullmatch(name)
        or (transport and TRANSPORT.fullmatch(name))
    }


def git(folder: Path, *arguments: str, users: bool = False) -> subprocess.CompletedProcess[str]:
    """Ask git about a repository, without looking for one in the parents of a folder.

    Parameters
    ----------
    folder : Path
        Where to run.
    *arguments : str
        What to run, e.g. ``"rev-parse", "HEAD"``.
    users : bool
        Read the configuration of the user and the system too, and leave repositories of other users alone that it does
        not trust. Otherwise these may be asked, since they can run nothing.

    Returns
    -------
    CompletedProcess
        With `returncode`, and `stdout` and `stderr` as text in which undecodable bytes survive.

    Raises
    ------
    InputError
        If git is not installed, or refuses a repository that belongs to another user.
    """
    answer = git_bytes(folder, *arguments, users=users)
    return subprocess.CompletedProcess(
        answer.args, answer.returncode, os.fsdecode(answer.stdout), os.fsdecode(answer.stderr)
    )


def git_bytes(
    folder: Path, *arguments: str, given: bytes = b"", users: bool = False
) -> subprocess.CompletedProcess[bytes]:
    """Run git as `git` does, with `given` as its standard input and the answer left undecoded."""
    # LANGUAGE: a message is recognised below, whatever the user's language
    ceiling = {"GIT_CEILING_DIRECTORIES": str(folder.absolute().parent), "LANGUAGE": "en"}
    environment = without_callers_git(os.environ, transport=users) | LOCKS | OFFLINE | ceiling
    environment |= {} if users else OWN_SETTINGS
    trust = () if users else ("-c", "safe.directory=*")
    try:
        answer = subprocess.run(
            ["git", *SETTINGS, *trust, *arguments],
            cwd=folder,
            env=environment,
            input=given,
            capture_output=True,
            check=False,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired as error:
        raise InputError(
            f"{folder}: git did not answer in {PATIENCE:g} s; check the file system, and that nothing in .git is a pipe"
        ) from error
    except FileNotFoundError as error:
        raise InputError(
            "git: no such program on PATH; install git (apt install git, brew install git, conda install git)"
        ) from error
    if answer.returncode and b"dubious ownership" in answer.stderr:
        raise foreign_owner(folder)
    return answer


def foreign_owner(repository: Path) -> InputError:
    """Error for a repository that git does not trust."""
    return InputError(
        f"{repository} belongs to another user and git does not trust it; if you do, run: "
        f"git config --global --add safe.directory '{repository}' (and the same for '{repository}/.git')"
    )


def is_bundle(path: Path) -> bool:
    """Check whether a file is a git bundle."""
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return re.match(rb"# v\d+ git bundle\n", stream.read(20)) is not None


def is_repository(path: Path) -> bool:
    """Check whether a folder is the root of a git repository, or a bare one."""
    return (path / ".git").exists() or all((path / name).exists() for name in ("HEAD", "objects", "refs"))


def resolve_commit(path: Path, version: str | None) -> str:
    """Commit of a version of a local repository or bundle.

    Parameters
    ----------
    path : Path
        A work tree, a bare repository or a bundle file.
    version : str or None
        A tag, branch or commit; None for the one checked out (HEAD).

    Returns
    -------
    str
        A commit as 40 hexadecimal digits; for the annotated tag of a bundle, the tag's own object.

    Raises
    ------
    InputError
        If there is no such version, where the message lists the tags, or if it is a partial clone. See also `git`.
    """
    check_complete(path)
    commit = _bundle_commit(path, version) if path.is_file() else find_commit(path, version or "HEAD")
    if commit:
        return commit
    if version is None:
        raise InputError(f"dataset.source: {path} has no commit; save the dataset there (datalad save)")
    raise unknown_version(version, str(path), list_tags(path))


def check_complete(path: Path) -> None:
    """Refuse a partial clone: git before 2.45 gets what it lacks by whatever command its configuration names.

    Raises
    ------
    InputError
        If so.
    """
    promises = r"^(extensions\.partialclone|remote\..*\.(promisor|partialclonefilter))$"
    if path.is_dir() and git(path, "config", "--get-regexp", promises).stdout:
        raise InputError(
            f"dataset.source: {path} is a partial clone, which lacks a part of its history; expected a whole one: clone it "
            "again without --filter"
        )


def find_commit(repository: Path, version: str, users: bool = False) -> str:
    """Commit of a tag, branch (including those of the remote origin) or commit; "" if there is none; `users` as for `git`."""
    for name in (f"refs/tags/{version}", version, f"refs/remotes/origin/{version}"):
        answer = git(
            repository,
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            f"{name}^{{commit}}",
            users=users,
        )
        if answer.returncode == 0:
            return answer.stdout.strip()
    return ""


def list_tags(path: Path) -> list[str]:
    """Tags of a local repository or bundle, newest version first."""
    if path.is_file():
        return sorted((ref[10:] for ref in _bundle_refs(path) if ref.startswith("refs/tags/")), reverse=True)
    return git(path, "tag", "--list", "--sort=-version:refname").stdout.split()


def unknown_version(version: str, source: str, tags: list[str]) -> InputError:
    """Error for a version that a dataset does not have."""
    named = ", ".join(tags[:TAGS_NAMED]) + (", ..." if len(tags) > TAGS_NAMED else "")
    expected = (
        f"expected one of its tags ({named}) or a commit" if tags else "it has no tags: expected a commit"
    )
    return InputError(f"dataset.version: {version!r} is not a tag, branch or commit of {source}; {expected}")


def _bundle_commit(bundle: Path, version: str | None) -> str:
    refs = _bundle_refs(bundle)
    if version is None:
        return refs.get("HEAD", "")
    named = refs.get(f"refs/tags/{version}") or refs.get(f"refs/heads/{version}")
    # the commits inside a bundle are known only once it is cloned: a wrong one is refused then
    return named or (version if re.fullmatch("[0-9a-f]{7,40}", version) else "")


def _bundle_refs(bundle: Path) -> dict[str, str]:
    answer = git(bundle.parent, "bundle", "list-heads", str(bundle.absolute()))
    if answer.returncode:
        raise InputError(f"dataset.source: {bundle} is a damaged git bundle; copy or make it again")
    pairs = (line.split(" ", 1) for line in answer.stdout.splitlines())
    return {ref: commit for commit, ref in pairs}
