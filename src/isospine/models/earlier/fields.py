"""Kinds of displacement fields, each estimated from coarse to fine."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from isospine.geometry.grid import Volume
from isospine.models.earlier.fit import Pair, Stage, fit_field
from isospine.models.earlier.penalties import bending
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


#: From a pair and a seed to the displacement of its grid in mm before the rigid motion.
FIELDS: Mapping[str, Callable[[Pair, int], Volume]] = {"bspline": spline_field, "rigid": rigid_only}
