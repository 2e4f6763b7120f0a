"""Store views inside a model file, in half precision."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.io.nifti_header import LARGEST_VOLUME, check_affine
from isospine.physics.slice_profile import SLICE_PROFILES
from isospine.physics.view import View


def to_half(data: Volume, offset: float, scale: float) -> NDArray[np.float16]:
    """Convert to half precision in units of the intensities' range: no overflow, no underflow."""
    return ((data - np.float32(offset)) / np.float32(scale)).astype(np.float16)


def from_half(stored: NDArray[np.float16], offset: float, scale: float) -> Volume:
    """Invert `to_half`."""
    return stored.astype(np.float32) * np.float32(scale) + np.float32(offset)


def round_views(views: Sequence[View], offset: float, scale: float) -> tuple[View, ...]:
    """Round views as storing does, so that a model gives the same before and after it is stored."""
    return tuple(
        replace(view, data=from_half(to_half(view.data, offset, scale), offset, scale)) for view in views
    )


def pack_views(
    views: Sequence[View], offset: float, scale: float
) -> tuple[dict[str, torch.Tensor], list[dict[str, Any]]]:
    """Convert views to tensors and descriptions, for `unpack_views`."""
    tensors, descriptions = {}, []
    for index, view in enumerate(views):
        tensors[f"view.{index}"] = torch.from_numpy(to_half(view.data, offset, scale))
        tensors[f"view.{index}.affine"] = torch.from_numpy(view.grid.affine)
        descriptions.append({"axis": view.axis, "thickness": view.thickness, "profile": view.profile})
    return tensors, descriptions


def unpack_views(
    tensors: dict[str, torch.Tensor], descriptions: list[dict[str, Any]], offset: float, scale: float
) -> tuple[View, ...]:
    """Restore views from the content of a model file.

    Raises
    ------
    InputError, KeyError, TypeError, ValueError
        If something is missing or invalid.
    """
    views = []
    for index, description in enumerate(descriptions):
        stored = tensors[f"view.{index}"].numpy()
        if stored.dtype != np.float16:
            raise ValueError(f"view {index} is of type {stored.dtype}")
        grid = unpack_grid(stored.shape, tensors[f"view.{index}.affine"])
        view = View(from_half(stored, offset, scale), grid, **description)
        unpack_number(view.thickness, above=0)
        if view.axis not in (0, 1, 2) or view.profile not in SLICE_PROFILES:
            raise ValueError(f"view {index} has axis {view.axis!r} and profile {view.profile!r}")
        views.append(view)
    return tuple(views)


def unpack_grid(shape: Sequence[int], affine: torch.Tensor) -> Grid:
    """Restore a grid from the content of a model file.

    Raises
    ------
    InputError, ValueError
        If it is invalid, or has more voxels than any image.
    """
    i, j, k = shape
    if not all(type(n) is int and n > 0 for n in shape) or math.prod(shape) > LARGEST_VOLUME:
        raise ValueError(f"a grid of {shape} voxels")
    matrix = unpack_array(affine, (4, 4))
    if not np.array_equal(matrix[3], [0, 0, 0, 1]):
        raise ValueError("an affine whose last row is not 0, 0, 0, 1")
    check_affine("grid", matrix)
    return Grid((i, j, k), matrix)


def named(tensors: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    """Select the tensors whose names begin with a prefix, and drop the prefix."""
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def unpack_array(tensor: torch.Tensor, shape: tuple[int, ...]) -> FloatArray:
    """Restore a float64 array from a model file; -1 in the shape stands for any length above 0."""
    array = tensor.numpy()
    fits = len(array.shape) == len(shape) and all(
        n == m or (m == -1 and n > 0) for n, m in zip(array.shape, shape, strict=True)
    )
    if not fits or array.dtype != np.float64:
        raise ValueError(f"an array of shape {array.shape} and type {array.dtype}, not {shape} and float64")
    return array


def unpack_number(value: Any, above: float = -math.inf) -> float:
    """Read a finite number from the description in a model file."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not above < value < math.inf:
        raise ValueError(f"{value!r}, not a number{f' above {above:g}' if above == 0 else ''}")
    return value
