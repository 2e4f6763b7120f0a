"""The joint estimate of an image, of poses and of gains."""

from dataclasses import replace

import numpy as np
import pytest
from support.moving import moving
from support.volumes import make_affine, smooth_image

from isospine.geometry.grid import FloatArray, Grid
from isospine.geometry.rigid import rigid
from isospine.physics.oblique import ObliqueOperator
from isospine.physics.view import View
from isospine.solvers.tikhonov import laplacian, smooth_solution
from isospine.views.joint import (
    COEFFICIENTS,
    Placement,
    align,
    corrected,
    gain_field,
    polynomial,
    put_back,
)
from isospine.views.registration import register

STILL = Placement(np.eye(4), np.zeros(COEFFICIENTS))
GRID = Grid((12, 14, 10), make_affine(rotation=(0.1, 0.2, 0.3)))


def constant(log_gain: float) -> FloatArray:
    return np.asarray(np.eye(COEFFICIENTS)[0] * log_gain)


def test_polynomials_are_of_the_field_of_view() -> None:
    values = polynomial(GRID.centre, GRID)
    np.testing.assert_array_equal(values, np.eye(COEFFICIENTS)[0])
    x, y, z = offset = np.array([1.0, -2.0, 3.0]) / 4
    expected = [1, x, y, z, x * x, y * y, z * z, x * y, y * z, z * x]
    np.testing.assert_allclose(polynomial(GRID.centre + offset * GRID.radius, GRID), expected)
    centres = GRID.voxel_centres()
    np.testing.assert_allclose(centres[3, 2, 1], GRID.world(np.array([3.0, 2, 1])))


def test_a_corrected_view_is_where_and_as_bright_as_the_first_saw_it() -> None:
    view = View(smooth_image(GRID.shape), GRID, 2, 0.8, "box")
    motion = rigid(np.array([3.0, 4, 5, 1, 2, 3]), GRID.centre)
    bias = np.zeros(COEFFICIENTS)
    bias[:3] = np.log(1.3), 0.1, -0.2
    placement = Placement(motion, bias)
    bright = replace(view, data=view.data * gain_field(view, Placement(np.eye(4), bias), GRID))
    scanned = replace(bright, grid=Grid(GRID.shape, motion @ GRID.affine))
    back = corrected(scanned, placement, GRID)
    np.testing.assert_allclose(back.grid.affine, GRID.affine, atol=1e-9)
    np.testing.assert_allclose(back.data, view.data, rtol=1e-5)
    np.testing.assert_array_equal(put_back(scanned, STILL).grid.affine, scanned.grid.affine)


def test_the_smooth_solution_minimises() -> None:
    """Its gradient vanishes, and the views are explained the better the smaller the weight is."""
    case = moving(0.01)
    operator = ObliqueOperator.of_views(
        [put_back(v, p) for v, p in zip(case.views, [STILL, STILL], strict=True)], case.grid
    )
    measured = [
        np.where(c, v.data, np.float32(0)) for v, c in zip(case.views, operator.covered(), strict=True)
    ]
    errors = []
    for weight in (1e-3, 1e-1):
        image = smooth_solution(operator, measured, weight, np.zeros(case.grid.shape, np.float32), 300)
        slope = operator.adjoint(operator.forward(image)) - operator.adjoint(measured)
        slope += np.float32(weight) * laplacian(laplacian(image))
        assert np.abs(slope).max() < 1e-3
        errors.append(operator.mean_squared_residual(image, measured))
    assert errors[0] < errors[1]


def test_the_true_pose_is_kept() -> None:
    """From the truth, the joint estimate goes nowhere else."""
    case = moving(0.01)
    placements, image = align(
        case.views, case.grid, [STILL, Placement(case.motion, np.zeros(COEFFICIENTS))], 3e-3, 2
    )
    distance, angle = case.error(placements[1].motion)
    assert distance < 0.05 and angle < 0.1
    assert np.abs(placements[1].log_gain).max() < 0.05
    inner = (slice(5, -5),) * 3
    assert np.abs(image - case.body)[inner].mean() < 0.05


def test_improves_a_registration() -> None:
    case = moving(0.01)
    coarse = register(case.views[1], case.views[0])
    told: list[tuple[int, float]] = []
    placements, _ = align(
        case.views,
        case.grid,
        [STILL, Placement(coarse, np.zeros(COEFFICIENTS))],
        3e-3,
        rounds=4,
        tell=lambda number, residual: told.append((number, residual)),
    )
    before, after = case.error(coarse), case.error(placements[1].motion)
    assert after[0] < 0.05 and after[1] < 0.1
    assert after[0] < before[0] and after[1] < before[1]
    assert placements[0] is STILL
    assert [number for number, _ in told] == list(range(len(told)))
    assert 2 <= len(told) <= 4, "it ends early once it has settled"
    assert told[-1][1] < told[0][1]


def test_recovers_a_pose_from_nearby_and_a_gain() -> None:
    """A millimetre and two degrees off, 1.3 times as bright, and brighter to one side."""
    case = moving(0.01)
    truth = constant(np.log(1.3)) + 0.1 * np.eye(COEFFICIENTS)[3]
    placement = Placement(case.motion, truth)
    field = gain_field(put_back(case.views[1], placement), placement, case.grid)
    views = [case.views[0], replace(case.views[1], data=case.views[1].data * field)]
    start = case.motion @ rigid(np.array([1.0, -1, 1, 0.5, 0.5, -0.5]), case.grid.centre)
    placements, _ = align(views, case.grid, [STILL, Placement(start, np.zeros(COEFFICIENTS))], 3e-3)
    distance, angle = case.error(placements[1].motion)
    assert distance < 0.1 and angle < 0.2
    tissue = case.grid.world(np.argwhere(case.body > 0.1).astype(np.float64))
    off = np.expm1(polynomial(tissue, case.grid) @ (placements[1].log_gain - truth))
    assert np.sqrt(np.mean(off**2)) < 0.04


@pytest.mark.slow
def test_three_views() -> None:
    """Each is placed against the first, whatever the others did."""
    case = moving(0.01)
    axial, sagittal = case.views
    starts = [case.motion @ rigid(np.array([0, 0.5, 0, 0.3, 0, 0]), case.grid.centre), case.motion]
    views = [axial, sagittal, replace(sagittal, data=sagittal.data * np.float32(0.8))]
    placements, _ = align(
        views, case.grid, [STILL, *(Placement(s, np.zeros(COEFFICIENTS)) for s in starts)], 3e-3, 3
    )
    for placement in placements[1:]:
        distance, angle = case.error(placement.motion)
        assert distance < 0.1 and angle < 0.2
    difference = placements[2].log_gain - placements[1].log_gain
    assert difference[0] == pytest.approx(np.log(0.8), abs=0.05)
