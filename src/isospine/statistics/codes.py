"""Compare networks as codes of a volume with a codec at equal rates."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

#: dB by which two codes may differ and be called level.
LEVEL_DB = 0.5


@dataclass(frozen=True)
class Gain:
    """Network minus codec at about one rate.

    Attributes
    ----------
    rate : float
        Bits per voxel, mean over the images.
    values : dict of str to float
        Difference of PSNR of each image, dB.
    """

    rate: float
    values: dict[str, float]

    @property
    def mean(self) -> float:
        """Mean over the images, dB."""
        return float(np.mean(list(self.values.values())))


def gains(codes: pd.DataFrame, coder: str, codec: str, bits: int) -> list[Gain]:
    """PSNR of a network minus that of a codec, which is interpolated to the network's rate, at each rate.

    Parameters
    ----------
    codes : DataFrame
        `image`, `rate` (about what was aimed at), `kind`, `coder`, `bits`, `bits_per_voxel` and `psnr`, of one region.
    coder, codec : str
        Names of the two.
    bits : int
        Of the network's weights.
    """
    networks = codes[(codes["kind"] == "network") & (codes["coder"] == coder) & (codes["bits"] == bits)]
    lossy = codes[(codes["kind"] == "lossy") & (codes["coder"] == codec)].sort_values("bits_per_voxel")
    found = []
    for _, own in networks.groupby("rate"):
        values = {}
        for image, rate, psnr in zip(own["image"], own["bits_per_voxel"], own["psnr"], strict=True):
            curve = lossy[lossy["image"] == image]
            level = np.interp(np.log(rate), np.log(curve["bits_per_voxel"]), curve["psnr"])
            values[str(image)] = float(psnr - level)
        found.append(Gain(float(own["bits_per_voxel"].mean()), values))
    return found


def level_rate(found: list[Gain]) -> float | None:
    """Rate at which the mean gain falls through zero, between two measured ones; None where it does not."""
    for lower, upper in pairwise(found):
        if lower.mean > 0 >= upper.mean:
            share = lower.mean / (lower.mean - upper.mean)
            return float(lower.rate * (upper.rate / lower.rate) ** share)
    return None


def verdict(found: list[Gain], network: str, codec: str) -> str:
    """Say in a sentence where a network is better than a codec, where level and where worse."""
    parts = []
    for one in found:
        word = "level" if abs(one.mean) <= LEVEL_DB else "ahead" if one.mean > 0 else "behind"
        parts.append(f"{word} at {one.rate:.2f} ({one.mean:+.1f} dB)")
    level = level_rate(found)
    end = f"; the two are equal at about {level:.2g}" if level else ""
    return f"{network} against {codec}, at bits per voxel: {', '.join(parts)}{end}"
