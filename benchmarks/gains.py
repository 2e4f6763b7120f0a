"""Differences between methods on the same persons, with intervals over persons, from the table of results."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from isospine.recipes.baselines import BASELINES
from isospine.statistics.paired import mean_interval

#: The best classical method of each image, chosen by the truth itself.
BEST_CLASSICAL = "best classical"


@dataclass(frozen=True)
class Gain:
    """Differences of PSNR in dB, by person, and their mean with its 95 % interval over persons."""

    values: "pd.Series[float]"

    @property
    def mean(self) -> float:
        """Mean over persons."""
        return float(self.values.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the mean."""
        return mean_interval(self.values.to_numpy(np.float64), np.ones(len(self.values)))

    @property
    def won(self) -> int:
        """Persons with a positive difference."""
        return int((self.values > 0).sum())


def scores(table: pd.DataFrame, setting: str, region: str, measure: str = "psnr") -> pd.DataFrame:
    """One row a person and one column a method, and the best classical one of each image."""
    own = table[(table["setting"] == setting) & (table["region"] == region)]
    wide = own.pivot(index="person", columns="method", values=measure)
    known = [name for name in BASELINES if name in wide]
    return wide.assign(**{BEST_CLASSICAL: wide[known].max(axis=1)}) if known else wide


def gain(
    table: pd.DataFrame,
    setting: str,
    region: str,
    comparator: str = "tv",
    method: str = "pretrained",
    persons: Sequence[str] = (),
) -> Gain:
    """Gain of a method over another on the persons that have both."""
    found = scores(table, setting, region)
    if not {method, comparator} <= set(found):
        return Gain(pd.Series(dtype=float))
    difference = (found[method] - found[comparator]).dropna()
    return Gain(difference[difference.index.isin(persons)] if persons else difference)
