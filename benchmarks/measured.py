"""Measure methods on a reference whose views are known, each in a process of its own.

Seconds are of the processor, one thread, from views to volume, without Python's start and its imports; memory is the peak
of the process, with them.
"""

import multiprocessing
import resource
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import torch
from persons_table import REFINED
from view_sets import Method, baseline, train_views

from isospine.evaluation.metrics import Comparison, Mask, region_psnr, region_ssim
from isospine.geometry.grid import Grid, Volume
from isospine.physics.view import View
from isospine.recipes.baselines import BASELINES
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.kinds import settings_of

#: Steps of the refined prior.
REFINEMENT = 1000


@dataclass(frozen=True)
class Scan:
    """A reference (I, J, K), its views, and the voxels of each region that is scored."""

    reference: Volume
    grid: Grid
    views: Sequence[View]
    regions: Mapping[str, Mask]


def method_of(name: str, weights: str | None) -> Method:
    """Baseline or recipe of a name; a pretrained one applies the weights of a file, or `isospine`'s."""
    if name in BASELINES:
        return baseline(name)
    settings = known_recipes()["pretrained" if name == REFINED else name]
    if name == REFINED:
        settings |= {"refine": REFINEMENT}
    if "weights" in settings:
        settings |= {"weights": weights}
    return partial(_trained, settings_of(settings))


def _trained(settings: Any, views: Sequence[View], grid: Grid) -> Volume:
    image: Volume = train_views(views, settings, grid=grid, provenance={"image": "sub-01"})[0].reconstruct(
        grid
    )
    return image


def measure(scan: Scan, method: Method) -> list[dict[str, Any]]:
    """Scores of each region, seconds and memory, measured in a process of its own."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_measured, args=(theirs, scan, method))
    process.start()
    theirs.close()
    try:
        rows: list[dict[str, Any]] = ours.recv()
    finally:
        process.join()
    return rows


def _measured(answer: Connection, scan: Scan, method: Method) -> None:
    torch.set_num_threads(1)
    start = time.process_time()
    image = method(scan.views, scan.grid)
    seconds = time.process_time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    pair = Comparison(scan.reference.astype(np.float64), image.astype(np.float64))
    cost = {"seconds": seconds, "memory_mb": memory}
    answer.send(
        [
            {"region": name, "psnr": region_psnr(pair, region), "ssim": region_ssim(pair, region)} | cost
            for name, region in scan.regions.items()
        ]
    )
