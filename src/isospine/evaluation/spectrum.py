"""Power spectra along each anatomical axis, and the frequencies that views do not show."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import nibabel as nib
import numpy as np
from scipy.signal import periodogram

from isospine.geometry.grid import Affine, FloatArray, Volume
from isospine.geometry.planes import thick_axis

#: Names of the anatomical axes, by world axis (0 = R, 1 = A, 2 = S).
AXES = ("R-L", "A-P", "I-S")


@dataclass(frozen=True)
class BlindBand:
    """Frequencies along one anatomical axis that one view does not show.

    Attributes
    ----------
    axis : {'R-L', 'A-P', 'I-S'}
        The view's thick axis.
    plane : {'axial', 'sagittal', 'coronal'}
        Plane of the view.
    nyquist : float
        Highest frequency that its slices can hold, in cycles per mm; what is above is lost or aliased.
    zeros : tuple of float
        Frequencies in cycles per mm that its slice profile removes, up to the reference's own limit.
    """

    axis: str
    plane: str
    nyquist: float
    zeros: tuple[float, ...]


def anatomical_axis(affine: Affine, axis: int) -> str:
    """Name of the anatomical axis that an array axis is nearest to."""
    return AXES[int(nib.io_orientation(affine)[axis, 0])]


def power_spectrum(volume: Volume, spacing: float, axis: int) -> tuple[FloatArray, FloatArray]:
    """Power spectral density along one array axis, mean over all lines of the volume.

    Of each line the mean is removed and a Hann window taken, against leakage from the ends. The integral over the
    frequencies is the variance of the lines, weighted by the window.

    Source: Harris, On the use of windows for harmonic analysis with the discrete Fourier transform, Proc. IEEE 1978.

    Parameters
    ----------
    volume : (I, J, K) array
        Intensities.
    spacing : float
        Voxel size along the axis in mm.
    axis : int
        Array axis.

    Returns
    -------
    frequencies : (N // 2,) ndarray
        In cycles per mm, without zero, up to the Nyquist frequency.
    power : (N // 2,) ndarray
        Squared intensity times mm.
    """
    lines = np.moveaxis(volume, axis, -1)
    total: Any = 0.0
    frequencies = np.empty(0)
    for plane in lines:  # one at a time, for memory
        frequencies, power = periodogram(plane.astype(np.float64), fs=1 / spacing, window="hann")
        total = total + power.sum(axis=0)
    mean = total / (lines.shape[0] * lines.shape[1])
    return frequencies[1:], np.asarray(mean[1:], np.float64)


def blind_bands(affine: Affine, views: Sequence[dict[str, Any]], profile: str) -> list[BlindBand]:
    """Frequencies that each view does not show.

    A box of thickness t has the transfer function sinc(f t), which is zero at every multiple of 1/t; slices that
    touch one another sample at distance t, so that their Nyquist frequency is 1/(2 t).

    Source: Bracewell, The Fourier Transform and Its Applications, McGraw-Hill 2000.

    Parameters
    ----------
    affine : (4, 4) array
        Of the reference: voxel indices to world coordinates in mm, RAS+.
    views : sequence of dict
        `plane`, and `factor`: slice thickness and distance in voxels of the reference.
    profile : {'box', 'gaussian', 'point'}
        Slice profile; only `box` has zeros.
    """
    bands = []
    for view in views:
        axis = thick_axis(affine, view["plane"])
        spacing = float(np.linalg.norm(affine[:3, axis]))
        thickness = float(view["factor"]) * spacing
        count = int(np.floor(thickness / (2 * spacing) + 1e-9)) if profile == "box" else 0
        zeros = tuple(number / thickness for number in range(1, count + 1))
        bands.append(BlindBand(anatomical_axis(affine, axis), view["plane"], 0.5 / thickness, zeros))
    return bands
