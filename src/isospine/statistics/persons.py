"""Count persons in the tables of a run: several subjects, and all sessions of each, may be one person."""

from collections.abc import Mapping

import pandas as pd

from isospine.words import count

#: With fewer, all persons have the same sign by chance in more than 5 % of comparisons of equal methods.
MINIMUM_PERSONS = 6


def with_persons(table: pd.DataFrame, persons: Mapping[str, str]) -> pd.DataFrame:
    """Insert the person of each row behind its subject.

    Parameters
    ----------
    table : DataFrame
        With the columns `image` and `subject`.
    persons : mapping
        Person by the name of the image.
    """
    named = table.copy()
    named.insert(
        list(named.columns).index("subject") + 1, "person", [persons[image] for image in table["image"]]
    )
    return named


def persons_of(table: pd.DataFrame) -> pd.Series:
    """Person of each row; in tables of earlier versions each subject is one."""
    return table["person"] if "person" in table else table["subject"].rename("person")


def count_persons(table: pd.DataFrame) -> int:
    """Number of persons in a table."""
    return int(persons_of(table).nunique())


def say_persons(table: pd.DataFrame) -> str:
    """Number of persons, and of subjects where these are more: 1 person (19 subjects)."""
    return say_numbers(count_persons(table), table["subject"].nunique())


def say_numbers(persons: int, subjects: int) -> str:
    """Number of persons and subjects in words, as `say_persons` does."""
    text = count(persons, "person")
    return text if persons == subjects else f"{text} ({count(subjects, 'subject')})"


def say_variation(persons: int, subjects: int, images: int) -> str:
    """What varies between images beside the person: nothing, the session, or whatever differs between subjects.

    Returns
    -------
    str
        A sentence, or "" where each image shows another person.
    """
    if images <= persons:
        return ""
    between = "sites, scanners or sessions" if subjects > persons else "sessions or acquisitions"
    if persons > 1:
        return f"Images of one person differ by {between}, and count as one."
    return f"The {images} images are of one person: they differ by {between}, and say nothing about other persons."
