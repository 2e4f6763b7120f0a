"""Scores of slices that were never acquired."""

import numpy as np
import pytest
from support.volumes import make_affine, smooth_image

from isospine.errors import InputError
from isospine.evaluation.virtual_slices import slices_row, slices_score
from isospine.geometry.grid import Grid
from isospine.geometry.resample import resample
from isospine.physics.virtual_slices import Slab, SlicePlanes, stack_over, virtual_slices

GRID = Grid((24, 22, 20), make_affine(spacing=1.0))


@pytest.mark.parametrize("slab", [Slab(4.0), Slab(6.0, project="max")], ids=str)
def test_an_offset_is_the_bias(slab: Slab) -> None:
    reference = smooth_image(GRID.shape)
    slices, axis = stack_over(GRID, "axial", (20, 0, 0), slab.thickness)
    planes = SlicePlanes.of_slices(slices, axis, slab, 1.0)
    image, known = virtual_slices(lambda grid: resample(reference, GRID, grid), GRID, planes, slab)
    scale = float(np.ptp(reference))
    perfect = slices_score(reference, GRID, image, slices, axis, slab)
    assert perfect["psnr"] > 100 and perfect["bias"] == pytest.approx(0, abs=1e-6)
    assert perfect["known"] == pytest.approx(known.mean())
    # what lies outside counts for nothing
    low = slices_score(reference, GRID, image - np.float32(0.01 * scale), slices, axis, slab)
    assert low["bias"] == pytest.approx(-0.01, rel=1e-3) and low["psnr"] == pytest.approx(40, abs=0.1)


def test_a_constant_reference_is_refused() -> None:
    flat = np.ones(GRID.shape, np.float32)
    slices, axis = stack_over(GRID, "axial", (0, 0, 0), 4.0)
    with pytest.raises(InputError, match="not constant"):
        slices_score(flat, GRID, np.ones(slices.shape, np.float32), slices, axis, Slab(4.0))


def test_a_row_says_which_slices() -> None:
    record = {"image": "sub-01_ses-2", "contrast": "T2w", "method": "fourier", "recipe": "fourier", "seed": 0}
    plane = {"plane": "axial", "angles": [20, 0, -5.5], "thickness": 4, "project": "mean", "profile": "box"}
    row = slices_row(record, "oblique", plane)
    assert (row["subject"], row["session"], row["slices"]) == ("01", "2", "oblique")
    assert (row["angles"], row["thickness"], row["project"]) == ("20 0 -5.5", 4, "mean")
