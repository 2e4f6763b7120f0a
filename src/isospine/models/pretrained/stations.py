"""Join stacks that continue each other, as stations along the spine do, into one row of slices, with gaps filled."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from isospine.geometry.grid import FloatArray
from isospine.models.prior.cells import Array
from isospine.physics.view import View

#: Stacks whose normals differ by more than this angle (degrees) do not continue each other.
LARGEST_TURN = 3.0

#: Nor do those whose slices are nearer to each other than this share of their spacing, or differ in it by as much.
NEAREST, SAME = 0.7, 0.05


def normal_of(stack: View) -> FloatArray:
    """Unit vector along which the slices' planes follow each other."""
    first, second = (stack.grid.directions[:, axis] for axis in range(3) if axis != stack.axis)
    normal = np.cross(first, second)
    normal *= np.sign(normal @ stack.grid.directions[:, stack.axis])
    return np.asarray(normal / np.linalg.norm(normal))


def angle_between(first: View, second: View) -> float:
    """Angle between the normals of two stacks, in degrees."""
    return float(np.degrees(np.arccos(np.clip(np.abs(normal_of(first) @ normal_of(second)), 0, 1))))


def slice_centres(stack: View) -> FloatArray:
    """World coordinates (C, 3) of the middle of each slice."""
    centre = np.tile((np.array(stack.grid.shape) - 1) / 2, (stack.grid.shape[stack.axis], 1))
    centre[:, stack.axis] = np.arange(len(centre))
    return stack.grid.world(centre)


def stations(stacks: Sequence[View]) -> list[list[View]]:
    """Group stacks of one plane whose slices lie beside each other."""
    groups: list[list[View]] = []
    for stack in stacks:
        group = next((own for own in groups if _continues(own, stack)), None)
        if group is None:
            groups.append([stack])
        else:
            group.append(stack)
    return groups


def _continues(group: Sequence[View], stack: View) -> bool:
    first = group[0]
    own, others = ((float(one.grid.spacing[one.axis]), one.thickness) for one in (stack, first))
    if stack.profile != first.profile or not np.allclose(own, others, rtol=SAME):
        return False
    if angle_between(first, stack) > LARGEST_TURN:
        return False
    normal = normal_of(first)
    theirs = np.concatenate([slice_centres(one) @ normal for one in group])
    distance = np.abs((slice_centres(stack) @ normal)[:, None] - theirs)
    return bool(distance.min() > NEAREST * others[0])


def evenly(centres: FloatArray, spacing: float) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Add centres in gaps between sorted ones; and which of all were measured."""
    found, measured = [centres[:1]], [True]
    for low, high in pairwise(centres):
        steps = max(1, round((high - low) / spacing))
        found.append(np.linspace(low, high, steps + 1)[1:])
        measured += [False] * (steps - 1) + [True]
    return np.concatenate(found), np.array(measured)


def filled(slices: Array, centres: FloatArray, every: FloatArray, axis: int) -> Array:
    """Slices at every centre, between the measured ones by linear interpolation."""
    right = np.clip(np.searchsorted(centres, every), 1, max(1, len(centres) - 1))
    if len(centres) == 1:
        return slices
    share = (every - centres[right - 1]) / (centres[right] - centres[right - 1])
    weights = np.zeros((len(every), len(centres)), np.float32)
    weights[np.arange(len(every)), right - 1] = 1 - share
    weights[np.arange(len(every)), right] += share.astype(np.float32)
    return np.moveaxis(np.tensordot(weights, slices, axes=(1, axis)), 0, axis)
