"""Shrink figures to embed them in a page."""

import base64
import io
from pathlib import Path

import numpy as np
from PIL import Image

from isospine.io.png import write_png


def data_uri(path: str | Path, width: int) -> str:
    """Give a PNG file as the address of an image within a page, at most `width` pixels wide."""
    image = Image.open(path).convert("RGB")
    if image.width > width:
        height = round(image.height * width / image.width)
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    write_png(np.asarray(image), buffer)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
