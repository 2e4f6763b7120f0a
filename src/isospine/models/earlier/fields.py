"""Kinds of displacement fields, each estimated from coarse to fine."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from isospine.geometry.grid import Volume
from isospine.models.earlier.fit import Pair, Stage, fit_field
from isospine.models.earlier.lattice import Lattice
from isospine.models.earlier.networks import NetworkField, VelocityField
from isospine.models.earlier.penalties import bending, folding
from isospine.models.earlier.rigid import RigidField
from isospine.models.earlier.splines import SplineField

#: Distances between knots in mm, steps, and step between the planes that are compared.
LEVELS = ((32.0, 40, 3), (16.0, 50, 2), (8.0, 60, 2))

#: Learning rate of splines, mm.
RATE = 0.2

#: Weight of the bending of splines, mm^2.
BENDING = 10.0

#: Blur of both scans: at least so many voxels of the earlier one, and so much of the distance between knots.
BLUR_VOXELS, BLUR_KNOTS = 0.25, 1 / 32

#: How the rigid motion is refined.
RIGID = (Stage(30, 0.2, blur=2.0, every=3, points=60_000), Stage(30, 0.1, blur=0.5, every=3, points=60_000))

#: The same of networks, and the spacing in mm of the lattice on which they are evaluated.
NETWORK = (
    Stage(200, 4e-3, blur=1.0, points=30_000, draws=8, matching=40),
    Stage(300, 2e-3, blur=0.5, points=30_000, draws=8, matching=60),
    Stage(300, 2e-3, blur=0.2, points=30_000, draws=8, matching=60),
)
NETWORK_BENDING, NETWORK_FOLDING, NETWORK_SPACING = 10.0, 0.1, 3.0


def refine_rigid(pair: Pair) -> Pair:
    """Refine the rigid motion through the views' slices."""
    field = RigidField(pair.lattice)
    for stage in RIGID:
        fit_field(pair, field, lambda _: 0.0, list(field.parameters()), stage)
    return replace(pair, rigid=pair.rigid @ field.motion())


def rigid_only(pair: Pair, seed: int) -> Volume:
    """No displacement beside the rigid motion, shape (3, X, Y, Z)."""
    return np.zeros((3, *pair.lattice.image.shape), np.float32)


def spline_field(pair: Pair, seed: int) -> Volume:
    """Displacement (3, X, Y, Z) of cubic B-splines, in mm before the rigid motion."""
    field = SplineField(pair.lattice)
    finest = BLUR_VOXELS * float(pair.earlier_grid.spacing.min())
    for knots, steps, every in LEVELS:
        field.refine(knots)
        stage = Stage(steps, RATE, max(finest, BLUR_KNOTS * knots), every)
        fit_field(pair, field, bending(pair.lattice, BENDING), list(field.levels), stage)
    return pair.lattice.dense(field().detach().numpy())


def network_field(pair: Pair, seed: int) -> Volume:
    """Displacement (3, X, Y, Z) of a coordinate network, in mm before the rigid motion."""
    return _trained(pair, NetworkField, seed)


def velocity_field(pair: Pair, seed: int) -> Volume:
    """Displacement (3, X, Y, Z) of a coordinate network of a velocity, in mm before the rigid motion."""
    return _trained(pair, VelocityField, seed)


def _trained(pair: Pair, kind: type[NetworkField], seed: int) -> Volume:
    lattice = Lattice.over(pair.lattice.image, NETWORK_SPACING)
    coarse = replace(pair, lattice=lattice)
    field = kind(lattice, seed)
    bent, folded = bending(lattice, NETWORK_BENDING), folding(lattice, NETWORK_FOLDING)
    for stage in NETWORK:
        fit_field(coarse, field, lambda shift: bent(shift) + folded(shift), list(field.parameters()), stage)
    return lattice.dense(field().detach().numpy())


#: From a pair and a seed to the displacement of its grid in mm before the rigid motion.
FIELDS: Mapping[str, Callable[[Pair, int], Volume]] = {
    "bspline": spline_field,
    "network": network_field,
    "velocity": velocity_field,
    "rigid": rigid_only,
}
