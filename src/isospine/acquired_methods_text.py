"""The methods section of a paper on acquired views, from the records of a run."""

from collections.abc import Mapping, Sequence
from typing import Any

from isospine.held_out import STEP
from isospine.methods_text import Record, comparison_text, data_text, run_paragraphs, span
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
        Of `placement_record.placement_record`, of every body.
    """
    subjects = len({record["image"].split("_")[0] for record in records})
    views = [view for placement in placements for view in placement["views"]]
    return run_paragraphs(
        data_text(dataset, subjects, len(views), records[0]["contrast"], left_out),
        placing_text(views, settings),
        held_out_text(subjects),
        "No network has seen the slices that it was judged by: it was trained once more without them.",
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


def held_out_text(subjects: int) -> str:
    """How methods were judged without a reference."""
    return (
        f"There is no reference. Every {STEP}th slice of each view was held out, each method made a volume without these, and "
        "PSNR and SSIM [@wang2004] of the slices that it predicts through the slice profile were averaged over slices, then "
        f"views. They are errors of thick slices, not of the volumes. {comparison_text(subjects)}"
    )
