"""Keep what weights learned from out of comparisons: figures on a body that a network has seen are no test of it."""

import pandas as pd

from isospine.statistics.persons import persons_of
from isospine.words import count, listed


def unseen_rows(metrics: pd.DataFrame) -> pd.DataFrame:
    """Drop the rows of methods on persons of whom any image shows a body that the method's weights learned from.

    Parameters
    ----------
    metrics : DataFrame
        The table of a run; one without the column `body_seen` is returned as it is.
    """
    return metrics[~_is_seen(metrics)]


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


def _is_seen(metrics: pd.DataFrame) -> pd.Series:
    if "body_seen" not in metrics:
        return pd.Series(False, index=metrics.index)
    keys = [metrics["method"], persons_of(metrics)]
    return metrics["body_seen"].notna().groupby(keys).transform("any").astype(bool)
