"""Fetch, verify and copy one file of a dataset."""

import errno
import gzip
import hashlib
import json
import re
import time
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, cast

import nibabel as nib
import numpy as np

from isospine.dataset.annex import annex_key as key_of
from isospine.dataset.annex import check_inside, recorded_keys
from isospine.dataset.clone import PERMANENT, SOURCE_KEY, annex_command, ask_annex, drop_content
from isospine.dataset.environment import datalad_environment
from isospine.dataset.local_annex import held_content
from isospine.dataset.manifest import ABSENT
from isospine.dataset.transfer import run_patiently, try_again
from isospine.errors import InputError, PassingError
from isospine.io.atomic import atomic_path, write_text
from isospine.io.git import git
from isospine.io.nifti import check_isotropic, load_volume
from isospine.io.nifti_header import GZIP
from isospine.io.text import open_regular

CHUNK = 1 << 20

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


def fetch_file(
    root: Path, path: str, annex_key: str, size: str, sha256: str, destination: Path, keep: bool = True
) -> None:
    """Copy one image out of a dataset, fetching its content with git-annex if necessary.

    Several processes may do so in one clone concurrently. A failing remote is retried after a pause.

    Parameters
    ----------
    root : Path
        The dataset: a clone, or a plain BIDS folder.
    path : str
        POSIX path of the file relative to `root`.
    annex_key, size, sha256 : str
        The manifest's entries for it: git-annex key, size in bytes, SHA-256; each may be "n/a".
    destination : Path
        The file to write; it comes to be whole and checked, or not at all. If its name ends in ``.gz`` it is compressed,
        also where the dataset's is not.
    keep : bool
        Keep the content in the clone as well. Otherwise it is dropped, see `isospine.clone.drop_content`.

    Raises
    ------
    InputError
        If the file is missing, leads out of the dataset, is not available from any remote, or is not what
        the manifest says. Wrong content of a clone is dropped, so that the next try gets it afresh.
    """
    try_again(lambda: _fetch(root, path, annex_key, size, sha256, destination))
    if not keep and annex_key != ABSENT:
        drop_content(root, annex_key)


def check_reference(path: Path) -> dict[str, Any]:
    """Check that a volume can serve as ground truth.

    Parameters
    ----------
    path : Path
        A NIfTI file.

    Returns
    -------
    dict
        `shape` (three ints), `spacing` (three floats, mm), `orientation` (e.g. "PSR").

    Raises
    ------
    InputError
        If it is not readable, 3-D, finite, varying and isotropic; see `isospine.nifti`.
    """
    data, affine = load_volume(path)
    check_isotropic(path, affine)
    return {
        "shape": list(data.shape),
        "spacing": [round(float(size), 4) for size in np.linalg.norm(affine[:3, :3], axis=0)],
        "orientation": "".join(nib.aff2axcodes(affine)),
    }


def _fetch(root: Path, path: str, annex_key: str, size: str, sha256: str, destination: Path) -> None:
    """One attempt of `fetch_file`."""
    check_inside(root, path)
    with atomic_path(destination) as temporary:
        try:
            source = _find_content(root, path) or _get(root, path, annex_key)
            found_size, found_sha256 = _copy(source, temporary)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ESTALE):
                raise
            raise PassingError(f"{root / path}: {GONE}") from error
        if sha256 not in (ABSENT, found_sha256) or size not in (ABSENT, str(found_size)):
            expected, found = f"{size} bytes, SHA-256 {sha256}", f"{found_size} bytes, SHA-256 {found_sha256}"
            if not source.is_relative_to(root):
                raise InputError(
                    f"{source}: corrupted: {expected}, found {found}; mend it there (git annex fsck)"
                )
            raise _wrong_content(root, path, annex_key, f"expected {expected}, found {found}")


def _find_content(root: Path, path: str) -> Path | None:
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


def _copy(source: Path, destination: Path) -> tuple[int, str]:
    """Copy a file, compressed if its new name says so and it is not yet; return the size and SHA-256 of what was read."""
    digest, size = hashlib.sha256(), 0
    with ExitStack() as stack:
        reader = stack.enter_context(open_regular(source))
        writer: IO[bytes] = stack.enter_context(destination.open("wb"))
        if destination.suffix == ".gz" and not reader.peek(len(GZIP)).startswith(GZIP):
            # without name and time: equal content gives equal bytes
            writer = cast(IO[bytes], stack.enter_context(gzip.GzipFile("", "wb", 1, writer, mtime=0)))
        while chunk := reader.read(CHUNK):
            writer.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


def _get(root: Path, path: str, key: str) -> Path:
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
            content = _find_content(root, path)
            if content:
                return content
            if answer.returncode == 0:
                raise PassingError(f"{root / path}: {GONE}")
            said = _said(answer.stdout) + answer.stderr.splitlines()
            # another job is getting the same content, for a file that equals this one
            if not any(TRANSFER_IN_PROGRESS in line for line in said):
                raise _unavailable(root, path, held, said)
            time.sleep(WAIT_SECONDS)


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


def _wrong_content(root: Path, path: str, key: str, difference: str) -> InputError:
    """Drop wrong content from a clone; return the error."""
    annexed = (root / ".git").exists() and recorded_keys(root, [path])[path] == key
    if not annexed:
        return InputError(
            f"{root / path}: changed since it was indexed: {difference}; delete the manifest and run again"
        )
    with datalad_environment():
        ask_annex(root, "dropkey", "--force", "--quiet", key)
    if not (root / path).is_symlink():
        # as committed; not `git checkout`, which takes a lock that another job may hold
        write_text(root / path, f"/annex/objects/{key}\n")
    return InputError(
        f"{root / path}: its content is corrupted: {difference}; it was dropped from the clone: "
        "run again to fetch it"
    )
