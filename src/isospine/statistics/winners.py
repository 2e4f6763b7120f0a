"""Decide which method of a run is better, as far as its persons show, and summarise each method."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from isospine.evaluation.measures import MEASURES, Measure, region_place
from isospine.numbers import EQUAL, fixed, is_zero
from isospine.statistics.paired import image_means, judge
from isospine.statistics.summary import summarise
from isospine.words import count


@dataclass(frozen=True)
class Column:
    """A column of the headline table.

    Attributes
    ----------
    region : str
        Of which rows of the metrics.
    measure : Measure
        Of which of their columns.
    """

    region: str
    measure: Measure

    @property
    def title(self) -> str:
        """Heading of its column, without the region for the whole volume."""
        return self.measure.heading if self.region == "whole" else f"{self.region} {self.measure.heading}"


#: Region and measure of each column of the headline table.
HEADLINE = (("whole", "ssim"), ("whole", "psnr"), ("cord", "psnr"), ("whole", "train_seconds"))


@dataclass(frozen=True)
class Cell:
    """One number of the headline table.

    Attributes
    ----------
    mean : float
        Over images and seeds; missing where there is none.
    low, high : float
        Interval of it over persons, missing for too few of them.
    sd_seeds : float
        Standard deviation between the seeds of one image, missing for a single seed.
    best : bool
        No method has a better mean at the digits that are shown.
    """

    mean: float
    low: float
    high: float
    sd_seeds: float
    best: bool


@dataclass(frozen=True)
class Lead:
    """The method with the best mean of a measure in a region, and the one that it is measured against.

    Attributes
    ----------
    region, measure : str
        Where, and by what.
    leader, rival : str
        Methods. The rival is the best of those from which the leader does not clearly differ, else the next best.
    verdict : str
        Of the leader against the rival, as in `paired.compare_methods`; `better` only if it is better than every other.
    difference, low, high : float
        Leader less rival, mean over images, and its interval.
    images_won, images, persons : int
        On how many images the leader is better than the rival, of how many, of how many persons.
    equals : tuple of str
        All methods from which the leader does not clearly differ.
    """

    region: str
    measure: str
    leader: str
    rival: str
    verdict: str
    difference: float
    low: float
    high: float
    images_won: int
    images: int
    persons: int
    equals: tuple[str, ...]


def contenders(metrics: pd.DataFrame) -> pd.DataFrame:
    """Rows of the baselines and of every recipe as it is configured, without the other values of an ablation.

    A run may try many values; the best of many is better by chance, so that the front page compares none of them.
    """
    return metrics[metrics["recipe"].isna() | (metrics["recipe"] == metrics["method"])]


def network_names(metrics: pd.DataFrame) -> list[str]:
    """Methods that belong to a recipe; all others are baselines."""
    return list(dict.fromkeys(metrics.loc[metrics["recipe"].notna(), "method"]))


def headline(metrics: pd.DataFrame) -> tuple[list[Column], dict[str, list[Cell]]]:
    """Numbers of each method.

    Parameters
    ----------
    metrics : DataFrame
        The table of a run, one row per reconstruction and region.

    Returns
    -------
    columns : list of Column
        Those of `HEADLINE` whose region the run has.
    rows : dict
        By method, in the order of the table, a cell for each column.
    """
    regions = set(metrics["region"])
    columns = [Column(region, MEASURES[name]) for region, name in HEADLINE if region in regions]
    summary = summarise(metrics).set_index(["region", "method"])
    rows: dict[str, list[Cell]] = {name: [] for name in dict.fromkeys(metrics["method"])}
    for column in columns:
        measure = column.measure
        means = image_means(metrics, column.region, measure.name)
        known = summary.loc[column.region]
        shown = known[f"{measure.name}_mean"].round(measure.digits)
        best = shown.max() if measure.higher_is_better else shown.min()
        for name, cells in rows.items():
            if name not in known.index:
                cells.append(Cell(np.nan, np.nan, np.nan, np.nan, False))
                continue
            interval = judge(means[name])
            cells.append(
                Cell(
                    mean=float(known[f"{measure.name}_mean"][name]),
                    low=interval["low"],
                    high=interval["high"],
                    sd_seeds=float(known[f"{measure.name}_sd_seeds"][name]),
                    best=bool(shown[name] == best) and len(rows) > 1,
                )
            )
    return columns, rows


def find_lead(
    metrics: pd.DataFrame, compared: pd.DataFrame, region: str, measure: str, against: list[str] | None = None
) -> Lead | None:
    """Find the best method of a region and measure, and whether it clearly differs from every other.

    Parameters
    ----------
    metrics : DataFrame
        Rows of the methods that take part.
    compared : DataFrame
        Of `paired.compare_methods`, these methods among others.
    region, measure : str
        Where, and by what.
    against : list of str, optional
        The leader is not one of these, and the rival is; any two methods if not given.

    Returns
    -------
    Lead or None
        None without two methods to compare, or where the table does not have the measure.
    """
    if measure not in metrics:
        return None
    means = image_means(metrics, region, measure).mean().dropna()
    means = means.sort_values(ascending=not MEASURES[measure].higher_is_better, kind="stable")
    leaders = [name for name in means.index if against is None or name not in against]
    if not leaders:
        return None
    rivals = [name for name in means.index if name != leaders[0] and (against is None or name in against)]
    if not rivals:
        return None
    own = (compared["region"] == region) & (compared["measure"] == measure)
    rows = compared[own & (compared["method"] == leaders[0])].set_index("comparator").loc[rivals]
    # a winner must clearly differ from every other, the best of a group from the best of another
    undecided = rows[rows["verdict"] != "better"] if against is None else rows.iloc[:0]
    row = (rows if undecided.empty else undecided).iloc[0]
    return Lead(
        region=region,
        measure=measure,
        leader=leaders[0],
        rival=str(row.name),
        difference=float(row["difference"]),
        low=float(row["low"]),
        high=float(row["high"]),
        images_won=int(row["images_won"]),
        images=int(row["images"]),
        persons=int(row["persons"]),
        verdict=str(row["verdict"]),
        equals=tuple(map(str, undecided.index)),
    )


def is_equal(lead: Lead) -> bool:
    """Check whether the difference of a lead is zero at the digits that are shown."""
    return is_zero(lead.difference, MEASURES[lead.measure].digits)


def is_won(lead: Lead) -> bool:
    """Check whether the leader is clearly better than every other method, by a difference that can be shown."""
    return lead.verdict == "better" and not is_equal(lead)


def say_difference(lead: Lead, signed: bool = False) -> str:
    """Difference to the rival, with its interval where there is one: 0.42 dB (95 % interval 0.30 to 0.55).

    Parameters
    ----------
    lead : Lead
        Whose.
    signed : bool
        As it is, leader less rival; otherwise its amount.
    """
    measure = MEASURES[lead.measure]
    digits, sign = measure.digits, 1 if signed or lead.difference >= 0 else -1
    text = EQUAL if is_equal(lead) else measure.say(sign * lead.difference, signed=signed)
    if np.isnan(lead.low):
        return text
    low, high = sorted([sign * lead.low, sign * lead.high])
    return f"{text} (95 % interval {fixed(low, digits)} to {fixed(high, digits)})"


def say_lead(lead: Lead) -> tuple[str, str]:
    """State in words which method is better, if any.

    Returns
    -------
    verdict, explanation : str
        A few words, and the sentence with the numbers that they come from.
    """
    record = MEASURES[lead.measure]
    measure, place = record.title, region_place(lead.region)
    most, beyond, more = (
        ("highest", "above", "higher") if record.higher_is_better else ("lowest", "below", "lower")
    )
    won = f"on {lead.images_won} of {count(lead.images, 'image')}"
    distance = f"{say_difference(lead)} {'to' if is_equal(lead) else beyond}"
    if lead.difference == 0:
        highest = f"{lead.leader} and {lead.rival} have the same mean {measure} {place}"
    else:
        highest = f"{lead.leader} has the {most} mean {measure} {place}, {distance} {lead.rival}, and is {more} {won}"
    if lead.verdict == "better" and not is_won(lead):
        return "No winner", (
            f"{highest}. The interval of the difference excludes zero, but it is too small to be shown."
        )
    if lead.verdict == "better":
        return f"{lead.leader} wins", (
            f"its {measure} {place} is {distance} that of {lead.rival}, the next best, and {more} "
            f"{won}. The interval of its difference to every other method excludes zero."
        )
    if lead.verdict == "too few persons":
        return "No winner is declared", f"{highest}."
    if lead.verdict == "infinite difference":
        return "No winner is declared", (
            f"{lead.leader} reconstructs an image {place} perfectly, so that its difference to {lead.rival} is infinite "
            f"and has no interval. Its {measure} is {more} {won}."
        )
    return "No winner", (
        f"{highest}. The interval includes zero. {lead.leader} does not clearly differ from {', '.join(lead.equals)}."
    )
