"""Query a git repository, bare repository or bundle; standard library only."""

import os
import re
import subprocess
from pathlib import Path

from isospine.errors import InputError

#: Number of tags that an error message names.
TAGS_NAMED = 12


def git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run git in a folder, without looking for a repository in its parents.

    Parameters
    ----------
    folder : Path
        Where to run.
    *arguments : str
        What to run, e.g. ``"rev-parse", "HEAD"``.

    Returns
    -------
    CompletedProcess
        With `returncode`, and `stdout` and `stderr` as text in which undecodable bytes survive.

    Raises
    ------
    InputError
        If git is not installed, or refuses a repository that belongs to another user.
    """
    answer = git_bytes(folder, *arguments)
    return subprocess.CompletedProcess(
        answer.args, answer.returncode, os.fsdecode(answer.stdout), os.fsdecode(answer.stderr)
    )


def git_bytes(folder: Path, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run git as `git` does, with `given` as its standard input and the answer left undecoded."""
    # LANGUAGE: a message is recognised below, whatever the user's language
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.absolute().parent), "LANGUAGE": "en"}
    try:
        answer = subprocess.run(
            ["git", *arguments], cwd=folder, env=environment, input=given, capture_output=True, check=False
        )
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
        f"dataset.source: {repository} belongs to another user and git does not trust it; if you do, run: "
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
        If there is no such version; the message lists the tags. See also `git`.
    """
    commit = _bundle_commit(path, version) if path.is_file() else find_commit(path, version or "HEAD")
    if commit:
        return commit
    if version is None:
        raise InputError(f"dataset.source: {path} has no commit; save the dataset there (datalad save)")
    raise unknown_version(version, str(path), list_tags(path))


def find_commit(repository: Path, version: str) -> str:
    """Commit of a tag, branch (including those of the remote origin) or commit; "" if there is none."""
    for name in (f"refs/tags/{version}", version, f"refs/remotes/origin/{version}"):
        answer = git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
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
