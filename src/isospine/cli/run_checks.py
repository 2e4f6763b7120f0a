"""Check the folders of `isospine run`, and the dataset by the BIDS validator."""

import json
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from isospine.dataset.source import DEMO, is_url
from isospine.errors import InputError
from isospine.jobs.run_folder import RunFolder, find_run, hidden_in
from isospine.words import count, printable

log = logging.getLogger(__name__)

VALIDATOR = "bids-validator-deno"
#: Errors of the validator that are shown.
SHOWN = 5


def choose_folder(source: str, output: Path, work: Path | None) -> RunFolder:
    """Folders of a run; an output folder that holds something else is refused.

    Raises
    ------
    InputError
        Naming the folder.
    """
    output = Path(os.path.abspath(output))
    known = find_run(output)
    chosen = None if work is None else Path(os.path.abspath(work))
    if source != DEMO and not is_url(source):
        _check_outside("OUT_DIR", output, Path(source))
        if chosen is not None:
            _check_outside("--work-dir", chosen, Path(source))
    if known is not None:
        if chosen not in (None, known.work):
            raise InputError(
                f"--work-dir: the run in {output} works in {known.work}; leave the option out, or name another OUT_DIR"
            )
        return known
    _check_can_be_made("OUT_DIR", output)
    if chosen is not None:
        _check_can_be_made("--work-dir", chosen)
    if output.is_dir() and (held := sorted(each.name for each in output.iterdir() if each.name[0] != ".")):
        raise InputError(
            f"OUT_DIR: {output} holds {held[0]}{' and more' * (len(held) > 1)}, but no run of isospine; name a new or empty folder"
        )
    folder = RunFolder(output, chosen or hidden_in(output))
    if folder.work == output:
        raise InputError("--work-dir: the same folder as OUT_DIR; name another, or leave the option out")
    return folder


def create_folder(folder: RunFolder) -> None:
    """Make the folders of a run.

    Raises
    ------
    InputError
        If the system does not let that be, or another run has them.
    """
    try:
        folder.create()
    except OSError as error:
        places = folder.output if folder.is_hidden else f"{folder.output} and --work-dir {folder.work}"
        raise InputError(
            f"OUT_DIR: {places} cannot be made ({error.strerror or error}); expected a folder that you may write"
        ) from error


def check_report_file(file: Path) -> None:
    """Refuse a file that Snakemake cannot write a report to.

    Raises
    ------
    InputError
        Naming the option.
    """
    if file.suffix not in (".html", ".zip"):
        raise InputError(f"-o: {file}: expected a name that ends in .html or .zip")
    if file.is_dir():
        raise InputError(f"-o: {file} is a folder; expected a file, such as {file / 'report.html'}")
    if not file.parent.is_dir():
        raise InputError(f"-o: {file.parent} is no folder; make it first, or name another file")
    if not os.access(file.parent, os.W_OK | os.X_OK):
        raise InputError(f"-o: {file.parent} cannot be written; name a file elsewhere")


def _check_can_be_made(name: str, folder: Path) -> None:
    """Refuse a folder that is a file, or would lie in one or where nothing may be written."""
    place = next(each for each in (folder, *folder.parents) if os.path.lexists(each))
    if not place.is_dir():
        what = "is a broken link" if place.is_symlink() and not place.exists() else "is a file"
        raise InputError(f"{name}: {place} {what}; expected a folder, which may be new")
    if not os.access(place, os.W_OK | os.X_OK):
        raise InputError(f"{name}: {place} cannot be written; expected a folder that you may write")


def _check_outside(name: str, folder: Path, dataset: Path) -> None:
    """Refuse a folder that would write into a dataset, except for its derivatives."""
    real, root = Path(os.path.realpath(folder)), Path(os.path.realpath(dataset))
    inside = real.is_relative_to(root) and not (
        real.is_relative_to(root / "derivatives") and real != root / "derivatives"
    )
    if inside:
        raise InputError(
            f"{name}: {folder} lies in the dataset {dataset}, which is only read; expected a folder elsewhere, or "
            f"{dataset / 'derivatives' / 'isospine'}"
        )


def is_valid(source: str) -> bool:
    """Check a local dataset by the BIDS validator, where it is installed, and log what it finds."""
    if source == DEMO or is_url(source):
        return True
    program = shutil.which(
        VALIDATOR, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    )
    if program is None:
        log.warning(
            "The dataset was not validated: %s is not installed (pip install %s; --skip-bids-validation for silence)",
            VALIDATOR,
            VALIDATOR,
        )
        return True
    command = [program, source, "--format", "json", "--ignoreWarnings", "--ignoreNiftiHeaders", "--prune"]
    answer = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=os.path.dirname(program)
    )
    try:
        errors = _errors(json.loads(answer.stdout))
    except (ValueError, KeyError, TypeError):
        log.warning(
            "The dataset was not validated: %s said %s",
            VALIDATOR,
            printable((answer.stderr or answer.stdout).strip()[-300:]) or "nothing",
        )
        return True
    for line in errors[:SHOWN]:
        log.error("%s", line)
    if errors:
        log.error(
            "%s is not valid BIDS: %s%s; correct it, or go on with --skip-bids-validation",
            source,
            count(len(errors), "error"),
            f", of which the first {SHOWN} are above" if len(errors) > SHOWN else "",
        )
    return not errors


def _errors(report: dict[str, Any]) -> list[str]:
    """Errors in a report of the validator, as the file and what is wrong with it."""
    texts = report["issues"]["codeMessages"]
    found = [issue for issue in report["issues"]["issues"] if issue.get("severity") == "error"]
    return [
        printable(
            f"{issue.get('location', '')}: {issue.get('issueMessage') or texts.get(issue['code'], issue['code'])}"
        ).lstrip("/")
        for issue in found
    ]
