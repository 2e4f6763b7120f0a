"""Content of annexed files in a clone: found, fetched and dropped."""

import json
import re
import subprocess
import time
from pathlib import Path

from isospine.dataset.annex import annex_key as key_of
from isospine.dataset.environment import datalad_environment
from isospine.dataset.local_annex import held_content
from isospine.dataset.transfer import PERMANENT, run_patiently, try_again
from isospine.errors import InputError, PassingError
from isospine.io.git import SETTINGS, git
from isospine.words import printable

#: Where a clone notes, in its git configuration, what it was made from.
SOURCE_KEY = "isospine.dataset.source"

#: Beginnings of git-annex messages that give no reason.
UNINFORMATIVE = (
    "from ",
    "Unable to access these remotes",
    "not available",
    "failed to download content",
    "get: ",
)
#: Message of git-annex while another process transfers the same content, and the seconds between attempts then.
TRANSFER_IN_PROGRESS = "transfer already in progress"
WAIT_SECONDS = 0.5

#: Message where another job dropped the content that this one was about to read.
GONE = "its content went before it was read, dropped by the job of an equal file; run again"


def annex_command(root: Path, *arguments: str) -> list[str]:
    """git-annex command that works on the content of a clone, to be run in its folder ``.git``.

    As in a bare repository, files of the work tree stay pointers. git-annex would put content in their place, and
    have git's index say so, where jobs that get and drop content at the same time collide.
    """
    place = f"--git-dir={root.absolute() / '.git'}"
    return ["git", place, *SETTINGS, "-c", "core.bare=true", "annex", *arguments]


