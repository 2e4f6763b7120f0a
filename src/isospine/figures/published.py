"""The published ablation of karthik2023, and what a comparison with it can show."""

from dataclasses import dataclass

import pandas as pd

#: Source of the numbers: they were never printed, so the last digit is uncertain.
PROVENANCE = "read off the published notebook's plots"
#: Data on which they were measured.
SETTING = "one person at 0.8 mm, views of 0.8 x 0.8 x 4.0 mm and 4.0 x 0.8 x 0.8 mm made by point resampling"
#: The recipe that follows it, and how it made its views.
RECIPE = "karthik2023"
SAMPLING = "point"


@dataclass(frozen=True)
class Published:
    """One network of the published ablation.

    Attributes
    ----------
    L : int
        Mapping size.
    scale : float
        Standard deviation of the frequencies in the normalised coordinates of karthik2023.
    bandwidth : float
        The same in cycles per mm, on its geometry.
    psnr, ssim : float
        PSNR (dB) and SSIM by its own protocol.
    """

    L: int
    scale: float
    bandwidth: float
    psnr: float
    ssim: float


PUBLISHED = (
    Published(32, 4, 0.0375, 29.17, 0.8895),
    Published(64, 4, 0.0375, 29.60, 0.8965),
    Published(128, 4, 0.0375, 29.60, 0.8968),
    Published(256, 4, 0.0375, 29.59, 0.8973),
    Published(512, 4, 0.0375, 29.68, 0.9007),
    Published(512, 2, 0.01875, 29.43, 0.9045),
    Published(512, 8, 0.075, 29.29, 0.8783),
)


def published_series(hyperparameter: str) -> list[Published]:
    """Published networks that differ in one hyperparameter alone, by its value; none where it was not varied."""
    fixed = {"L": lambda one: one.scale == 4, "bandwidth": lambda one: one.L == 512}
    if hyperparameter not in fixed:
        return []
    own = [one for one in PUBLISHED if fixed[hyperparameter](one)]
    return sorted(own, key=lambda one: float(getattr(one, hyperparameter)))


def published_text(metrics: pd.DataFrame, recipe: str) -> list[str]:
    """Explain what can and what cannot be compared with the published ablation.

    Parameters
    ----------
    metrics : DataFrame
        The table of a run.
    recipe : str
        The recipe whose hyperparameter is varied.

    Returns
    -------
    list of str
        Paragraphs: what the numbers are, what can be compared, what cannot.
    """
    differs = ["another person and another scan"]
    if recipe != RECIPE:
        differs.append(f"another network (recipe {recipe}; the one that follows the publication is {RECIPE})")
    if set(metrics["sampling"]) != {SAMPLING}:
        differs.append("another model of the thick slices (a slice profile here, point resampling there)")
    return [
        f"Published: the ablation of {RECIPE}, {PROVENANCE}, so that the last digit is uncertain; {SETTING}. Our numbers "
        "beside it are measured by its protocol: each image is min-max scaled inside the mask by its own extremes, the "
        "background is set to zero in both, and the whole volume counts.",
        "Can be compared: the shape of the curves, that is whether quality rises with the mapping size, and at which "
        "bandwidth it is best.",
        f"Cannot be compared: their height. The published numbers come from {'; '.join(differs)}. The protocol's scale depends on the two most "
        "extreme voxels of an image, and a zeroed background counts as perfect, by more the larger it is. Which line is "
        "the higher one says nothing of which method is better.",
    ]
