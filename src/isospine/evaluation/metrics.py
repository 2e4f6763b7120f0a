"""Measure how close a reconstruction is to the reference: PSNR, SSIM and NRMSE per region."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

from isospine.errors import InputError
from isospine.evaluation.measures import MEASURES
from isospine.geometry.grid import Volume
from isospine.io.nifti import check_finite
from isospine.recipes.lookup import resolve

Mask = NDArray[np.bool_]


def check_scorable(volumes: Iterable[Volume], data_range: float) -> None:
    """Refuse intensities of which no score means anything.

    Raises
    ------
    InputError
        If a voxel is NaN or infinite, or there is no range to relate errors to.
    """
    for volume in volumes:
        check_finite("a volume to be measured", volume)
    if not 0 < data_range < np.inf:
        raise InputError(
            f"reference: the range of its intensities is {data_range:g}, and scores relate errors to it; expected an image "
            "that is not constant"
        )


def ssim_map(reference: Volume, image: Volume, data_range: float) -> Volume:
    """Structural similarity of each voxel's 7 x 7 x 7 neighbourhood.

    Source: Wang et al., Image quality assessment, IEEE TIP 2004; scikit-image's defaults.
    A volume thinner than 7 voxels gets the largest odd window that fits, but at least 3.

    Raises
    ------
    InputError
        As `check_scorable`.
    """
    check_scorable((reference, image), data_range)
    smallest = min(reference.shape)
    window = max(3, min(7, smallest - 1 + smallest % 2))
    # an axis of two voxels is mirrored at its ends, as the windows of scikit-image are
    padding = [(0, max(0, window - length)) for length in reference.shape]
    padded = [np.pad(volume, padding, mode="symmetric") for volume in (reference, image)]
    _, similarity = structural_similarity(*padded, win_size=window, data_range=data_range, full=True)
    return similarity[tuple(slice(length) for length in reference.shape)]


def psnr(reference: Volume, image: Volume, data_range: float) -> float:
    """Peak signal-to-noise ratio in dB of the voxels given; infinite for equal images.

    Raises
    ------
    InputError
        As `check_scorable`.
    """
    check_scorable((reference, image), data_range)
    error = np.mean(np.square(np.asarray(reference, np.float64) - image))
    return float(10 * np.log10(data_range**2 / error)) if error > 0 else np.inf


@dataclass(frozen=True)
class Comparison:
    """A reconstruction beside the truth, as the functions of `measures.MEASURES` are given it.

    Attributes
    ----------
    reference, image : (I, J, K) float64 arrays
        The truth and the reconstruction, in the same units; nothing is rescaled.
    """

    reference: Volume
    image: Volume

    @cached_property
    def data_range(self) -> float:
        """Range of the reference's intensities."""
        return float(self.reference.max() - self.reference.min())

    @cached_property
    def similarity(self) -> Volume:
        """Structural similarity of each voxel, shape (I, J, K)."""
        return ssim_map(self.reference, self.image, self.data_range)


def region_psnr(pair: Comparison, region: Mask) -> float:
    """PSNR (dB) over a region; the peak is the range of the whole reference."""
    return psnr(pair.reference[region], pair.image[region], pair.data_range)


def region_ssim(pair: Comparison, region: Mask) -> float:
    """Mean structural similarity of a region's voxels."""
    return float(pair.similarity[region].mean())


def region_nrmse(pair: Comparison, region: Mask) -> float:
    """Root mean square error over a region, over the range of the whole reference.

    Raises
    ------
    InputError
        As `check_scorable`.
    """
    check_scorable((pair.reference, pair.image), pair.data_range)
    error = float(np.sqrt(np.mean(np.square(pair.reference[region] - pair.image[region]))))
    return error / pair.data_range


def region_metrics(reference: Volume, image: Volume, regions: dict[str, Mask]) -> dict[str, dict[str, float]]:
    """Every measure of `measures.MEASURES` that has a function, in each region.

    Parameters
    ----------
    reference, image : (I, J, K) arrays
        The truth and the reconstruction, in the same units; nothing is rescaled.
    regions : dict of (I, J, K) bool arrays
        Voxels over which each metric is averaged.

    Returns
    -------
    dict
        Region name to measure name to value.
    """
    pair = Comparison(reference.astype(np.float64), image.astype(np.float64))
    functions = {name: resolve(one.function) for name, one in MEASURES.items() if one.function}
    return {
        name: {measure: function(pair, region) for measure, function in functions.items()}
        for name, region in regions.items()
    }


def karthik2023_metrics(reference: Volume, image: Volume, mask: Mask) -> dict[str, float]:
    """PSNR (dB) and SSIM by the protocol of karthik2023, for comparison with its published table only.

    Each image is min-max scaled inside the mask and its background set to zero, which hides errors of scale
    and counts the zeroed background as perfect.
    """
    check_scorable((reference, image), 1.0)
    scaled = []
    for volume in (reference.astype(np.float64), image.astype(np.float64)):
        low, high = volume[mask].min(), volume[mask].max()
        scaled.append(np.where(mask, (volume - low) / max(high - low, np.finfo(float).tiny), 0))
    return {
        "psnr_karthik2023": psnr(scaled[0], scaled[1], 1.0),
        "ssim_karthik2023": float(ssim_map(scaled[0], scaled[1], 1.0).mean()),
    }
