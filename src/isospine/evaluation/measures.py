"""Measures and regions: one record for each, the source of names, units and digits everywhere.

Nothing is computed here, so that figures and pages do not depend on the code that measures.
"""

import re
from dataclasses import dataclass

import pandas as pd

from isospine.numbers import fixed


@dataclass(frozen=True)
class Region:
    """Voxels over which measures are averaged.

    Attributes
    ----------
    name : str
        In the column `region`.
    title : str
        In figures.
    place : str
        Within a sentence: where a number was measured.
    short : str
        Beneath a picture.
    """

    name: str
    title: str
    place: str
    short: str


#: By name, in their usual order.
REGIONS = {
    region.name: region
    for region in (
        Region("whole", "whole volume", "in the whole volume", "the whole"),
        Region("mask", "tissue", "in tissue", "the tissue"),
        Region("cord", "spinal cord", "in the spinal cord", "the cord"),
    )
}


@dataclass(frozen=True)
class Measure:
    """A column of `metrics.tsv` that holds a number measured of a reconstruction or its model.

    Attributes
    ----------
    name : str
        Of the column.
    title : str
        In text, and before the unit in headings and on axes.
    unit : str
        Of its values.
    note : str
        Text of axes in place of a unit, where there is no unit.
    digits, figure_digits : int
        Decimal places on pages, and in figures.
    smallest_range : float
        Axes do not show less than this much of it.
    higher_is_better : bool
        Whether the method with the highest value is the best one.
    description : str
        What it is, for the schema of the table; of a measure that has a function.
    function : str
        ``module:name`` of the function of a `metrics.Comparison` and a region that measures it; empty for a number that is
        the same in every region.
    compared : bool
        Whether methods are compared by it, in figures and in paired differences.
    summarised : bool
        Whether the summary has its mean and standard deviation.
    """

    name: str
    title: str
    unit: str = ""
    note: str = ""
    digits: int = 2
    figure_digits: int = 2
    smallest_range: float = 0.0
    higher_is_better: bool = True
    description: str = ""
    function: str = ""
    compared: bool = False
    summarised: bool = False

    @property
    def heading(self) -> str:
        """Title and unit, above a column."""
        return f"{self.title} ({self.unit})" if self.unit else self.title

    @property
    def axis(self) -> str:
        """Title and unit, or how it is to be read, along an axis."""
        note = self.unit or self.note
        return f"{self.title} ({note})" if note else self.title

    def say(self, value: float, digits: int | None = None, signed: bool = False) -> str:
        """Value with its unit, at the digits of pages if not given: 29.12 dB; with its sign if asked for: +0.12 dB."""
        text = fixed(value, self.digits if digits is None else digits, signed)
        return f"{text} {self.unit}" if self.unit else text


#: By name, in the order of the columns.
MEASURES = {
    measure.name: measure
    for measure in (
        Measure(
            "psnr",
            "PSNR",
            "dB",
            smallest_range=0.5,
            description="Peak signal-to-noise ratio in dB; the peak is the reference's intensity range.",
            function="isospine.evaluation.metrics:region_psnr",
            compared=True,
            summarised=True,
        ),
        Measure(
            "ssim",
            "SSIM",
            digits=4,
            figure_digits=3,
            smallest_range=0.005,
            description="Mean structural similarity.",
            function="isospine.evaluation.metrics:region_ssim",
            compared=True,
            summarised=True,
        ),
        Measure(
            "nrmse",
            "NRMSE",
            note="of the range",
            digits=4,
            figure_digits=3,
            smallest_range=0.005,
            higher_is_better=False,
            description="Root mean square error over the reference's intensity range.",
            function="isospine.evaluation.metrics:region_nrmse",
            summarised=True,
        ),
        Measure("psnr_karthik2023", "PSNR, protocol of karthik2023", "dB"),
        Measure("ssim_karthik2023", "SSIM, protocol of karthik2023", digits=4),
        Measure("train_seconds", "time", "s", higher_is_better=False, summarised=True),
        Measure("network_bytes_float32", "network, float32", "bytes", digits=0, higher_is_better=False),
        Measure("network_bytes_bfloat16", "network, bfloat16", "bytes", digits=0, higher_is_better=False),
        Measure("model_bytes", "model file", "bytes", digits=0, higher_is_better=False),
        Measure("reference_bytes", "reference file", "bytes", digits=0),
        Measure("compression_file", "reference / model file"),
        Measure("compression_network_bfloat16", "reference / network, bfloat16"),
        Measure("bits_per_voxel_file", "model file", "bits per voxel", higher_is_better=False),
        Measure(
            "bits_per_voxel_network_bfloat16", "network, bfloat16", "bits per voxel", higher_is_better=False
        ),
        Measure("psnr_network_bfloat16", "PSNR, network alone in bfloat16", "dB"),
    )
}


#: Decimal places of other columns that hold what was measured.
OTHER_DIGITS = {
    "train_joules": 1,
    "psnr_network": 2,
    "psnr_loss": 3,
    "psnr_loss_highest": 3,
    "weight_bytes": 0,
    "bytes_moved": 0,
    "nanojoules_45nm": 1,
    "nanojoules_7nm": 1,
}


def compared_measures() -> list[Measure]:
    """Measures by which methods are compared."""
    return [measure for measure in MEASURES.values() if measure.compared]


def summarised_measures() -> list[Measure]:
    """Return the measures whose means the summary lists."""
    return [measure for measure in MEASURES.values() if measure.summarised]


def column_digits(column: str) -> int | None:
    """Decimal places of a column that holds a measure, or its mean or standard deviation; None of others.

    >>> column_digits("psnr"), column_digits("ssim_sd_seeds"), column_digits("seed")
    (2, 4, None)
    """
    name = re.sub("_(mean|sd|sd_seeds)$", "", column)
    return MEASURES[name].digits if name in MEASURES else OTHER_DIGITS.get(name)


def measure_headings() -> dict[str, str]:
    """Heading of the column of each measure."""
    return {name: measure.heading for name, measure in MEASURES.items()}


def regions_of(metrics: pd.DataFrame) -> list[str]:
    """Regions in a table of metrics, in their usual order."""
    found = set(metrics["region"])
    return [region for region in REGIONS if region in found]


def region_place(region: str) -> str:
    """Say where a region's numbers were measured."""
    return REGIONS[region].place if region in REGIONS else f"in {region}"
