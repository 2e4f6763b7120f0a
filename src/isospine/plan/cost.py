"""Predict the cost of a job from the size of its image and its recipe, for schedulers.

The models are fitted to peaks and times that were measured on one thread (`benchmarks/resources.py` compares). A job
asks for a sixth more memory, and for three times the time, since other machines are slower; a second attempt asks
for twice as much.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from isospine.recipes.baselines import BASELINES
from isospine.recipes.encodings import ENCODINGS
from isospine.recipes.kinds import kind_of

#: Least bytes of a compressed voxel, as MR images have them; for images whose shape is not known before they are there.
BYTES_PER_VOXEL = 1.3
#: The same of an image that is not compressed.
PLAIN_BYTES_PER_VOXEL = 2.0
#: Voxels of an image of which not even the size in bytes is known.
UNKNOWN_VOXELS = 1e7
#: Spacing of such images, mm: that of spine-generic's T2w.
SPACING = 0.8

#: Inputs of the network of a prior for a cell, besides L estimates.
CONTEXT = 250
#: Weights of the network that comes with isospine.
PRETRAINED_WEIGHTS = 6.5e5
#: Seconds of a step of their refinement.
REFINING_SECONDS = 0.005
#: Bytes that training takes per such number: a float32 in the cells, flattened, and divided by the contrast.
BYTES_PER_CONTEXT = 11
#: Multiply-adds per second of one core in the networks.
RATE = 4e10

MEMORY_MARGIN = 1.15
TIME_MARGIN = 3.0
#: Memory of a cluster job beside its script, MB: the Snakemake that starts it there.
SNAKEMAKE_MB = 130
MB = 2**20


@dataclass(frozen=True)
class Cost:
    """Memory, time and disk of a job.

    Attributes
    ----------
    memory_mb, seconds, disk_mb : float
        Megabytes of 2^20 bytes.
    """

    memory_mb: float
    seconds: float
    disk_mb: float

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.memory_mb + other.memory_mb, self.seconds + other.seconds, self.disk_mb + other.disk_mb
        )


#: Of every step, what no image is too small for, and what a million voxels add.
STEPS = {
    "fetch": (Cost(78, 5, 0), Cost(0.3, 0.1, 4)),
    "reference": (Cost(66, 2, 0), Cost(9, 0.2, 4)),
    "view": (Cost(66, 2, 0), Cost(8, 0.1, 2)),
    # in addition to the record
    "baseline": (Cost(93, 3, 0), Cost(0, 16, 4)),
    "train": (Cost(280, 5, 20), Cost(11, 4, 4)),
    "train_prior": (Cost(215, 5, 20), Cost(36, 4, 4)),
    "train_population": (Cost(357, 5, 20), Cost(0, 4, 4)),
    "apply_pretrained": (Cost(250, 3, 5), Cost(60, 1, 4)),
    "follow_up": (Cost(450, 10, 5), Cost(900, 60, 16)),
    "follow_up_maps": (Cost(350, 12, 5), Cost(150, 15, 20)),
    "resample": (Cost(260, 5, 0), Cost(60, 3, 4)),
    "reconstruct": (Cost(355, 5, 0), Cost(35, 5, 4)),
    "reconstruct_prior": (Cost(388, 5, 0), Cost(82, 5, 4)),
    "reconstruct_pretrained": (Cost(900, 5, 0), Cost(150, 8, 4)),
    "evaluate": (Cost(93, 5, 1), Cost(152, 10, 0)),
    # in addition to the network's time
    "fixed_point": (Cost(500, 5, 1), Cost(60, 10, 0)),
    "code_reference": (Cost(135, 8, 0), Cost(46, 150, 0)),
    "score_slices": (Cost(118, 5, 1), Cost(40, 10, 0)),
    # in addition to the evaluation of a network
    "virtual_slices": (Cost(0, 0, 0), Cost(0, 0, 0)),
    "segment": (Cost(105, 10, 0), Cost(20, 10, 2)),
    "figure_segmentation": (Cost(250, 10, 5), Cost(40, 4, 0)),
    "figure_views": (Cost(238, 10, 5), Cost(9, 2, 0)),
    "figure_comparison": (Cost(320, 10, 5), Cost(21, 2, 0)),
    "figure_error_anatomy": (Cost(290, 10, 5), Cost(57, 2, 0)),
    "figure_profiles": (Cost(340, 10, 5), Cost(23, 2, 0)),
    "figure_viewer": (Cost(170, 10, 5), Cost(44, 2, 0)),
    # which a long cord on fine voxels needs beside the volumes
    "figure_along_cord": (Cost(300, 10, 5), Cost(60, 4, 0)),
    # of the finer grid, with the same on the reference's beside it
    "figure_finer": (Cost(388, 10, 5), Cost(12, 2, 0)),
}
#: The same where views were acquired. They lie anywhere, and an acquisition is a sparse matrix for who solves with it.
ACQUIRED_STEPS = {
    "place": (Cost(420, 15, 0), Cost(850, 60, 0)),
    "view": (Cost(216, 5, 0), Cost(37, 10, 4)),
    "disagreement": (Cost(214, 5, 0), Cost(66, 10, 4)),
    "segment": (Cost(250, 8, 0), Cost(215, 20, 2)),
    "figure_segmentation": (Cost(280, 10, 5), Cost(36, 4, 0)),
    "figure_acquired": (Cost(290, 10, 5), Cost(80, 10, 0)),
    "figure_viewer": (Cost(290, 10, 5), Cost(80, 10, 0)),
    "baseline": (Cost(240, 3, 0), Cost(25, 16, 4)),
    "held_out_baseline": (Cost(270, 3, 0), Cost(322, 16, 0)),
    "trial_baseline": (Cost(228, 3, 0), Cost(68, 16, 0)),
    "trial_prior": (Cost(430, 5, 0), Cost(245, 60, 0)),
    # of the baselines that solve with the operator of the acquisition
    "solve": (Cost(270, 8, 0), Cost(500, 76, 4)),
    # in addition to the step with simulated views
    "train": (Cost(205, 5, 0), Cost(153, 60, 0)),
    "held_out_network": (Cost(205, 5, 0), Cost(153, 60, 0)),
    "reconstruct": (Cost(100, 5, 0), Cost(380, 60, 0)),
    "trial_network": (Cost(100, 5, 0), Cost(150, 60, 0)),
}
#: Times that a network in fixed point takes those of its network in floating point.
FIXED_POINT_SLOWER = 4
#: Memory that each further format of fixed point takes, MB.
FORMAT_MB = 60
#: Points per voxel at which a network is evaluated for slices: planes of a projection, and a turned stack that covers the field.
PLANES_PER_VOXEL = 8
#: Memory of a step that loads PyTorch only where a network of coordinates is evaluated, MB.
TORCH_MB = 260


def voxels_of_file(path: str | Path, size: float) -> float:
    """Most voxels that an image can have whose file has so many bytes."""
    compressed = Path(path).suffix.lower() == ".gz"
    return size / (BYTES_PER_VOXEL if compressed else PLAIN_BYTES_PER_VOXEL)


def count_voxels(row: Mapping[str, str], spacing: float | str = "reference") -> float:
    """Voxels of an image on a grid.

    Parameters
    ----------
    row : mapping
        The image's row of the manifest.
    spacing : float or "reference"
        Of the grid, mm.
    """
    if row["shape"] != "n/a":
        count = float(math.prod(map(int, row["shape"].split("x"))))
    elif row["size"] != "n/a":
        count = voxels_of_file(row["path"], float(row["size"]))
    else:
        count = UNKNOWN_VOXELS
    if isinstance(spacing, str):
        return count
    own = [SPACING] * 3 if row["spacing"] == "n/a" else list(map(float, row["spacing"].split("x")))
    return count * math.prod(own) / spacing**3


def job_cost(step: str, voxels: float, steps: Mapping[str, tuple[Cost, Cost]] = STEPS) -> Cost:
    """Cost of a step without a network, from the number of voxels of its grid."""
    fixed, per_million = steps[step]
    millions = voxels / 1e6
    return fixed + Cost(
        per_million.memory_mb * millions, per_million.seconds * millions, per_million.disk_mb * millions
    )


def training_cost(
    settings: Mapping[str, Any], voxels: float, views: Sequence[float], others: Sequence[float] = ()
) -> Cost:
    """Cost of training a recipe on the views of an image.

    Parameters
    ----------
    settings : mapping
        The recipe.
    voxels : float
        Of the reference's grid, of all contrasts together.
    views : sequence of float
        Voxels of each view.
    others : sequence of float
        Voxels of each image that a population prior learns from, or whose network another one starts from.
    """
    if not kind_of(settings).runs_network:
        return job_cost("follow_up", voxels)
    if kind_of(settings).trained_before:
        applied = job_cost("apply_pretrained", voxels)
        return replace(applied, seconds=applied.seconds + REFINING_SECONDS * settings["refine"])
    size = weights(settings)
    if kind_of(settings).of_coordinates or kind_of(settings).needs_earlier:
        samples = settings["samples_per_slice"] if settings["supervision"] == "profile" else 1
        neurons = settings["hidden_layers"] * settings["width"] + 2 * settings["L"]
        work = settings["epochs"] * samples * sum(views) * size
        if settings.get("use") == "embed":
            work += settings["earlier_epochs"] * voxels * size
        memory = 24 * size + 12 * settings["batch"] * samples * neurons
        if ENCODINGS[settings["encoding"]].trained:
            # about as many features as voxels, with gradients and moments
            memory += 24 * voxels
        # the weights that it starts from, and their mean
        memory += 4 * size * len(others)
        others = ()
        step = "follow_up" if kind_of(settings).needs_earlier else "train"
    else:
        cells, steps, step = settings["cells"], settings["steps"], "train_prior"
        if kind_of(settings).needs_references:
            cells, steps = max(cells, settings["population_cells"]), steps + settings["population_steps"]
            step = "train_population"
        pairs = len(views) * (len(views) - 1) / 2
        work = pairs * steps * settings["batch"] * size
        memory = 24 * size + BYTES_PER_CONTEXT * (CONTEXT + settings["L"]) * cells
    # forwards, and backwards to the weights and to the neurons
    return job_cost(step, voxels) + Cost(memory / MB, 3 * work / RATE, 0) + references_cost(others)


def references_cost(others: Sequence[float]) -> Cost:
    """Cost of drawing cells from others' references: all are held in memory, and processed one by one."""
    total, largest = sum(others) / 1e6, max(others, default=0.0) / 1e6
    return Cost(4 * total + 70 * largest, 2 * total, 0)


