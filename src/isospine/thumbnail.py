"""Figures made small enough to stand within a page."""

import base64
import io
from pathlib import Path

import numpy as np
from matplotlib.image import imread, imsave
from skimage.transform import resize


def data_uri(path: str | Path, width: int) -> str:
    """Give a PNG file as the address of an image within a page, at most `width` pixels wide."""
    image = imread(path)[..., :3]
    if image.shape[1] > width:
        height = round(image.shape[0] * width / image.shape[1])
        image = resize(image, (height, width), anti_aliasing=True)
    buffer = io.BytesIO()
    # without the version of the library, which would make the bytes depend on it
    imsave(buffer, np.clip(image, 0, 1), format="png", metadata={"Software": "isospine"})
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