def ask_annex(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Ask git-annex about a clone, within `datalad_environment`; arguments as those of `annex_command`."""
    return git(root / ".git", *annex_command(root, *arguments)[1:], users=True)


def find_content(root: Path, path: str) -> Path | None:
    """Path of a file's content; None if it is not present."""
    file = root / path
    key = key_of(file)
    if key is None or (file.is_symlink() and file.is_file()):
        return file
    if not (root / ".git").exists():
        return None
    with datalad_environment():
        place = ask_annex(root, "contentlocation", key).stdout.removesuffix("\n")
    if place:
        return root / ".git" / place
    origin = git(root, "config", SOURCE_KEY).stdout.removesuffix("\n")
    return held_content(origin, key) if origin else None


def get_content(root: Path, path: str, key: str) -> Path:
    """Fetch the content of one file into a clone with git-annex; return its path."""
    if not (root / ".git").exists():
        raise InputError(
            f"{root / path}: its content is not there, only git-annex's note of {key}; give the DataLad "
            "dataset itself as dataset.source, or copy it with its content (datalad get, cp --dereference)"
        )
    held = key_of(root / path) or key
    command = annex_command(root, "get", "--json", "--json-error-messages", f"--key={held}")
    with datalad_environment():
        while True:
            try:
                answer = run_patiently(command, root / ".git", root / ".git" / "annex" / "tmp")
            except PassingError as error:
                raise PassingError(f"{root / path}: {error}; check the network and the remote") from error
            content = find_content(root, path)
            if content:
                return content
            if answer.returncode == 0:
                raise PassingError(f"{root / path}: {GONE}")
            said = _said(answer.stdout) + answer.stderr.splitlines()
            # another job is getting the same content, for a file that equals this one
            if not any(TRANSFER_IN_PROGRESS in line for line in said):
                raise _unavailable(root, path, held, said)
            time.sleep(WAIT_SECONDS)


def drop_content(root: Path, key: str) -> None:
    """Drop content from a clone made by `clone_dataset`, if git-annex confirms that a remote holds it.

    In any other folder nothing is done. What stays is said, and is no error: another job may be reading it, or
    the remote cannot be asked.

    Parameters
    ----------
    root : Path
        The dataset.
    key : str
        git-annex key of the content, or "n/a".
    """
    if not (root / ".git").is_dir() or not git(root, "config", SOURCE_KEY).stdout.strip():
        return
    with datalad_environment():
        try:
            reason = try_again(lambda: _drop(root, key))
        except PassingError as error:
            reason = str(error)
    if reason:
        print(printable(f"The content stays in {root}: {reason}"))


def _drop(root: Path, key: str) -> str:
    """Drop content with git-annex; return the reason if it refuses."""
    # however many copies the dataset asks for: this one does not count, and that there is another is checked
    command = annex_command(root, "drop", "--quiet", "--numcopies=1", f"--key={key}")
    answer = run_patiently(command, root / ".git", root / ".git" / "annex" / "tmp")
    reason = " ".join(answer.stderr.split())
    if answer.returncode and "content is locked" in reason:
        raise PassingError(f"{key}: {reason}; another job is working on it")
    return reason if answer.returncode else ""


def _unavailable(root: Path, path: str, key: str, said: list[str]) -> InputError:
    """Error for content that git-annex could not fetch, with what was tried."""
    reasons = [_shorten(line.rstrip(".")) for line in dict.fromkeys(said) if not _is_noise(line)]
    asked, others = _holders(root, key)
    kind: type[InputError] = InputError
    if "Verification of content failed" in reasons:
        return InputError(
            f"{root / path}: the content that {asked} gave is corrupted, it is not that of its git-annex key "
            f"{key}; it was thrown away: tell the maintainers of the dataset, or exclude the subject "
            "(dataset.exclude)"
        )
    if asked:
        if not all(PERMANENT.search(reason) for reason in reasons):
            kind = PassingError
        remedy = f"check the network and whether they still hold it: git annex whereis --key={key} in {root}"
        tried = f"asked {asked} ({'; '.join(reasons) or 'which do not have it'})"
    elif others:
        if _ask_ignored_again(root):
            kind = PassingError
        remedy = f"enable one: git annex enableremote NAME in {root}, which says what else is needed"
        tried = f"only {others} should hold it, and none is enabled here"
    else:
        remedy = "tell the maintainers of the dataset, or exclude the subject (dataset.exclude)"
        tried = f"no repository is known to hold it ({'; '.join(reasons)})"
    return kind(f"{root / path}: its content is not available from any remote; {tried}; {remedy}")


def _ask_ignored_again(root: Path) -> bool:
    """Re-enable a remote that git-annex ignores because it did not answer during cloning; return whether there was one."""
    settings = git(
        root, "config", "--local", "--name-only", "--get-regexp", r"^remote\..*\.annex-ignore-auto$"
    )
    for setting in settings.stdout.split():
        git(root, "config", "--local", "--unset-all", setting.removesuffix("-auto"))
        git(root, "config", "--local", "--unset-all", setting)
    return bool(settings.stdout)


def _said(answers: str) -> list[str]:
    """Lines of all that git-annex says about a file, from its JSON output."""
    lines: list[str] = []
    for answer in map(json.loads, answers.splitlines()):
        for message in [*answer.get("error-messages", []), answer.get("note") or ""]:
            lines += message.splitlines()
    return lines


def _holders(root: Path, key: str) -> tuple[str, str]:
    """Names of the remotes that should hold content: those enabled in this clone, and the others."""
    answer = json.loads(ask_annex(root, "whereis", "--json", f"--key={key}").stdout)
    asked: list[str] = []
    others: list[str] = []
    for place in answer["whereis"]:
        remote = re.search(r"\[([^]]+)\]$", place["description"])
        if not place["here"]:
            (asked if remote else others).append(remote[1] if remote else place["description"])
    return ", ".join(asked), ", ".join(others)


def _is_noise(line: str) -> bool:
    """Check whether a line of git-annex gives no reason."""
    return not line.strip() or line.startswith(UNINFORMATIVE)


def _shorten(line: str) -> str:
    """Keep the start and end of a long line: what failed, and why."""
    return line if len(line) < 200 else f"{line[:80]} ... {line[-100:]}"
