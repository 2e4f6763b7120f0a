"""Tell tissue from background by Otsu's threshold.

Source: Otsu, A threshold selection method from gray-level histograms, IEEE Trans. SMC 1979.
"""

import numpy as np
from numpy.typing import NDArray
from skimage.filters import threshold_otsu

from isospine.geometry.grid import Volume
from isospine.physics.magnitude import magnitude, times_power


def tissue_mask(image: Volume) -> NDArray[np.bool_]:
    """Voxels brighter than half of Otsu's threshold.

    Half way from zero, which is the background of magnitude images; from the lowest intensity where the threshold is not
    above zero, as with an offset that makes all intensities negative.
    """
    # squares must not overflow; a power of two rounds nothing
    near = times_power(image, -magnitude([image]))
    threshold = threshold_otsu(near)
    if threshold <= 0:
        near = near - near.min()
        threshold = threshold_otsu(near)
    return np.asarray(near > threshold / 2, np.bool_)