def baseline_cost(name: str, voxels: float) -> Cost:
    """Cost of a baseline."""
    return job_cost("baseline", voxels) + Cost(BASELINES[name].memory_mb * voxels / 1e6, 0, 0)


def reconstruction_cost(settings: Mapping[str, Any], voxels: float, computed: float) -> Cost:
    """Cost of evaluating a model on a grid: voxels of the reference's grid, and of the one that is computed."""
    step = "reconstruct" if kind_of(settings).of_coordinates else "reconstruct_prior"
    if kind_of(settings).trained_before:
        step = "reconstruct_pretrained"
    if kind_of(settings).needs_earlier:
        step = "resample"
    own, wanted = job_cost(step, voxels), job_cost(step, computed)
    seconds = 0.0 if kind_of(settings).needs_earlier else _seconds(settings, computed)
    # a grid is computed in parts, so that memory is that of the views and their estimates
    return Cost(own.memory_mb + 3 * computed / 1e6, wanted.seconds + seconds, wanted.disk_mb)


def acquired_cost(
    step: str,
    label: str | None,
    settings: Mapping[str, Any] | None,
    voxels: float,
    views: Sequence[float],
    computed: float,
) -> Cost:
    """Cost of a step of a body whose views were acquired.

    Parameters
    ----------
    step : str
        Name of the rule.
    label : str or None
        Of the method.
    settings : mapping or None
        The recipe of a network.
    voxels, computed : float
        Of the grid that methods are measured on, and of the one that is computed.
    views : sequence of float
        Voxels of each view.
    """
    if step in ("held_out", "trial"):
        step += "_network" if settings else "_baseline"
    if step == "trial_network" and settings and not kind_of(settings).of_coordinates:
        step, settings = "trial_prior", None
    own = job_cost(step, voxels, ACQUIRED_STEPS)
    if settings and step == "reconstruct":
        return reconstruction_cost(settings, voxels, computed) + own
    if settings:
        return training_cost(settings, voxels, views) + own
    if label in BASELINES and BASELINES[label].solves and step != "trial_baseline":
        return job_cost("solve", voxels, ACQUIRED_STEPS)
    return own


