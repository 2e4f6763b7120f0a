"""Images that a method may learn from beside its own: of other persons, never of the one under test."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from random import Random

from isospine.errors import InputError

#: Key of a recipe whose networks may start from those of other persons.
INITIAL = "initial"


def subject_of(image: str) -> str:
    """Label of an image's subject, from the image's name or path: ``sub-01`` of ``sub-01_ses-a_T2w``."""
    return PurePosixPath(image).name.split("_")[0]


def choose_population(
    persons: Mapping[str, str], image: str, count: int, seed: int, recipe: str = "population-prior"
) -> list[str]:
    """Draw images of other persons, the same in every run.

    Parameters
    ----------
    persons : mapping
        Person whom each image of the dataset shows, by the image's name or path.
    image : str
        The one under test; every image of its person is left out.
    count : int
        How many to draw, at most.
    seed : int
        Seed of the draw.
    recipe : str
        Named by the error, as in `check_others`.

    Returns
    -------
    list of str
        Sorted.

    Raises
    ------
    InputError
        If there is no other person.
    """
    others = sorted(other for other in persons if is_other(persons, other, image))
    if not others:
        raise InputError(no_others(persons, recipe))
    return sorted(Random(f"{seed} {image}").sample(others, min(count, len(others))))


def check_others(persons: Mapping[str, str], recipes: Sequence[str]) -> None:
    """Refuse recipes that learn from other persons where there is one.

    Parameters
    ----------
    persons : mapping
        As of `choose_population`.
    recipes : sequence of str
        Those of the run that learn from other persons; of those that start from their networks, with the key: `NAME.initial`.

    Raises
    ------
    InputError
        Naming the first of the recipes.
    """
    if recipes and len(set(persons.values())) < 2:
        raise InputError(no_others(persons, recipes[0]))


def is_other(persons: Mapping[str, str], image: str, tested: str) -> bool:
    """Check that an image shows another person; one subject is one person, whatever else is said of it."""
    return persons[image] != persons[tested] and subject_of(image) != subject_of(tested)


def no_others(persons: Mapping[str, str], recipe: str) -> str:
    """Message of a population of one person."""
    subjects = len({subject_of(image) for image in persons})
    who = (
        f"all {subjects} subjects are one person (dataset.persons)"
        if subjects > 1
        else "there is one subject"
    )
    name, _, key = recipe.partition(".")
    if key:
        return (
            f"recipes.{recipe}: starts from networks of other persons, and there are none: {who}; take more of the dataset "
            f"(dataset.subjects), or start at random, in the recipe and in its ablations (recipes: {{{name}: {{{key}: random}}}})"
        )
    return (
        f"recipes.{recipe}: learns from references of other persons, and there are none: {who}; take more of the dataset "
        f"(dataset.subjects), or leave the recipe out (recipes: {{{recipe}: null}})"
    )


def learned_from(persons: Mapping[str, str], image: str) -> list[str]:
    """Images that a network learns from besides the views under test.

    Parameters
    ----------
    persons : mapping
        Person of the image under test and of each of the others, by the path of their files; empty where a network
        learns from nothing else.
    image : str
        The one under test.

    Raises
    ------
    InputError
        If one of them shows the person under test.
    """
    others = [other for other in persons if other != image]
    for other in others:
        if not is_other(persons, other, image):
            raise InputError(
                f"{other}: shows the person under test ({image}); a population prior must not see it: give references of "
                "other persons only"
            )
    return others
