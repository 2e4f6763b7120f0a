"""Rigid poses: where a body was during an acquisition."""

from dataclasses import replace

from isospine.acquisition import View
from isospine.geometry.grid import FloatArray, Grid


def moved(view: View, motion: FloatArray) -> View:
    """View whose voxels are where `motion`, a (4, 4) affine in world coordinates, takes them."""
    return replace(view, grid=Grid(view.grid.shape, motion @ view.grid.affine))
