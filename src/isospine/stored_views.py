"""Views inside a model file, in half precision."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from isospine.acquisition import View
from isospine.geometry import Grid
from isospine.nifti import Volume


def to_half(data: Volume, offset: float, scale: float) -> NDArray[np.float16]:
    """Half precision in units of the intensities' range, which neither overflows nor underflows."""
    return ((data - np.float32(offset)) / np.float32(scale)).astype(np.float16)


def from_half(stored: NDArray[np.float16], offset: float, scale: float) -> Volume:
    """Inverse of `to_half`."""
    return stored.astype(np.float32) * np.float32(scale) + np.float32(offset)


def round_views(views: Sequence[View], offset: float, scale: float) -> tuple[View, ...]:
    """Views as they will be read back, so that a model gives the same before and after it is stored."""
    return tuple(
        replace(view, data=from_half(to_half(view.data, offset, scale), offset, scale)) for view in views
    )


def pack_views(
    views: Sequence[View], offset: float, scale: float
) -> tuple[dict[str, torch.Tensor], list[dict[str, Any]]]:
    """Tensors and descriptions of views, for `unpack_views`."""
    tensors, descriptions = {}, []
    for index, view in enumerate(views):
        tensors[f"view.{index}"] = torch.from_numpy(to_half(view.data, offset, scale))
        tensors[f"view.{index}.affine"] = torch.from_numpy(view.grid.affine)
        descriptions.append({"axis": view.axis, "thickness": view.thickness, "profile": view.profile})
    return tensors, descriptions


def unpack_views(
    tensors: dict[str, torch.Tensor], descriptions: list[dict[str, Any]], offset: float, scale: float
) -> tuple[View, ...]:
    """Views from the content of a model file."""
    views = []
    for index, description in enumerate(descriptions):
        data = from_half(tensors[f"view.{index}"].numpy(), offset, scale)
        i, j, k = data.shape
        grid = Grid((i, j, k), tensors[f"view.{index}.affine"].numpy())
        views.append(View(data, grid, **description))
    return tuple(views)
