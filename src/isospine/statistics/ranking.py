"""Rank methods by trials on the planes of acquired views: per body, and over bodies."""

import numpy as np
import pandas as pd

from isospine.evaluation.held_out import squared_error
from isospine.evaluation.measures import MEASURES, measure_headings
from isospine.recipes.keys import hyperparameter_headings
from isospine.statistics.persons import count_persons, persons_of

#: Name of the means over trials where other tables name a region.
REGION = "trials"
NUMBERS = ["rank", "method", "recipe", "persons", "images", "seeds", "slices"]
NUMBERS += [f"{measure}_{kind}" for measure in ("psnr", "ssim") for kind in ("mean", "sd")]
KEYS = ["image", "subject", "person", "session", "contrast", "method", "recipe", "seed"]


def image_scores(trials: pd.DataFrame) -> pd.DataFrame:
    """Mean over the views of each body, contrast, method and seed; the PSNR of a view is that of its mean squared error.

    Parameters
    ----------
    trials : DataFrame
        The table of a run, one row per slice of a trial.

    Returns
    -------
    DataFrame
        `image subject person session contrast method recipe seed region slices psnr ssim`; the region is `REGION`, so that
        tables of regions can be made of it.
    """
    errors = trials.assign(error=squared_error(trials["psnr"]), person=persons_of(trials))
    views = errors.groupby([*KEYS, "view"], sort=False, dropna=False)
    means = views.agg(slices=("slice", "size"), error=("error", "mean"), ssim=("ssim", "mean")).reset_index()
    means["psnr"] = -10 * np.log10(means["error"])
    whole = means.groupby(KEYS, sort=False, dropna=False)
    table = whole.agg(slices=("slices", "sum"), psnr=("psnr", "mean"), ssim=("ssim", "mean")).reset_index()
    table.insert(len(KEYS), "region", REGION)
    return table


def rank_methods(images: pd.DataFrame) -> pd.DataFrame:
    """Mean and spread of each method over bodies, the highest PSNR first, contrast after contrast.

    Parameters
    ----------
    images : DataFrame
        Of `image_scores`.

    Returns
    -------
    DataFrame
        `contrast rank method recipe persons images seeds slices psnr_mean psnr_sd ssim_mean ssim_sd`; each body is
        averaged over its seeds first, and the standard deviation is that between bodies, missing for one.
    """
    parts = []
    for contrast, rows in images.groupby("contrast", sort=False):
        table = pd.DataFrame([method_row(own) for _, own in rows.groupby("method", sort=False)])
        table = table.sort_values("psnr_mean", ascending=False, kind="stable", ignore_index=True)
        table.insert(0, "rank", range(1, len(table) + 1))
        table.insert(0, "contrast", contrast)
        parts.append(table)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["contrast", *NUMBERS])


def method_row(own: pd.DataFrame) -> dict[str, object]:
    """Row of one method of `rank_methods`."""
    means = own.groupby("image")[["psnr", "ssim"]].mean()
    row: dict[str, object] = {
        "method": own["method"].iloc[0],
        "recipe": own["recipe"].iloc[0],
        "persons": count_persons(own),
        "images": own["image"].nunique(),
        "seeds": own["seed"].nunique(),
        "slices": int(own.groupby("image")["slices"].first().sum()),
    }
    for measure in ("psnr", "ssim"):
        row |= {f"{measure}_mean": means[measure].mean(), f"{measure}_sd": means[measure].std(ddof=1)}
    return row


RANKING_HEADINGS = {
    f"{measure}_{kind}": f"{MEASURES[measure].heading} {kind}"
    for measure in ("psnr", "ssim")
    for kind in ("mean", "sd")
}
RANKING_TEXT = (
    "Means over bodies of how close each method comes to the planes of the acquired views in trials, where these were made "
    "thick along both of their axes, and standard deviations (sd) between bodies; each body is averaged over its slices, views "
    "and seeds first. Higher is better, the order is that of PSNR. No reference is known: these are no errors of the volumes. "
    "Click a heading to sort."
)
SLICE_HEADINGS = measure_headings() | hyperparameter_headings()
SLICES_TEXT = {
    "trials": "One row per method, seed and slice of a view: PSNR, over the range of the view, and SSIM of the slice as the method made it "
    "again from two thick views of it. Click a heading to sort.",
    "held-out slices": "One row per method, seed and slice that the method did not see: PSNR, over the range of the view, and SSIM of what its "
    "volume predicts of the slice through the slice profile. This shows how well the views agree; it favours smooth methods, "
    "and does not rank them. Click a heading to sort.",
}
