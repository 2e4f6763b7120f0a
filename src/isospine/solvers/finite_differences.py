"""Finite differences of an image and their adjoint."""

import numpy as np

from isospine.geometry.grid import Volume


def gradient(image: Volume, axes: tuple[int, ...] = (0, 1, 2)) -> Volume:
    """Forward differences along `axes`, shape (A, I, J, K), zero at the far ends."""
    result = np.zeros((len(axes), *image.shape), image.dtype)
    for field, axis in zip(result, axes, strict=True):
        np.subtract(image[_after(axis)], image[_before(axis)], out=field[_before(axis)])
    return result


def gradient_adjoint(field: Volume, axes: tuple[int, ...] = (0, 1, 2)) -> Volume:
    """Adjoint of `gradient`: minus the divergence."""
    result = np.zeros(field.shape[1:], field.dtype)
    for part, axis in zip(field, axes, strict=True):
        result[_before(axis)] -= part[_before(axis)]
        result[_after(axis)] += part[_before(axis)]
    return result


def _before(axis: int) -> tuple[slice, ...]:
    """All but the last along an axis."""
    return (*[slice(None)] * axis, slice(None, -1))


def _after(axis: int) -> tuple[slice, ...]:
    """All but the first along an axis."""
    return (*[slice(None)] * axis, slice(1, None))
