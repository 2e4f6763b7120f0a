"""The eight symmetries of a cell."""

import numpy as np
import pytest

from isospine.models.pretrained.cells import MAPPING_SIZE, cells_of, slice_axis
from isospine.models.pretrained.planes import (
    CHOSEN,
    CONTEXT_SIZE,
    INPUT_SIZE,
    SlicedPlanes,
    cell_inputs,
    complete_inputs,
    contexts_spread,
    contrast_of,
    estimate,
)
from isospine.models.pretrained.symmetry import SYMMETRIES, Symmetry
from isospine.models.prior.cells import Array, Cells
from isospine.models.prior.waves import pick_products


def centred_cells(first: float, second: float) -> Cells:
    """Cells whose slices lie symmetrically in their planes, so that a mirrored plane has the same ones."""
    lengths = (30, 24)
    axes = []
    for length, spacing in zip(lengths, (first, second), strict=True):
        count = int(length // spacing)
        centres = (length - 1) / 2 + (np.arange(count) - (count - 1) / 2) * spacing
        axes.append(slice_axis(length, centres, 0.8 * spacing, "box"))
    return cells_of(axes[0], axes[1])


def described(cells: Cells, planes: Array) -> tuple[Array, Array]:
    """Inputs of all cells, and what their window lacks."""
    known = estimate(SlicedPlanes(cells, *cells.simulate(planes), 0.0))
    inputs, projected = cell_inputs(cells, known)
    spread = contexts_spread(cells, known)
    contrast = contrast_of(inputs, spread)
    lacking = pick_products(cells.amplitudes(planes), CHOSEN) - projected
    return complete_inputs(inputs, contrast, cells, 0.01, spread), lacking


def image_of(symmetry: int, planes: Array, inputs: Array) -> tuple[Array, Array]:
    """Planes turned as a symmetry says, and an array of cells (C1, C2, F) in their new order."""
    swapped, flips = symmetry >= 4, divmod(symmetry % 4, 2)
    step = np.s_[:, :: 1 - 2 * flips[0], :: 1 - 2 * flips[1]]
    planes, cells = planes[step], inputs[step[1:]]
    return (planes.swapaxes(1, 2), cells.swapaxes(0, 1)) if swapped else (planes, cells)


@pytest.mark.parametrize("number", range(8))
def test_an_image_of_the_planes_gives_the_images_of_inputs_and_answers(number: int) -> None:
    planes = np.random.default_rng(0).random((1, 30, 24)).astype(np.float32)
    cells = centred_cells(5.0, 4.0)
    counts = [len(axis.centres) for axis in (cells.first, cells.second)]
    inputs, lacking = described(cells, planes)
    assert inputs.shape == (counts[0] * counts[1], INPUT_SIZE)
    symmetry: Symmetry = SYMMETRIES[number]
    both = np.concatenate([symmetry.applied(inputs), symmetry.answers(lacking)], axis=1)
    turned, expected = image_of(number, planes, both.reshape(*counts, -1))
    image = described(cells_of(cells.second, cells.first) if number >= 4 else cells, turned)
    found = np.concatenate(image, axis=1)
    expected = expected.reshape(found.shape)
    smooth = np.s_[:, CONTEXT_SIZE + MAPPING_SIZE : CONTEXT_SIZE + 2 * MAPPING_SIZE]
    if number % 4:  # total variation by forward differences is not the same from left to right
        assert np.corrcoef(found[smooth].ravel(), expected[smooth].ravel())[0, 1] > 0.5
        found[smooth] = expected[smooth]
    assert np.allclose(found, expected, atol=1e-4)


def test_undoing_gives_the_answers_of_the_cell_itself() -> None:
    answers = np.random.default_rng(0).normal(size=(5, int(CHOSEN.sum()))).astype(np.float32)
    for symmetry in SYMMETRIES:
        assert np.array_equal(symmetry.undone(symmetry.answers(answers)), answers)


def test_no_two_symmetries_are_the_same() -> None:
    inputs = np.random.default_rng(0).normal(size=(1, INPUT_SIZE)).astype(np.float32)
    images = {symmetry.applied(inputs).tobytes() for symmetry in SYMMETRIES}
    assert len(images) == len(SYMMETRIES)
