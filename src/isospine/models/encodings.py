"""Encode coordinates: from a position in the field of view to the network's input features.

Every Fourier encoding is a set of L frequencies b, with the features ``cos 2 pi b.x`` and ``sin 2 pi b.x``.
On a regular grid ``exp(i 2 pi b.x)`` is a product of one factor per axis, so that three small tables replace
a sine and a cosine per voxel and frequency.
"""

import numpy as np
import torch

from isospine.errors import InputError
from isospine.geometry.grid import FloatArray, Grid
from isospine.recipes.encodings import ENCODINGS
from isospine.recipes.lookup import resolve

#: One cycle over the longest side of the field of view, which is two units long.
LOWEST = 0.5


def gaussian_frequencies(count: int, bandwidth: float, random: np.random.Generator) -> FloatArray:
    """Draw isotropic Gaussian frequencies.

    Source: Tancik et al., Fourier features let networks learn high frequency functions, NeurIPS 2020. The sigma
    of that paper is in cycles per field of view: twice the `bandwidth` here.

    Parameters
    ----------
    count : int
        Mapping size L.
    bandwidth : float
        Standard deviation, in cycles per unit of the coordinate.
    random : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    (L, 3) ndarray
    """
    return random.normal(scale=bandwidth, size=(count, 3))


def positional_frequencies(count: int, bandwidth: float, random: np.random.Generator) -> FloatArray:
    """Space frequencies logarithmically along the axes in turn, from one per field of view to `bandwidth`.

    Sources: Tancik et al., 2020, whose m frequencies per axis are ``sigma^(j / m)`` cycles per field of view,
    j = 0 ... m - 1; and its special case of powers of two, the ``sin(2^k pi p)``, k = 0 ... m - 1, of Mildenhall
    et al., NeRF, ECCV 2020. Here the highest frequency is given, and sigma follows.

    Parameters
    ----------
    count : int
        Mapping size L; a multiple of 3 treats the axes alike.
    bandwidth : float
        Highest frequency, in cycles per unit of the coordinate.
    random : numpy.random.Generator
        Not used.

    Returns
    -------
    (L, 3) ndarray
    """
    per_axis = -(-count // 3)
    magnitudes = np.geomspace(bandwidth, min(LOWEST, bandwidth), per_axis)[::-1]
    frequencies = magnitudes[:, None, None] * np.eye(3)
    return frequencies.reshape(-1, 3)[:count]


def basic_frequencies(count: int, bandwidth: float, random: np.random.Generator) -> FloatArray:
    """Return one cycle per field of view along each axis (Tancik et al., 2020): three frequencies."""
    return LOWEST * np.eye(3)


def encoding_frequencies(encoding: str, count: int, bandwidth: float, seed: int) -> FloatArray | None:
    """Return the frequencies (L, 3) of an encoding by name, in cycles per unit; None for `none`.

    Raises
    ------
    InputError
        If there is no encoding of that name.
    """
    if encoding not in ENCODINGS:
        raise InputError(f"encoding {encoding!r}: expected one of {', '.join(ENCODINGS)}")
    place = ENCODINGS[encoding].frequencies
    if not place:
        return None
    frequencies: FloatArray = resolve(place)(count, bandwidth, np.random.default_rng(seed))
    return frequencies


def fourier_features(coordinates: torch.Tensor, frequencies: torch.Tensor) -> torch.Tensor:
    """Compute the cosine and sine of each frequency at each coordinate.

    Parameters
    ----------
    coordinates : (..., 3) tensor
        Normalised coordinates.
    frequencies : (L, 3) tensor
        Cycles per unit.

    Returns
    -------
    (..., 2 L) tensor
        Cosine and sine of one frequency beside each other.
    """
    phase = 2 * torch.pi * coordinates @ frequencies.T
    return torch.stack([phase.cos(), phase.sin()], dim=-1).flatten(-2)


class GridEncoder:
    """Features of the voxels of one regular grid, by separable phases.

    Parameters
    ----------
    grid : Grid
        Voxel centres in mm.
    centre : (3,) array
        World coordinates of the origin of the normalised coordinates, in mm.
    radius : float
        Length of one unit of the normalised coordinates, in mm.
    frequencies : (L, 3) array or None
        Cycles per unit; None passes the coordinates through.
    device : torch.device
        Where the features are wanted.
    """

    def __init__(
        self,
        grid: Grid,
        centre: FloatArray,
        radius: float,
        frequencies: FloatArray | None,
        device: torch.device,
    ) -> None:
        self.shape = grid.shape
        origin = (grid.affine[:3, 3] - centre) / radius
        self._steps = grid.affine[:3, :3] / radius
        self._units = grid.directions / radius
        self._frequencies = frequencies
        self._device = device
        self._tables = []
        for axis in range(3):
            positions = np.arange(grid.shape[axis])[:, None] * self._steps[:, axis]
            if axis == 0:
                positions = positions + origin
            self._tables.append(self._factor(positions))

    def _factor(self, positions: FloatArray) -> torch.Tensor:
        """Compute the phases (N, L) of positions (N, 3) in double precision, or return the positions."""
        if self._frequencies is None:
            return torch.tensor(positions, dtype=torch.float32, device=self._device)
        phases = np.exp(2j * np.pi * positions @ self._frequencies.T)
        return torch.tensor(phases, dtype=torch.complex64, device=self._device)

    @property
    def features(self) -> int:
        """Number of features per position: two per frequency, or three coordinates."""
        return 3 if self._frequencies is None else 2 * len(self._frequencies)

    def _combine(
        self, first: torch.Tensor, second: torch.Tensor, out: torch.Tensor | None = None
    ) -> torch.Tensor:
        if self._frequencies is None:
            return torch.add(first, second, out=out)
        return torch.mul(first, second, out=out)

    def voxels(
        self, indices: tuple[torch.Tensor, ...], axis: int, offsets: FloatArray, out: torch.Tensor
    ) -> None:
        """Compute the features of single voxels, each at several positions along one axis.

        Parameters
        ----------
        indices : three (B,) tensors of int
            Voxel indices.
        axis : int
            Array axis along which the positions are shifted.
        offsets : (S,) array
            Shifts in mm.
        out : (B, S, F) tensor
            Filled with the features; a batch of several grids needs no copy then.
        """
        i, j, k = (table.index_select(0, index) for table, index in zip(self._tables, indices, strict=True))
        centres = self._combine(self._combine(i, j), k)
        shifts = self._factor(offsets[:, None] * self._units[:, axis])
        self._combine(centres[:, None], shifts, out if self._frequencies is None else as_phases(out))

    def lines(self, start: int, stop: int) -> torch.Tensor:
        """Compute the features of whole lines along the third axis, of I * J: (stop - start, K, F)."""
        i, j, k = self._tables
        number = torch.arange(start, stop, device=self._device)
        ends = self._combine(i.index_select(0, number // len(j)), j.index_select(0, number % len(j)))
        factors = self._combine(ends[:, None], k)
        return factors if self._frequencies is None else torch.view_as_real(factors).flatten(-2)


def as_phases(features: torch.Tensor) -> torch.Tensor:
    """View cosines and sines (..., 2 L) as complex numbers (..., L), in the same memory."""
    return torch.view_as_complex(features.unflatten(-1, (-1, 2)))
