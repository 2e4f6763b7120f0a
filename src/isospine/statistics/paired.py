"""Paired comparison of methods: differences on the same images, with intervals over persons."""

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import bootstrap, norm, t

from isospine.evaluation.measures import MEASURES, compared_measures
from isospine.statistics.persons import MINIMUM_PERSONS, persons_of
from isospine.statistics.seen import fair_rows
from isospine.words import listed

#: The recipe that every method is shown against, where it is configured.
FLAGSHIP = "pretrained"
CONFIDENCE = 0.95
RESAMPLES = 9999
SEED = 0

PAIRED_COLUMNS = [
    "region", "measure", "method", "comparator", "persons", "images", "images_won",
    "difference", "low", "high", "verdict",
]  # fmt: skip


def image_means(metrics: pd.DataFrame, region: str, measure: str) -> pd.DataFrame:
    """Mean over the seeds, one row per (person, image) and one column per method, in the order of the table."""
    own = metrics[metrics["region"] == region]
    means = (
        own.assign(person=persons_of(own))
        .groupby(["person", "image", "method"], sort=False)[measure]
        .mean()
        .unstack("method")
    )
    return means[list(dict.fromkeys(own["method"]))]


def mean_interval(sums: NDArray[np.float64], counts: NDArray[np.float64]) -> tuple[float, float]:
    """Bootstrap interval of a mean over images, with the person as the unit that is drawn.

    The percentiles are moved outwards, so that the interval of normal data is as wide as Student's: the plain
    percentile interval is too narrow for few persons. Source: Hesterberg, What teachers should know about the
    bootstrap, The American Statistician 2015 (expanded percentile interval).

    Parameters
    ----------
    sums : (S,) array
        Sum of the values of each person's images.
    counts : (S,) array
        Number of each person's images.

    Returns
    -------
    low, high : float
        Ends of the interval, of confidence `CONFIDENCE`.
    """
    n = len(sums)
    tail = norm.cdf(np.sqrt(n / (n - 1)) * t.ppf((1 - CONFIDENCE) / 2, n - 1))
    interval = bootstrap(
        (sums, counts),
        lambda total, images, axis: total.sum(axis) / images.sum(axis),
        paired=True,
        vectorized=True,
        method="percentile",
        confidence_level=1 - 2 * tail,
        n_resamples=RESAMPLES,
        rng=np.random.default_rng(SEED),
    ).confidence_interval
    return float(interval.low), float(interval.high)


def judge(differences: pd.Series, higher_is_better: bool = True) -> dict[str, Any]:
    """Mean of the differences (indexed by person and image), its interval, and which method is better by it."""
    sign = 1 if higher_is_better else -1
    found = differences.dropna()
    per_person = found.groupby(level="person")
    row: dict[str, Any] = {
        "persons": per_person.ngroups,
        "images": len(found),
        "images_won": int((sign * found > 0).sum()),
        "difference": found.mean(),
        "low": np.nan,
        "high": np.nan,
    }
    if row["persons"] < MINIMUM_PERSONS:
        return row | {"verdict": "too few persons"}
    if not np.isfinite(found).all():
        return row | {"verdict": "infinite difference"}
    low, high = mean_interval(per_person.sum().to_numpy(), per_person.size().to_numpy().astype(np.float64))
    ends = (low, high) if higher_is_better else (-high, -low)
    verdict = "better" if ends[0] > 0 else "worse" if ends[1] < 0 else "undecided"
    return row | {"low": low, "high": high, "verdict": verdict}


def compare_methods(metrics: pd.DataFrame) -> pd.DataFrame:
    """Compare every pair of methods on the images that both have.

    Parameters
    ----------
    metrics : DataFrame
        The table of a run, one row per reconstruction and region. Rows on bodies that a method's weights learned from
        do not count, nor do those of methods that know an earlier scan of the person.

    Returns
    -------
    DataFrame
        Per region, measure (`measures.compared_measures`, those that the table has), method and comparator: numbers of persons, images and images on
        which the method is better; mean difference over images (method less comparator, each the mean over its
        seeds); its interval, missing for too few persons; and the verdict: better, worse, undecided (the
        interval includes zero), too few persons, or infinite difference.
    """
    rows = []
    metrics = fair_rows(metrics)
    for region in dict.fromkeys(metrics["region"]):
        for measure in compared_measures():
            if measure.name not in metrics:
                continue
            means = image_means(metrics, region, measure.name)
            for method, comparator in permutations(means.columns, 2):
                # equal methods do not differ, where both reconstruct perfectly (infinite PSNR) either
                equal = means[method] == means[comparator]
                differences = (means[method] - means[comparator]).mask(equal, 0.0)
                key = {"region": region, "measure": measure.name, "method": method, "comparator": comparator}
                rows.append(key | judge(differences, measure.higher_is_better))
    return pd.DataFrame(rows, columns=PAIRED_COLUMNS)


def shown_comparisons(
    compared: pd.DataFrame, metrics: pd.DataFrame, baselines: Sequence[str]
) -> pd.DataFrame:
    """Comparisons of each method with the best baseline and with the flagship, from `compare_methods`.

    The best baseline is that with the best mean over images, in each region and by each measure. The comparator's
    name says which of the two it is, and the verdict stands before the numbers that it is made from.
    """
    columns = [
        *PAIRED_COLUMNS[:4],
        "verdict",
        "difference",
        "low",
        "high",
        "images_won",
        "images",
        "persons",
    ]
    parts = [pd.DataFrame(columns=columns)]
    metrics = fair_rows(metrics)
    for (region, measure), own in compared.groupby(["region", "measure"], sort=False):
        record = MEASURES[str(measure)]
        means = image_means(metrics, str(region), record.name).mean() * (1 if record.higher_is_better else -1)
        known = [name for name in baselines if name in means]
        comparators = {"best baseline": means[known].idxmax()} if known else {}
        comparators["flagship"] = FLAGSHIP
        for role, name in comparators.items():
            rows = own[own["comparator"] == name]
            parts.append(rows.assign(comparator=f"{name} ({role})", measure=record.heading))
    filled = [part[columns] for part in parts if not part.empty]
    return pd.concat(filled, ignore_index=True) if filled else parts[0]


def paired_digits(shown: pd.DataFrame) -> dict[str, list[int]]:
    """Decimal places in each row of `shown_comparisons`, where every row has its own measure."""
    digits = {measure.heading: measure.digits for measure in MEASURES.values()}
    return {key: [digits[name] for name in shown["measure"]] for key in ("difference", "low", "high")}


PAIRED_HEADINGS = {
    "comparator": "compared with",
    "difference": "mean difference",
    "low": "interval from",
    "high": "to",
    "images_won": "images won",
    "images": "of images",
}


def paired_text() -> str:
    """Explain the table of `shown_comparisons`."""
    measures = listed([measure.heading for measure in compared_measures()])
    return (
        f"{measures} of each method less those of the best baseline (highest mean in that region, by that measure) "
        "and of the flagship: mean over images, each image averaged over seeds first. The 95 % intervals come from a "
        "bootstrap over persons, without correction for the number of comparisons. Undecided: the interval includes zero. "
        f"With fewer than {MINIMUM_PERSONS} persons there is no interval and no winner. Every pair of methods is in "
        "results/tables/paired.tsv. Click a heading to sort."
    )
