"""Tables of codes, as a run writes them."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

#: Level of each codec at one bit per voxel, dB.
CODECS = {"sperr": 32.0, "jpeg2000": 31.0, "jpegxl": 29.0}


def make_codes(metrics: pd.DataFrame) -> pd.DataFrame:
    """Codes of the networks in a table of metrics, at a quarter of their files' bits, and of their references."""
    return pd.DataFrame(_codes(metrics))


def _codes(metrics: pd.DataFrame) -> Iterator[dict[str, Any]]:
    networks = metrics.dropna(subset=["L"])
    for _, row in networks.iterrows():
        about = {key: row[key] for key in ("image", "contrast", "seed", "region")}
        rate, bits = row["bits_per_voxel_file"] / 6, {"bits": 8}
        own = {"kind": "network", "coder": row["method"], "bits_per_voxel": rate, "psnr": row["psnr"] - 2.1}
        yield about | own | bits
    for (image, contrast, region), own in networks.groupby(["image", "contrast", "region"]):
        for rate in own["bits_per_voxel_file"].unique() / 6:
            for name, level in CODECS.items():
                about = {"image": image, "contrast": contrast, "region": region, "kind": "lossy"}
                yield about | {"coder": name, "bits_per_voxel": rate, "psnr": level + 6 * rate}
