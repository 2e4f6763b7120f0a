"""The methods section of a paper on acquired views, from the records of a run."""

from collections.abc import Mapping, Sequence
from typing import Any

from isospine.evaluation.held_out import STEP
from isospine.report.methods_data import Record, data_text, span
from isospine.report.methods_text import comparison_text, run_paragraphs
from isospine.words import count

MOTION = {
    "none": "Headers were trusted: no motion was estimated.",
    "views": (
        "Rigid motion of each view against the first was estimated by mutual information [@mattes2003] and then together with "
        "a regularised least squares image [@golub1973], and so were a gain and a bias field of second order; the largest shift was "
        "{shift:.2g} mm, the largest turn {turn:.2g} degrees."
    ),
    "slices": " Every slice then got a pose of its own [@gholipour2010]; {left_out} of all slices fitted to no other and were left out.",
}


def acquired_paragraphs(
    dataset: Record,
    records: Sequence[Record],
    placements: Sequence[Record],
    settings: Mapping[str, Any],
    left_out: Sequence[str],
    environment: Mapping[str, str],
) -> list[str]:
    """Write the paragraphs of a methods section.

    Parameters
    ----------
    dataset, records, settings, left_out, environment
        As for `methods_text.methods_paragraphs`.
    placements : sequence of mapping
        Of every body, by contrast, of `placement_record.placement_record`.
    """
    subjects = len({record["image"].split("_")[0] for record in records})
    views = [view for body in placements for contrast in body.values() for view in contrast["views"]]
    contrasts = list(dict.fromkeys(record["contrast"] for record in records))
    return run_paragraphs(
        data_text(dataset, subjects, len(views), contrasts, left_out),
        placing_text(views, settings),
        trials_text(subjects),
        "No network has seen what it was judged by: it was trained anew for each trial, and without the held-out slices.",
        records,
        settings,
        environment,
    )


def placing_text(views: Sequence[Record], settings: Mapping[str, Any]) -> str:
    """Geometry of the views, and how they were put where the body was during the first."""
    facts = [view["description"] for view in views]
    thickness = span([one["SliceThickness"] for one in facts], " mm")
    assumed = sum(one["SliceThicknessSource"] == "affine" for one in facts)
    touching = f", taken to touch in {count(assumed, 'view')} whose sidecar does not tell," if assumed else ""
    how = settings["acquired"]
    profile = settings["acquisition"]["slice_profile"]
    text = f"The views had slices of {thickness}{touching} with a {profile} slice profile. "
    text += MOTION["none" if how["motion"] == "none" else "views"].format(
        shift=max(abs(value) for one in facts for value in one["TranslationMillimetres"]),
        turn=max(abs(value) for one in facts for value in one["RotationDegrees"]),
    )
    if how["motion"] == "slices":
        text += MOTION["slices"].format(left_out=sum(len(one["SlicesLeftOut"]) for one in facts))
    covered = (
        "what all views of a body cover"
        if how["field"] == "intersection"
        else "what any view of a body covers"
    )
    return f"{text} Volumes of {settings['resolutions'][0]:g} mm voxels cover {covered}."


def trials_text(subjects: int) -> str:
    """How methods were judged without a reference."""
    return (
        "There is no reference. Methods were judged by trials on the views' own planes, an assessment at reduced resolution "
        "[@wald1997]: each view was made thick along the one and along the other axis of its planes, and each method made the planes "
        "again from these two. PSNR of the mean squared error and SSIM [@wang2004] were averaged over views. Besides, every "
        f"{STEP}th slice of each view was held out and predicted through the slice profile. These are errors of the views' planes "
        f"and of thick slices, not of the volumes. {comparison_text(subjects)}"
    )
