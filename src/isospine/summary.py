"""What a run found, per method: means and standard deviations over images and seeds."""

import pandas as pd

MEASURES = ("psnr", "ssim", "nrmse", "train_seconds")


def summarise(metrics: pd.DataFrame) -> pd.DataFrame:
    """Mean and sample standard deviation of each measure per method and region.

    Parameters
    ----------
    metrics : DataFrame
        The table of a run, one row per reconstruction and region.

    Returns
    -------
    DataFrame
        `method recipe region images seeds runs`, and mean and standard deviation (missing for a single run)
        of PSNR (dB), SSIM, NRMSE and seconds; regions and methods in the order of the table.
    """
    rows = []
    for region in dict.fromkeys(metrics["region"]):
        for method in dict.fromkeys(metrics["method"]):
            own = metrics[(metrics["region"] == region) & (metrics["method"] == method)]
            if own.empty:
                continue
            row = {
                "region": region,
                "method": method,
                "recipe": own["recipe"].iloc[0],
                "images": own["image"].nunique(),
                "seeds": own["seed"].nunique(),
                "runs": len(own),
            }
            for measure in MEASURES:
                row |= {f"{measure}_mean": own[measure].mean(), f"{measure}_sd": own[measure].std(ddof=1)}
            rows.append(row)
    return pd.DataFrame(rows)


UNITS = {
    "psnr": "PSNR (dB)",
    "ssim": "SSIM",
    "nrmse": "NRMSE",
    "train_seconds": "time (s)",
}
SUMMARY_HEADINGS = {
    f"{measure}_{kind}": f"{title} {kind}" for measure, title in UNITS.items() for kind in ("mean", "sd")
}
SUMMARY_TEXT = (
    "Mean and standard deviation (sd) over images and seeds, per region: whole volume, mask (tissue) and "
    "cord where the dataset has a segmentation. Higher PSNR and SSIM and lower NRMSE are better. "
    "Click a heading to sort."
)
METRICS_HEADINGS = UNITS | {
    "psnr_seed": "PSNR, seed protocol (dB)",
    "ssim_seed": "SSIM, seed protocol",
    "bandwidth": "bandwidth (cycles/mm)",
}
METRICS_TEXT = (
    "One row per reconstruction and region. The seed project's protocol (each image scaled inside the mask, "
    "background zeroed) serves to compare with its published table only. Click a heading to sort."
)
