"""One style for every figure: colour-blind-safe, readable in grey, equal bytes for equal content."""

import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from PIL import Image
from scipy.optimize import isotonic_regression

from isospine.io.atomic import atomic_path
from isospine.io.png import Pixels, write_png

#: Colours of Okabe and Ito, ordered so that neighbours also differ in grey.
COLOURS = ("#0072B2", "#E69F00", "#000000", "#56B4E9", "#D55E00", "#009E73", "#CC79A7")


MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p")


GREY = "0.35"


DASHES: tuple[Any, ...] = ("--", ":", "-.", (0, (6, 2)), (0, (3, 1, 1, 1, 1, 1)))


Style = dict[str, Any]


#: The truth, where methods are drawn beside it.
REFERENCE_STYLE: Style = {"color": "black", "linestyle": "-", "linewidth": 1.8}


SHADE = "0.88"


STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.labelsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "0.9",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.linewidth": 1.2,
    "pdf.fonttype": 42,
}


#: Decorator of the functions that draw.
styled = rc_context(STYLE)


#: Powers of ten up to which an axis has ticks between them.
FEW_DECADES = 2
#: Resolution of the PNG files in dots per inch.
DPI = 200


def method_styles(methods: Iterable[str]) -> dict[str, Style]:
    """Colour and dashes of each method in a figure with the reference, whose colour is black."""
    # what is hardest to see, sky blue and dots, comes last
    colours = [COLOURS[n] for n in (0, 1, 4, 5, 6, 3)]
    lines = ["-", *sorted(DASHES, key=lambda dashes: dashes == ":")]
    return {
        method: {"color": colours[n % len(colours)], "linestyle": lines[(n + n // len(colours)) % len(lines)]}
        for n, method in enumerate(methods)
    }


def save_figure(figure: Figure, paths: Sequence[str | Path]) -> None:
    """Write a figure once per path, in the format of its suffix, without dates or versions."""
    empty = {"Creator": None, "Producer": None, "CreationDate": None}
    for path in map(Path, paths):
        with atomic_path(path) as temporary, rc_context(STYLE):
            if path.suffix == ".png":
                write_png(figure_pixels(figure), temporary, DPI)
            else:
                figure.savefig(temporary, dpi=DPI, facecolor="white", metadata=empty)


def figure_pixels(figure: Figure) -> Pixels:
    """Picture of a figure at the resolution of the PNG files, (height, width, 3)."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, facecolor="white", pil_kwargs={"compress_level": 0})
    return np.asarray(Image.open(buffer).convert("RGB"))


def nice_length(longest: float) -> float:
    """Largest of ... 1, 2, 5, 10, 20, 50 ... that is not above `longest`."""
    power = 10.0 ** np.floor(np.log10(longest))
    return float(max(step * power for step in (1, 2, 5) if step * power <= longest * (1 + 1e-9)))


def nice_ceiling(value: float) -> float:
    """Smallest of ... 1, 2, 5, 10, 20, 50 ... that is not below `value`."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(min(step * power for step in (1, 2, 5, 10) if step * power >= value * (1 - 1e-9)))


def spread_positions(wanted: Sequence[float], gap: float, low: float = 0.0, high: float = 1.0) -> list[float]:
    """Positions for labels, at least `gap` apart, inside `low` to `high`, as near as possible to the wanted ones.

    Where the labels do not fit, they are spread evenly over the whole range.
    """
    order = np.argsort(np.asarray(wanted, float), kind="stable")
    steps = gap * np.arange(len(order))
    if steps[-1] >= high - low:
        places = np.linspace(low, high, len(order))
    else:
        inside = np.clip(np.asarray(wanted, float)[order], low, high)
        places = np.clip(isotonic_regression(inside - steps).x, low, high - steps[-1]) + steps
    result = np.empty(len(order))
    result[order] = places
    return [float(place) for place in result]


def mean_and_sd(values: Sequence[float]) -> tuple[float, float]:
    """Mean and sample standard deviation; the latter is 0 for a single value."""
    return float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else 0.0


def spread_title(runs: pd.DataFrame) -> str:
    """What markers with bars show of the rows of a table: a mean, or the single value where there is nothing to average."""
    most = runs.groupby([key for key in ("contrast", "region", "method") if key in runs]).size().max()
    return "mean ± sd over\nimages and seeds" if most > 1 else "one image and seed"


def plain_log_scale(axes: Axes, values: Sequence[float]) -> None:
    """Make the lower axis logarithmic, with plain numbers: powers of ten, and 2 and 5 of each where there is room."""
    finite = [value for value in values if value > 0]
    decades = np.log10(max(finite) / min(finite)) if finite else 0.0
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if decades <= FEW_DECADES else (1,)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def log_axis(axes: Axes, values: Sequence[float], axis: str = "x") -> None:
    """Make an axis logarithmic, with plain numbers at the values and no other ticks."""
    which = axes.xaxis if axis == "x" else axes.yaxis
    (axes.set_xscale if axis == "x" else axes.set_yscale)("log")
    which.set_ticks(list(values), [f"{value:g}" for value in values])
    which.set_ticks([], minor=True)
