"""Methods by how well they predict slices that they did not see: per image, and over images."""

import pandas as pd

#: What the means over held-out slices are called where other tables name a region.
REGION = "held-out slices"
KEYS = ["image", "subject", "session", "contrast", "method", "recipe", "seed"]


def image_scores(slices: pd.DataFrame) -> pd.DataFrame:
    """Mean over the slices of each view, then over the views, per image, method and seed.

    Parameters
    ----------
    slices : DataFrame
        The table of a run, one row per held-out slice.

    Returns
    -------
    DataFrame
        `image subject session contrast method recipe seed region slices psnr ssim`; the region is `REGION`, so that
        tables of regions can be made of it.
    """
    views = slices.groupby([*KEYS, "view"], sort=False, dropna=False)
    means = views.agg(slices=("slice", "size"), psnr=("psnr", "mean"), ssim=("ssim", "mean")).reset_index()
    whole = means.groupby(KEYS, sort=False, dropna=False)
    table = whole.agg(slices=("slices", "sum"), psnr=("psnr", "mean"), ssim=("ssim", "mean")).reset_index()
    table.insert(len(KEYS), "region", REGION)
    return table


def rank_methods(images: pd.DataFrame) -> pd.DataFrame:
    """Mean and spread of each method over images, the highest SSIM first.

    Parameters
    ----------
    images : DataFrame
        Of `image_scores`.

    Returns
    -------
    DataFrame
        `rank method recipe subjects images seeds slices ssim_mean ssim_sd psnr_mean psnr_sd`; each image is averaged over
        its seeds first, and the standard deviation is that between images, missing for one.
    """
    rows = []
    for method in dict.fromkeys(images["method"]):
        own = images[images["method"] == method]
        means = own.groupby("image")[["ssim", "psnr"]].mean()
        row = {
            "method": method,
            "recipe": own["recipe"].iloc[0],
            "subjects": own["subject"].nunique(),
            "images": own["image"].nunique(),
            "seeds": own["seed"].nunique(),
            "slices": int(own.groupby("image")["slices"].first().sum()),
        }
        for measure in ("ssim", "psnr"):
            row |= {
                f"{measure}_mean": means[measure].mean(),
                f"{measure}_sd": means[measure].std(ddof=1),
            }
        rows.append(row)
    table = pd.DataFrame(rows).sort_values("ssim_mean", ascending=False, kind="stable", ignore_index=True)
    table.insert(0, "rank", range(1, len(table) + 1))
    return table


RANKING_HEADINGS = {
    "ssim_mean": "SSIM mean",
    "ssim_sd": "SSIM sd",
    "psnr_mean": "PSNR (dB) mean",
    "psnr_sd": "PSNR (dB) sd",
}
RANKING_TEXT = (
    "Means over images of how well each method predicts slices of the acquired views that it did not see, and standard "
    "deviations (sd) between images; each image is averaged over its slices, views and seeds first. Higher is better, the "
    "order is that of SSIM. No reference is known: these are errors of thick slices, not of the volumes. "
    "Click a heading to sort."
)
HELD_OUT_HEADINGS = {"psnr": "PSNR (dB)", "ssim": "SSIM", "bandwidth": "bandwidth (cycles/mm)"}
HELD_OUT_TEXT = (
    "One row per method, seed and slice that the method did not see: PSNR, over the range of the view, and SSIM of what its "
    "volume predicts of the slice through the slice profile. Click a heading to sort."
)
