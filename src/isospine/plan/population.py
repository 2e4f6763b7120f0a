"""Subjects that a population prior may learn from: others, never the one under test."""

from collections.abc import Iterable
from pathlib import PurePosixPath
from random import Random

from isospine.errors import InputError


def subject_of(image: str) -> str:
    """Label of an image's subject, from the image's name or path: ``sub-01`` of ``sub-01_ses-a_T2w``."""
    return PurePosixPath(image).name.split("_")[0]


def choose_population(images: Iterable[str], image: str, count: int, seed: int) -> list[str]:
    """Draw images of other subjects, the same in every run.

    Parameters
    ----------
    images : iterable of str
        Names or paths of all images of the dataset.
    image : str
        The one under test; every image of its subject is left out.
    count : int
        How many to draw, at most.
    seed : int
        Seed of the draw.

    Returns
    -------
    list of str
        Sorted.

    Raises
    ------
    InputError
        If there is no other subject.
    """
    others = sorted(other for other in images if subject_of(other) != subject_of(image))
    if not others:
        raise InputError(
            f"{subject_of(image)}: a population prior learns from other subjects, and there are none; "
            "take more of the dataset (dataset.subjects), or leave the recipe out"
        )
    return sorted(Random(f"{seed} {image}").sample(others, min(count, len(others))))
