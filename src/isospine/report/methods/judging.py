"""Describe how the methods of a run were judged and compared, for its methods section."""

from isospine.evaluation.held_out import STEP
from isospine.statistics.paired import CONFIDENCE, RESAMPLES
from isospine.statistics.persons import MINIMUM_PERSONS, say_numbers, say_variation


def evaluation_text(persons: int, subjects: int, images: int, cord: bool, karthik2023: bool) -> str:
    """Describe the metrics where there is a reference."""
    regions = "in the whole volume and in tissue (intensity above half of Otsu's threshold [@otsu1979])"
    if cord:
        regions += ", and in the spinal cord by the dataset's segmentation"
    text = (
        "PSNR, SSIM (3-D, windows of 7 voxels) [@wang2004] and NRMSE were computed on the reference's intensities, over its "
        f"range and without rescaling any reconstruction, {regions}."
    )
    if not cord:
        text += " No image has a segmentation of the spinal cord, so nothing was measured there."
    if karthik2023:
        text += (
            " For comparison with the published numbers of karthik2023, PSNR and SSIM were also computed by its protocol: each "
            "image min-max scaled inside the tissue, the background set to zero, over the whole volume."
        )
    return f"{text} {comparison_text(persons, subjects, images)}"


def trials_text(persons: int, subjects: int, images: int) -> str:
    """Describe how methods were judged without a reference."""
    return (
        "There is no reference. Methods were judged by trials on the views' own planes, an assessment at reduced resolution "
        "[@wald1997]: each view was degraded along one axis of its planes and along the other, and each method restored the planes "
        "from these two. PSNR of the mean squared error and SSIM [@wang2004] were averaged over views. In addition, every "
        f"{STEP}th slice of each view was held out and predicted through the slice profile. These are errors of the views' planes "
        f"and of thick slices, not of the volumes. {comparison_text(persons, subjects, images)}"
    )


def comparison_text(persons: int, subjects: int, images: int) -> str:
    """Describe how methods were compared."""
    text = (
        "Methods were compared by paired differences on the same images, each averaged over its seeds first."
    )
    if persons < MINIMUM_PERSONS:
        text += (
            f" With {say_numbers(persons, subjects)}, fewer than {MINIMUM_PERSONS}, no intervals were computed and no "
            "winner was declared."
        )
        return f"{text} {say_variation(persons, subjects, images)}".rstrip()
    return text + (
        f" Their {CONFIDENCE:.0%} intervals are expanded percentile intervals [@hesterberg2015] of a bootstrap over "
        f"persons ({RESAMPLES} draws), without correction for the number of comparisons."
    ).replace("%", " %")
