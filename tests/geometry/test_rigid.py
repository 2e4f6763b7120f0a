"""Rigid motions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.volumes import make_affine

from isospine.geometry.grid import Grid
from isospine.geometry.rigid import pose_error, rigid, rigid_parameters
from isospine.physics.view import View

CENTRE = np.array([10.0, -20.0, 300.0])
POINTS = CENTRE + np.random.default_rng(0).normal(scale=20, size=(50, 3))
six = st.tuples(*[st.floats(-30, 30)] * 6).map(np.array)


def test_a_turn_about_the_superior_axis() -> None:
    """From right to anterior, by the right hand; the centre stays."""
    motion = rigid(np.array([0, 0, 90.0, 0, 0, 0]), CENTRE)
    right, anterior = np.array([1.0, 0, 0]), np.array([0, 1.0, 0])
    for point, expected in ((CENTRE, CENTRE), (CENTRE + right, CENTRE + anterior)):
        np.testing.assert_allclose(motion[:3, :3] @ point + motion[:3, 3], expected, atol=1e-9)


def test_the_centre_moves_by_the_translation() -> None:
    motion = rigid(np.array([10, -20, 30, 1, 2, 3.0]), CENTRE)
    np.testing.assert_allclose((motion @ [*CENTRE, 1])[:3] - CENTRE, [1, 2, 3], atol=1e-9)


@settings(max_examples=50, deadline=None)
@given(six)
def test_parameters_come_back(parameters: np.ndarray) -> None:
    motion = rigid(parameters, CENTRE)
    assert np.linalg.det(motion[:3, :3]) == pytest.approx(1)
    np.testing.assert_allclose(motion[:3, :3].T @ motion[:3, :3], np.eye(3), atol=1e-12)
    np.testing.assert_allclose(rigid_parameters(motion, CENTRE), parameters, atol=1e-8)


def test_a_view_moves_with_its_body() -> None:
    grid = Grid((4, 5, 6), make_affine())
    view = View(np.zeros(grid.shape, np.float32), grid, 2, 0.8, "box")
    motion = rigid(np.array([3, 4, 5, 1, 2, 3.0]), CENTRE)
    index = np.array([1.0, 2, 3])
    expected = motion[:3, :3] @ grid.world(index) + motion[:3, 3]
    np.testing.assert_allclose(view.moved(motion).grid.world(index), expected)
    back = view.moved(motion).moved(np.linalg.inv(motion))
    np.testing.assert_allclose(back.grid.affine, grid.affine, atol=1e-9)


def test_error_of_a_shift_and_of_a_turn() -> None:
    truth = rigid(np.array([3, -4, 2, 1, 2, 3.0]), CENTRE)
    assert pose_error(truth, truth, POINTS) == pytest.approx((0, 0), abs=1e-6)
    shifted = rigid(np.array([0, 0, 0, 3, 0, 4.0]), CENTRE) @ truth
    assert pose_error(shifted, truth, POINTS) == pytest.approx((5, 0), abs=1e-6)
    turned = truth @ rigid(np.array([0, 0, 2.0, 0, 0, 0]), CENTRE)
    lever = np.linalg.norm((POINTS - CENTRE)[:, :2], axis=1).mean()
    distance, angle = pose_error(turned, truth, POINTS)
    assert angle == pytest.approx(2)
    assert distance == pytest.approx(2 * np.sin(np.radians(1)) * lever, rel=1e-6)


@settings(max_examples=30, deadline=None)
@given(six, six)
def test_error_is_symmetric_in_the_angle(first: np.ndarray, second: np.ndarray) -> None:
    a, b = rigid(first, CENTRE), rigid(second, CENTRE)
    assert pose_error(a, b, POINTS)[1] == pytest.approx(pose_error(b, a, POINTS)[1], abs=1e-5)
