"""Networks of displacements: nothing at first, the same for equal seeds, and no folds where a velocity is followed."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from isospine.geometry.grid import Grid
from isospine.geometry.rigid import rigid
from isospine.models.earlier import fields
from isospine.models.earlier.deformation import folds, jacobian
from isospine.models.earlier.fit import Stage
from isospine.models.earlier.lattice import Lattice
from isospine.models.earlier.networks import NetworkField, VelocityField, follow
from isospine.models.earlier.place import place_earlier
from isospine.physics.simulate import acquire
from isospine.views.view_set import stack_set


@pytest.fixture
def lattice() -> Lattice:
    turn = rigid(np.array([10.0, 5.0, 20.0, 3.0, 0, 1.0]), np.zeros(3))
    return Lattice.over(Grid((30, 25, 20), turn), 2.0)


@pytest.mark.parametrize("kind", [NetworkField, VelocityField])
def test_a_network_begins_without_displacement_and_depends_on_its_seed_alone(
    lattice: Lattice, kind: type[NetworkField]
) -> None:
    first, again, other = (kind(lattice, seed) for seed in (1, 1, 2))
    assert not first().detach().numpy().any()
    torch.testing.assert_close(first.network[0].weight, again.network[0].weight, rtol=0, atol=0)
    assert (first.network[0].weight != other.network[0].weight).any()


def test_a_constant_velocity_moves_by_itself(lattice: Lattice) -> None:
    velocity = torch.tensor([1.0, -2.0, 0.5])[:, None, None, None].expand(3, *lattice.grid.shape)
    torch.testing.assert_close(follow(velocity, lattice), velocity)


def test_a_velocity_that_would_fold_as_a_displacement_does_not(lattice: Lattice) -> None:
    random = np.random.default_rng(0)
    rough = np.stack([gaussian_filter(random.standard_normal(lattice.grid.shape), 2) for _ in range(3)])
    velocity = (4 * rough / rough.std()).astype(np.float32)
    assert folds(jacobian(velocity, lattice.grid)) > 100
    followed = follow(torch.from_numpy(velocity), lattice).numpy()
    # interpolation within the lattice leaves few
    assert folds(jacobian(followed, lattice.grid)) < 0.1 * folds(jacobian(velocity, lattice.grid))


@pytest.mark.parametrize("kind", ["network", "velocity"])
def test_networks_bend_an_earlier_scan_to_the_views(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields, "NETWORK", (Stage(80, 1e-2, blur=0.3, points=30_000),))
    random = np.random.default_rng(0)
    grid = Grid((24, 24, 20), np.eye(4))
    image = gaussian_filter(random.standard_normal(grid.shape), 2.0)
    image = (1 + image / image.std() / 3).clip(0).astype(np.float32)
    rows = np.arange(24) + 1.2 * np.sin(np.arange(24) / 24 * 2 * np.pi)
    later = np.stack(
        [np.array([np.interp(rows, np.arange(24), line) for line in plane.T]).T for plane in image], 0
    )
    views = [acquire(later.astype(np.float32), grid, plane, 4.0, "box") for plane in ("axial", "sagittal")]
    view_set = stack_set("T2w", views, grid)
    bent, stiff = (place_earlier(image, grid.affine, view_set, field) for field in (kind, "rigid"))
    errors = [np.abs(placed.volume - later)[placed.covered].mean() for placed in (bent, stiff)]
    assert errors[0] < 0.6 * errors[1]
    assert bent.folds == 0
