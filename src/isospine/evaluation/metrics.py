"""How close a reconstruction is to the reference: PSNR, SSIM and NRMSE per region."""

import numpy as np
from numpy.typing import NDArray
from skimage.filters import threshold_otsu
from skimage.metrics import structural_similarity

from isospine.geometry.grid import Volume

Mask = NDArray[np.bool_]


def tissue_mask(reference: Volume) -> Mask:
    """Voxels brighter than half of Otsu's threshold."""
    return reference > threshold_otsu(reference) / 2


def ssim_map(reference: Volume, image: Volume, data_range: float) -> Volume:
    """Structural similarity of each voxel's 7 x 7 x 7 neighbourhood.

    Source: Wang et al., Image quality assessment, IEEE TIP 2004; scikit-image's defaults.
    A volume thinner than 7 voxels gets the largest odd window that fits, but at least 3.
    """
    smallest = min(reference.shape)
    window = max(3, min(7, smallest - 1 + smallest % 2))
    # an axis of two voxels is mirrored at its ends, as the windows of scikit-image are
    padding = [(0, max(0, window - length)) for length in reference.shape]
    padded = [np.pad(volume, padding, mode="symmetric") for volume in (reference, image)]
    _, similarity = structural_similarity(*padded, win_size=window, data_range=data_range, full=True)
    return similarity[tuple(slice(length) for length in reference.shape)]


def psnr(reference: Volume, image: Volume, data_range: float) -> float:
    """Peak signal-to-noise ratio in dB of the voxels given; infinite for equal images."""
    error = np.mean(np.square(np.asarray(reference, np.float64) - image))
    return float(10 * np.log10(data_range**2 / error)) if error > 0 else np.inf


def region_metrics(reference: Volume, image: Volume, regions: dict[str, Mask]) -> dict[str, dict[str, float]]:
    """PSNR (dB), SSIM and NRMSE of each region, on the reference's scale.

    Parameters
    ----------
    reference, image : (I, J, K) arrays
        The truth and the reconstruction, in the same units; nothing is rescaled.
    regions : dict of (I, J, K) bool arrays
        Voxels over which each metric is averaged.

    Returns
    -------
    dict
        Region name to ``psnr``, ``ssim`` and ``nrmse`` (root mean square error over the reference's range).
    """
    reference = reference.astype(np.float64)
    image = image.astype(np.float64)
    data_range = float(reference.max() - reference.min())
    similarity = ssim_map(reference, image, data_range)
    result = {}
    for name, region in regions.items():
        error = float(np.sqrt(np.mean(np.square(reference[region] - image[region]))))
        result[name] = {
            "psnr": psnr(reference[region], image[region], data_range),
            "ssim": float(similarity[region].mean()),
            "nrmse": error / data_range,
        }
    return result


def karthik2023_metrics(reference: Volume, image: Volume, mask: Mask) -> dict[str, float]:
    """PSNR (dB) and SSIM by the protocol of karthik2023, for comparison with its published table only.

    Each image is min-max scaled inside the mask and its background set to zero, which hides errors of scale
    and counts the zeroed background as perfect.
    """
    scaled = []
    for volume in (reference.astype(np.float64), image.astype(np.float64)):
        low, high = volume[mask].min(), volume[mask].max()
        scaled.append(np.where(mask, (volume - low) / max(high - low, np.finfo(float).tiny), 0))
    return {
        "psnr_karthik2023": psnr(scaled[0], scaled[1], 1.0),
        "ssim_karthik2023": float(ssim_map(scaled[0], scaled[1], 1.0).mean()),
    }
