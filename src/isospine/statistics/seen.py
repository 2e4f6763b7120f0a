"""Keep unfair figures out of comparisons: on bodies that a network has seen, and with an earlier scan of the person."""

import pandas as pd

from isospine.statistics.persons import persons_of
from isospine.words import count, listed


def fair_rows(metrics: pd.DataFrame) -> pd.DataFrame:
    """Drop the rows of methods that saw more than the views.

    These are methods on persons of whom any image shows a body that their weights learned from, and those that know an
    earlier scan of the person.

    Parameters
    ----------
    metrics : DataFrame
        The table of a run; one without the columns `body_seen` and `earlier` is returned as it is.
    """
    return without_earlier(metrics[~_is_seen(metrics)])


def without_earlier(metrics: pd.DataFrame) -> pd.DataFrame:
    """Drop the rows of methods that know an earlier scan of the person."""
    return metrics[~_knows_earlier(metrics)]


def with_earlier(metrics: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows of methods that know an earlier scan of the person, alone."""
    return metrics[_knows_earlier(metrics)]


def seen_notes(metrics: pd.DataFrame) -> list[str]:
    """Say of each method whose weights learned from persons of a run which they are."""
    seen = metrics[_is_seen(metrics)]
    notes = []
    for method, own in seen.groupby("method", sort=False):
        persons = sorted(set(persons_of(own)))
        bodies = sorted(set(own["body_seen"].dropna()))
        notes.append(
            f"{method}: its weights learned from {count(len(persons), 'person')} of this run ({listed(persons)}; "
            f"{listed(bodies)}). Its figures there are no test of it, and no comparison counts them."
        )
    return notes


def refused_notes(metrics: pd.DataFrame) -> list[str]:
    """Say of each method for which images it refused the earlier scan, so that its figures there are those of the views alone."""
    if "earlier_verdict" not in metrics:
        return []
    notes = []
    for method, own in metrics[metrics["earlier_verdict"] == "refused"].groupby("method", sort=False):
        pairs = sorted(set(zip(own["image"], own["earlier"], strict=True)))
        told = listed([f"{earlier} of {image}" for image, earlier in pairs])
        notes.append(
            f"{method}: did not use {count(len(pairs), 'earlier scan')} ({told}), which did not fit. Its figures there are of the views "
            "alone; the page of each image says why."
        )
    return notes


def _knows_earlier(metrics: pd.DataFrame) -> pd.Series:
    if "earlier" not in metrics:
        return pd.Series(False, index=metrics.index)
    return metrics["earlier"].notna()


def _is_seen(metrics: pd.DataFrame) -> pd.Series:
    if "body_seen" not in metrics:
        return pd.Series(False, index=metrics.index)
    keys = [metrics["method"], persons_of(metrics)]
    return metrics["body_seen"].notna().groupby(keys).transform("any").astype(bool)
