"""Guard: jobs that make images may read the views and models of their subject, never a reference."""

import os
import sys
from collections.abc import Iterable
from typing import Any

from isospine.errors import InputError
from isospine.io.nifti_name import stem_of
from isospine.plan.population import subject_of

#: Parts of the names of results, and folders of them, that only metrics and figures are made of.
HIDDEN_NAMES = ("_desc-reference_", "_mask.", "_seg.")
HIDDEN_FOLDERS = ("sourcedata/", "metrics/")


class SightError(InputError):
    """A training or reconstruction was about to read what would reveal the truth."""


def see_views_only(image: str, inputs: Iterable[str], earlier: Iterable[str] = ()) -> None:
    """Restrict this process to the declared files of a subject, and refuse a declared reference.

    It holds to the end of the process, for whatever opens files through Python, however deep in a library.

    Parameters
    ----------
    image : str
        Name or path of the image under test, whose subject counts.
    inputs : iterable of str
        The declared inputs of the job.
    earlier : iterable of str
        Those of them that are earlier scans of the person, which a method may know.

    Raises
    ------
    SightError
        If an input is the reference, the fetched image, a mask or the metrics of this subject; later, when a file of
        this subject is opened that is not an input, or what is hidden of another one, who may be the same person.
    """
    subject, declared = subject_of(image), {os.path.abspath(path) for path in inputs}
    known = {os.path.abspath(path) for path in earlier if not is_of(path, image)}
    for path in declared - known:
        if subject_of(path) == subject and is_hidden(path):
            raise SightError(_refusal(path, subject))

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event != "open" or not isinstance(arguments[0], str | bytes):
            return
        flags = arguments[2]
        if isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR):
            return
        path = os.path.abspath(os.fsdecode(arguments[0]))
        if path not in declared and (subject_of(path) == subject or is_hidden(path)):
            raise SightError(_refusal(path, subject))

    sys.addaudithook(watch)


def is_of(path: str, image: str) -> bool:
    """Check whether a fetched file is of an image, given by name or path."""
    return stem_of(path).rsplit("_", 1)[0] == os.path.basename(image)


def is_hidden(path: str) -> bool:
    """Check whether a result reveals the truth about its image, or how close methods came to it."""
    within = os.path.relpath(path, "results")
    return within.startswith(HIDDEN_FOLDERS) or (
        not within.startswith("..") and any(part in within for part in HIDDEN_NAMES)
    )


def _refusal(path: str, subject: str) -> str:
    return (
        f"{path}: was about to be read by a job that makes an image of {subject}; expected only its views and models, "
        "since results that saw more are worthless: undo the change in the workflow"
    )
