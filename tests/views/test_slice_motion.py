"""Motion of single slices, where it is known."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from support.volumes import make_affine, smooth_image

from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.geometry.rigid import rigid
from isospine.physics.moving_body import scan
from isospine.physics.simulate import acquire
from isospine.physics.slices import take_slices
from isospine.physics.view import View
from isospine.views.slice_motion import SlicePoses, estimate_slice_poses, slice_belief

GRID = Grid((28, 32, 32), make_affine(spacing=1.0))
BODY = smooth_image(GRID.shape, sigma=1.5) / 1000
WEIGHT = 4e-3


def acquired(parameters: FloatArray) -> list[View]:
    """Two views of the body, each of whose slices moved by its own parameters."""
    views, done = [], 0
    for plane in ("axial", "sagittal"):
        like = acquire(BODY, GRID, plane, 4, "box")
        count = like.grid.shape[like.axis]
        motions = [
            rigid(parameters[done + number], take_slices(like, number, 1).grid.centre)
            for number in range(count)
        ]
        view = scan(BODY, GRID, like.grid, like.axis, like.thickness, np.array(motions))
        noise = np.random.default_rng(done).normal(scale=0.005, size=view.data.shape)
        views.append(replace(view, data=(view.data + noise).astype(np.float32)))
        done += count
    return views


SLICES = 8 + 7

Found = tuple[list[View], SlicePoses, Volume]


def mean_error(views: Sequence[View], truth: FloatArray, estimate: FloatArray) -> float:
    """Mean distance in mm between where voxels were put and where they belong, but for a shift that all share."""
    parts = [take_slices(view, number, 1) for view in views for number in range(view.grid.shape[view.axis])]
    off = []
    for part, own, found in zip(parts, truth, estimate, strict=True):
        points = part.grid.voxel_centres().reshape(-1, 3)
        back = np.linalg.inv(rigid(own, part.grid.centre))
        put = rigid(found, part.grid.centre)
        off.append((points @ put[:3, :3].T + put[:3, 3]) - (points @ back[:3, :3].T + back[:3, 3]))
    shift = np.mean([one.mean(axis=0) for one in off], axis=0)
    return float(np.mean([np.linalg.norm(one - shift, axis=1).mean() for one in off]))


@pytest.fixture(scope="module")
def truth() -> FloatArray:
    random = np.random.default_rng(3)
    return np.concatenate([random.normal(0, 0.5, (SLICES, 3)), random.normal(0, 0.6, (SLICES, 3))], axis=1)


@pytest.fixture(scope="module")
def found(truth: FloatArray) -> Found:
    views = acquired(truth)
    return views, *estimate_slice_poses(views, GRID, WEIGHT)


@pytest.mark.slow
def test_slices_are_put_back(truth: FloatArray, found: Found) -> None:
    views, poses, _ = found
    before = mean_error(views, truth, np.zeros((SLICES, 6)))
    assert before > 0.7
    assert mean_error(views, truth, poses.parameters) < 0.25
    np.testing.assert_allclose(poses.parameters.mean(axis=0), 0, atol=1e-9)
    assert len(poses.slices) == SLICES and poses.owners == (0,) * 8 + (1,) * 7


@pytest.mark.slow
def test_the_image_is_sharper(found: Found) -> None:
    views, _, image = found
    inner = tuple(slice(4, -4) for _ in range(3))

    def error(image: np.ndarray) -> float:
        return float(np.sqrt(np.mean((image - BODY)[inner] ** 2)))

    _, still = estimate_slice_poses(views, GRID, WEIGHT, rounds=1)
    assert error(image) < 0.6 * error(still)


@pytest.mark.slow
def test_slices_that_did_not_move_stay() -> None:
    views = acquired(np.zeros((SLICES, 6)))
    poses, _ = estimate_slice_poses(views, GRID, WEIGHT)
    assert mean_error(views, np.zeros((SLICES, 6)), poses.parameters) < 0.1
    assert (poses.weights == 1).all()


@pytest.mark.slow
def test_a_slice_that_does_not_fit_counts_less() -> None:
    views = [replace(view, data=view.data.copy()) for view in acquired(np.zeros((SLICES, 6)))]
    broken = np.moveaxis(views[0].data, views[0].axis, 0)
    broken[3] = broken[3, ::-1] * 0.3
    poses, _ = estimate_slice_poses(views, GRID, WEIGHT)
    assert poses.weights[3] < 0.3 and np.delete(poses.weights, 3).min() > 0.5


def test_belief_in_slices() -> None:
    parts = [np.full((1, 4, 4), level, np.float32) for level in (1, 1, 1, 4, 0)]
    np.testing.assert_allclose(slice_belief(parts), [1, 1, 1, 0.25, 1])