def evaluation_cost(settings: Mapping[str, Any] | None, voxels: float) -> Cost:
    """Cost of measuring a reconstruction; a coordinate network is evaluated again, alone, and what learned beforehand names its bodies."""
    cost = job_cost("evaluate", voxels)
    if settings is None or not (kind_of(settings).of_coordinates or kind_of(settings).trained_before):
        return cost
    again = _seconds(settings, voxels) if kind_of(settings).of_coordinates else 0.0
    return cost + Cost(TORCH_MB, again, 0)


def fixed_point_cost(settings: Mapping[str, Any], voxels: float, formats: int) -> Cost:
    """Cost of evaluating a coordinate network in so many formats of fixed point, whose products are doubles."""
    seconds = (1 + FIXED_POINT_SLOWER * formats) * _seconds(settings, voxels)
    return job_cost("fixed_point", voxels) + Cost(FORMAT_MB * (formats - 1), seconds, 0)


def _seconds(settings: Mapping[str, Any], voxels: float) -> float:
    """Seconds of a network; the eight mirror images of each cell are fewer than its voxels."""
    return voxels * weights(settings) / RATE


def weights(settings: Mapping[str, Any]) -> float:
    """Approximate number of weights of a recipe's network: its multiply-adds per point or cell."""
    if kind_of(settings).trained_before:
        return PRETRAINED_WEIGHTS
    width, layers = settings["width"], settings["hidden_layers"]
    coordinate = kind_of(settings).of_coordinates or kind_of(settings).needs_earlier
    inputs = 2 * settings["L"] if coordinate else CONTEXT + settings["L"]
    outputs = 1 if coordinate else settings["L"]
    return float(inputs * width + (layers - 1) * width**2 + width * outputs)


def requested_memory_mb(cost: Cost, attempt: int, elsewhere: bool = False) -> int:
    """Memory that a job asks for, in whole tens of MB; `elsewhere` is a node of a cluster."""
    beside = SNAKEMAKE_MB if elsewhere else 0
    return math.ceil(attempt * (MEMORY_MARGIN * cost.memory_mb + beside) / 10) * 10


def requested_minutes(cost: Cost, attempt: int) -> int:
    """Time that a job asks for; two minutes of it for its start on a slow file system."""
    return attempt * math.ceil(2 + TIME_MARGIN * cost.seconds / 60)


def requested_disk_mb(cost: Cost) -> int:
    """Disk space that a job asks for; files are written whole before they replace others."""
    return math.ceil(2 * cost.disk_mb)
