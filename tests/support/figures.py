"""What figures are drawn of in tests: small, made up, and the same everywhere."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from support.volumes import make_affine, smooth_image

from isospine.figures.panels import Panel
from isospine.geometry.grid import FloatArray

SHAPE = (16, 20, 24)
SERIES = {
    "recipe": "fourier",
    "hyperparameter": "L",
    "methods": [{"method": "fourier-L-64", "value": 64}, {"method": "fourier", "value": 16}],
}


def make_panels(count: int = 2) -> tuple[list[Panel], FloatArray]:
    """A smooth reference, and reconstructions that are half of it and half of something else."""
    affine = make_affine((1, 2, 0), (-1, 1, -1), 1.0)
    reference = smooth_image(SHAPE)
    panels = [Panel("reference", reference, affine, ["of all:"])]
    for seed in range(count):
        panels.append(
            Panel(f"method {seed}", reference * 0.5 + smooth_image(SHAPE, seed + 1), affine, ["30 dB"])
        )
    return panels, affine


def make_metrics(
    images: int = 2, seeds: Sequence[int] = (0, 1), regions: Sequence[str] = ("whole", "mask", "cord")
) -> pd.DataFrame:
    """Two networks, and baselines of which two are far worse."""
    rng = np.random.default_rng(0)
    networks = [("fourier", 16, seed) for seed in seeds] + [("fourier-L-64", 64, seed) for seed in seeds]
    rows: list[dict[str, Any]] = []
    for method, L, seed in [*networks, *((name, None, None) for name in ("linear", "cubic", "tv"))]:
        level = {"linear": 10, "cubic": 11, "tv": 31}.get(method, 30)
        for image in range(images):
            for region in regions:
                psnr = level + rng.normal(0, 0.1)
                rows.append(
                    {"subject": str(image), "sampling": "profile"}
                    | {"psnr_karthik2023": psnr - 5, "ssim_karthik2023": psnr / 50}
                    | {"image": f"sub-{image}", "method": method, "recipe": "fourier" if L else None, "L": L}
                    | {"seed": seed, "region": region, "psnr": psnr, "ssim": psnr / 40, "nrmse": 0.1}
                    | {"train_seconds": rng.uniform(1, 9)}
                )
    return pd.DataFrame(rows)


def with_sizes(metrics: pd.DataFrame) -> pd.DataFrame:
    """Models whose bits grow with L; the network alone has a third of the file's bits, and is 2 dB worse."""
    bits = metrics["L"].astype(float) / 8
    return metrics.assign(
        bits_per_voxel_file=bits,
        compression_file=12 / bits,
        bits_per_voxel_network_bfloat16=bits / 3,
        psnr_network_bfloat16=(metrics["psnr"] - 2).where(bits.notna()),
    )
