"""Recognise bodies that weights learned from, whatever crop, contrast scale or orientation an image of them has."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from isospine.errors import InputError
from isospine.geometry.grid import Volume
from isospine.training.files import read_contents
from isospine.training.stored_views import named

#: Voxels of a run; their ranks fill the bits of one number.
RUN = 15

#: Turns between rising and falling that a run must have: smooth runs are alike in all bodies.
TURNS = 6

#: One of so many runs is kept, by its number.
SAMPLED = 61

#: Runs that an image must share with a body, and the share of its own: by chance, other bodies share none or one.
SHARED, SHARE = 4, 0.02

#: Beginning of the names of their tensors.
PREFIX = "body."

Fingerprints = NDArray[np.uint64]


def fingerprints(volume: Volume) -> Fingerprints:
    """Numbers of some runs of voxels along the axes of an image, sorted.

    A run is RUN voxels around a local maximum, and its number is the order of their intensities, read in the direction in
    which it is smaller. It is the same in every crop, after turns and mirroring of the axes, and whatever increasing
    function the intensities went through. An image resampled to other voxels has other numbers.

    Parameters
    ----------
    volume : (I, J, K) array
        Any intensities.
    """
    found = [_of_rows(np.moveaxis(volume, axis, 2).reshape(-1, volume.shape[axis])) for axis in range(3)]
    return np.unique(np.concatenate(found))


def _of_rows(rows: NDArray[np.floating]) -> Fingerprints:
    """Numbers of the runs of rows (M, N)."""
    if rows.shape[1] < RUN:
        return np.empty(0, np.uint64)
    half = RUN // 2
    highest = maximum_filter1d(rows, RUN, axis=1) == rows
    runs = sliding_window_view(rows, RUN, axis=1)[highest[:, half:-half]]
    steps = np.diff(runs, axis=1)
    turning = (np.sign(steps[:, 1:]) * np.sign(steps[:, :-1]) < 0).sum(axis=1) >= TURNS
    runs = runs[turning]
    order = np.argsort(runs, axis=1, kind="stable")
    ordered = np.take_along_axis(runs, order, axis=1)
    distinct = (np.diff(ordered, axis=1) > 0).all(axis=1)
    ranks = np.argsort(order[distinct], axis=1).astype(np.uint64)
    places = np.uint64(RUN + 1) ** np.arange(RUN, dtype=np.uint64)
    number = np.minimum(ranks @ places, ranks[:, ::-1] @ places)
    return number[number % np.uint64(SAMPLED) == 0]


def in_unit_range(bodies: Mapping[str, Volume]) -> dict[str, Volume]:
    """Scale each image by its own range, to [0, 1].

    Raises
    ------
    InputError
        If one is constant.
    """
    scaled = {}
    for name, volume in bodies.items():
        low, extent = float(volume.min()), float(np.ptp(volume))
        if not extent > 0:
            raise InputError(f"{name}: every voxel is {low:g}; expected an image: leave it out")
        scaled[name] = ((volume - low) / extent).astype(np.float32)
    return scaled


def recognised(volume: Volume, bodies: Mapping[str, Fingerprints]) -> list[str]:
    """Names of the bodies that an image shows, or a part of them."""
    own = fingerprints(volume)
    enough = max(SHARED, SHARE * len(own))
    return [name for name, theirs in bodies.items() if len(np.intersect1d(own, theirs)) >= enough]


def pack_bodies(bodies: Mapping[str, Fingerprints]) -> dict[str, torch.Tensor]:
    """Make tensors of fingerprints, which `unpack_bodies` reads."""
    return {f"{PREFIX}{name}": torch.from_numpy(own.astype(np.int64)) for name, own in bodies.items()}


def unpack_bodies(tensors: dict[str, torch.Tensor]) -> dict[str, Fingerprints]:
    """Read fingerprints from the tensors of a file."""
    return {name: own.numpy().astype(np.uint64) for name, own in named(tensors, PREFIX).items()}


def bodies_seen(volume: Volume, model: str | Path) -> list[str]:
    """Names of the bodies in an image that the weights of a model file learned from.

    Raises
    ------
    InputError
        If the file is no model of isospine.
    """
    tensors, _ = read_contents(model)
    return recognised(volume, unpack_bodies(tensors))
