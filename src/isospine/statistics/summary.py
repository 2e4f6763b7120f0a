"""Means and standard deviations of each method over images and seeds."""

import pandas as pd

from isospine.evaluation.measures import measure_headings, summarised_measures
from isospine.recipes.keys import hyperparameter_headings
from isospine.statistics.persons import count_persons
from isospine.words import listed


def summarise(metrics: pd.DataFrame) -> pd.DataFrame:
    """Mean and spread of each measure per method and region.

    Parameters
    ----------
    metrics : DataFrame
        The table of a run, one row per reconstruction and region.

    Returns
    -------
    DataFrame
        `region method recipe persons images seeds runs`, and of PSNR (dB), SSIM, NRMSE and seconds the mean, the
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
                "persons": count_persons(own),
                "images": own["image"].nunique(),
                "seeds": own["seed"].nunique(),
                "runs": len(own),
            }
            for measure in (one.name for one in summarised_measures() if one.name in own):
                row |= {
                    f"{measure}_mean": own[measure].mean(),
                    f"{measure}_sd": own[measure].std(ddof=1),
                    f"{measure}_sd_seeds": own.groupby("image")[measure].var(ddof=1).mean() ** 0.5,
                }
            rows.append(row)
    return pd.DataFrame(rows)


def summary_headings() -> dict[str, str]:
    """Headings of the columns of `summarise`."""
    kinds = (("mean", "mean"), ("sd", "sd"), ("sd_seeds", "sd of seeds"))
    return {
        f"{measure.name}_{key}": f"{measure.heading} {kind}"
        for measure in summarised_measures()
        for key, kind in kinds
    }


def summary_text() -> str:
    """Explain the table of `summarise`."""
    quality = [measure for measure in summarised_measures() if measure.function]
    higher = listed([measure.title for measure in quality if measure.higher_is_better])
    lower = listed([measure.title for measure in quality if not measure.higher_is_better])
    return (
        "Mean and standard deviation (sd) over images and seeds, per region: whole volume, mask (tissue) and "
        "cord where the dataset has a segmentation. The sd of seeds is that between the seeds of one image (root mean "
        f"square over images). Higher {higher} and lower {lower} are better. Click a heading to sort."
    )


def metrics_headings() -> dict[str, str]:
    """Headings of the columns of a run's table."""
    return measure_headings() | hyperparameter_headings()


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
