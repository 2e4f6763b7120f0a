"""What is measured: names and titles of metrics and regions."""

import pandas as pd

#: Metrics that figures show.
METRICS = ("psnr", "ssim")


REGION_TITLES = {"whole": "whole volume", "mask": "tissue", "cord": "spinal cord"}


METRIC_TITLES = {"psnr": "PSNR (dB)", "ssim": "SSIM (1 = equal)", "nrmse": "NRMSE (of the range)"}


def regions_of(metrics: pd.DataFrame) -> list[str]:
    """Regions in a table of metrics, in their usual order."""
    found = set(metrics["region"])
    return [region for region in REGION_TITLES if region in found]
