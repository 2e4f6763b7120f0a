"""What a run found, per method: means and standard deviations over images and seeds."""

import pandas as pd

MEASURES = ("psnr", "ssim", "nrmse", "train_seconds")


def summarise(metrics: pd.DataFrame) -> pd.DataFrame:
    """Mean and spread of each measure per method and region.

    Parameters
    ----------
    metrics : DataFrame
        The table of a run, one row per reconstruction and region.

    Returns
    -------
    DataFrame
        `region method recipe subjects images seeds runs`, and of PSNR (dB), SSIM, NRMSE and seconds the mean, the
        sample standard deviation over all runs, and that between the seeds of one image (root mean square over
        images); missing where there is a single run or seed. Regions and methods are in the order of the table.
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
                "subjects": own["subject"].nunique(),
                "images": own["image"].nunique(),
                "seeds": own["seed"].nunique(),
                "runs": len(own),
            }
            for measure in MEASURES:
                row |= {
                    f"{measure}_mean": own[measure].mean(),
                    f"{measure}_sd": own[measure].std(ddof=1),
                    f"{measure}_sd_seeds": own.groupby("image")[measure].var(ddof=1).mean() ** 0.5,
                }
            rows.append(row)
    return pd.DataFrame(rows)


UNITS = {
    "psnr": "PSNR (dB)",
    "ssim": "SSIM",
    "nrmse": "NRMSE",
    "train_seconds": "time (s)",
}
SUMMARY_HEADINGS = {
    f"{measure}_{key}": f"{title} {kind}"
    for measure, title in UNITS.items()
    for key, kind in (("mean", "mean"), ("sd", "sd"), ("sd_seeds", "sd of seeds"))
}
SUMMARY_TEXT = (
    "Mean and standard deviation (sd) over images and seeds, per region: whole volume, mask (tissue) and "
    "cord where the dataset has a segmentation. The sd of seeds is that between the seeds of one image (root mean "
    "square over images). Higher PSNR and SSIM and lower NRMSE are better. Click a heading to sort."
)
METRICS_HEADINGS = UNITS | {
    "psnr_karthik2023": "PSNR, protocol of karthik2023 (dB)",
    "ssim_karthik2023": "SSIM, protocol of karthik2023",
    "bandwidth": "bandwidth (cycles/mm)",
    "network_bytes_float32": "network, float32 (bytes)",
    "network_bytes_bfloat16": "network, bfloat16 (bytes)",
    "model_bytes": "model file (bytes)",
    "reference_bytes": "reference file (bytes)",
    "compression_file": "reference / model file",
    "compression_network_bfloat16": "reference / network, bfloat16",
    "bits_per_voxel_file": "model file (bits per voxel)",
    "bits_per_voxel_network_bfloat16": "network, bfloat16 (bits per voxel)",
    "psnr_network_bfloat16": "PSNR, network alone in bfloat16 (dB)",
}


def metrics_text(metrics: pd.DataFrame) -> str:
    """Explain the columns of a run's table that a heading does not."""
    protocol = (
        "The protocol of karthik2023 (each image scaled inside the mask, background zeroed) serves only for comparison with "
        "its published table. "
        if "psnr_karthik2023" in metrics
        else ""
    )
    return (
        f"One row per reconstruction and region. {protocol}The network alone is measured without data consistency. Click a "
        "heading to sort."
    )
