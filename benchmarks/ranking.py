"""How well methods are ranked without a reference, on real volumes whose truth is known.

Spearman's correlation with the order of the PSNR against the reference: of trials on the planes of each view, by which the
report of `isospine reconstruct` ranks, of every fifth slice held out, and of as many slices in a block.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from moved_views import Case, Method, cases, coordinate_network, noisy
from scipy.stats import spearmanr
from view_sets import of_view_sets

from isospine.evaluation.held_out import held_out_table, mean_scores
from isospine.evaluation.metrics import psnr
from isospine.evaluation.trials import plane_trials, trial_table
from isospine.geometry.grid import Grid
from isospine.physics.slices import block, every_kth, held_out_slices
from isospine.physics.view import View
from isospine.recipes.catalogue import known_recipes
from isospine.solvers.back_projection import iterative_back_projection
from isospine.solvers.interpolation import cubic, linear
from isospine.solvers.tikhonov import tikhonov
from isospine.solvers.total_variation import total_variation
from isospine.views.view_set import stack_set

#: Standard deviation of the noise over the reference's range.
NOISES = (0.0, 0.01, 0.02)
#: Slices held out: every so manieth, or as many in a block.
STEP = 5


def ranked_methods() -> dict[str, Method]:
    """Eighteen methods of all kinds and strengths."""
    methods: dict[str, Method] = {"linear": linear, "cubic": cubic}
    for iterations in (2, 10, 30):
        methods[f"ibp {iterations}"] = partial(iterative_back_projection, iterations=iterations)
    for weight in (1e-3, 1e-2, 1e-1):
        methods[f"tikhonov {weight:g}"] = partial(tikhonov, weight=weight)
    for weight in (3e-4, 1e-3, 1e-2):
        methods[f"tv {weight:g}"] = partial(total_variation, weight=weight)
    changes: list[dict[str, Any]] = [
        {"epochs": 2},
        {"epochs": 6},
        {"epochs": 4, "bandwidth": 0.08},
        {"epochs": 4, "bandwidth": 0.02},
        {"epochs": 6, "data_consistency": False},
        {"epochs": 6, "supervision": "point"},
        {"epochs": 6, "supervision": "point", "data_consistency": False},
    ]
    for change in changes:
        name = ", ".join(f"{key} {value}" for key, value in change.items())
        methods[f"fourier {name}"] = partial(coordinate_network, known_recipes()["fourier"] | change)
    return methods


def reference_free(views: Sequence[View], grid: Grid, methods: dict[str, Method]) -> dict[str, pd.DataFrame]:
    """Scores of methods without a reference, in every way."""
    view_set = stack_set("T2w", views, grid)
    tables = {"trials": trial_table(plane_trials(view_set), of_view_sets(methods))}
    for name, choose in (("slices", every_kth), ("a block", block)):
        held_out = held_out_slices(views, range(len(views)), partial(choose, step=STEP))
        tables[name] = held_out_table(view_set, held_out, of_view_sets(methods))
    return {name: mean_scores(table).reindex(list(methods)) for name, table in tables.items()}


def ranking(case: Case, noise: float) -> dict[str, tuple[float, float]]:
    """Print the scores of every method, and return Spearman's correlations by PSNR and by SSIM for each scheme."""
    views = [noisy(view, noise * case.range, index) for index, view in enumerate(case.aligned)]
    methods = ranked_methods()
    truth = {
        name: psnr(case.reference, method(views, case.grid), case.range) for name, method in methods.items()
    }
    tables = reference_free(views, case.grid, methods)
    print(f"  noise {noise:.0%}: PSNR against the reference, then without it by {', '.join(tables)}")
    for name in sorted(truth, key=truth.__getitem__):
        held_out = "".join(f"{table.loc[name, 'psnr']:8.2f}" for table in tables.values())
        print(f"    {name:<64} {truth[name]:6.2f} {held_out}", flush=True)
    correlations = {
        scheme: tuple(
            float(spearmanr(table[score], list(truth.values())).statistic) for score in ("psnr", "ssim")
        )
        for scheme, table in tables.items()
    }
    for scheme, (by_psnr, by_ssim) in correlations.items():
        print(f"    {scheme:<8} Spearman {by_psnr:.3f} by PSNR, {by_ssim:.3f} by SSIM, {len(truth)} methods")
    return correlations


def run(folder: Path, subjects: list[str], noises: Sequence[float] = NOISES) -> None:
    """Print the ranking on every volume at every noise, and the median and the lowest correlation."""
    torch.set_num_threads(1)
    results = [ranking(case, noise) for case in cases(folder, subjects) for noise in noises]
    for scheme in results[0]:
        for score, title in enumerate(("PSNR", "SSIM")):
            values = [result[scheme][score] for result in results]
            print(f"  {scheme} by {title}: median {np.median(values):.3f}, lowest {min(values):.3f}")
