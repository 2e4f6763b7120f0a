"""Describe how the views of a run were simulated or acquired, for its methods section."""

from collections.abc import Mapping, Sequence
from typing import Any

from isospine.numbers import shortest
from isospine.plan.contrasts import views_of
from isospine.report.methods.data import Record, span
from isospine.words import count, listed

MOTION_SENTENCES = {
    "none": "The headers were trusted: no motion was estimated, only the brightness of each view relative to the first.",
    "views": (
        "Rigid motion of each view relative to the first was estimated by mutual information [@mattes2003] and then jointly with "
        "a regularised least squares image [@golub1973], and so were a gain and a bias field of second order; the largest shift was "
        "{shift} mm, the largest rotation {turn} degrees."
    ),
    "slices": " Every slice was then given its own pose [@gholipour2010]; {left_out} of all slices fitted no other and were left out.",
}


def acquisition_text(sidecars: Sequence[Record], noise: float) -> str:
    """Describe how the views were simulated, from their sidecars."""
    planes: dict[tuple[str, float], list[float]] = {}
    for sidecar in sidecars:
        key = (sidecar["Plane"], float(sidecar["Factor"]))
        planes.setdefault(key, []).append(float(sidecar["SliceThickness"]))
    views = [
        f"{plane} slices of {span(thickness, ' mm')} ({factor:g} voxels of the reference)"
        for (plane, factor), thickness in planes.items()
    ]
    profile = sidecars[0]["SliceProfile"] if sidecars else "unrecorded"
    text = f"From each isotropic image, the reference, thick-slice views were simulated: {listed(views)}"
    if profile == "point":
        text += ", by cubic-spline resampling at the slice centres, without a slice profile."
    else:
        text += f", each slice the mean of the reference weighted by a {profile} slice profile along its thick axis."
    if noise:
        return f"{text} Rician noise [@gudbjartsson1995] of {noise:g} of the reference's intensity range was added."
    return f"{text} No noise was added."


def contrasts_text(settings: Mapping[str, Any], contrasts: Sequence[str]) -> str:
    """List which contrast has which views; "" for a single contrast."""
    if len(contrasts) == 1:
        return ""
    own = [f"{listed([view['plane'] for view in views_of(settings, name)])} of {name}" for name in contrasts]
    return (
        f" The planes were {'; '.join(own)}. Contrasts of one body were assumed to be aligned as their headers say, and were "
        "measured separately."
    )


def placing_text(facts: Sequence[Record], settings: Mapping[str, Any]) -> str:
    """Describe the geometry and estimated motion of acquired views, from the `facts` of each view."""
    thickness = span([one["SliceThickness"] for one in facts], " mm")
    assumed = sum(one["SliceThicknessSource"] == "affine" for one in facts)
    touching = (
        f", assumed contiguous in {count(assumed, 'view')} without that entry in the sidecar,"
        if assumed
        else ""
    )
    how = settings["acquired"]
    profiles = f"a {settings['acquisition']['slice_profile']} slice profile"
    if how["slice_profile"] == "estimated":
        shown = sum(one["SliceThicknessSource"] == "views" for one in facts)
        profiles += (
            f"; thickness and profile of {count(shown, 'view')} were estimated from the other views of the body, with which "
            "held-out slices were predicted better than with those stated"
        )
    text = f"The views had slices of {thickness}{touching} with {profiles}. "
    text += MOTION_SENTENCES["none" if how["motion"] == "none" else "views"].format(
        shift=shortest(max(abs(value) for one in facts for value in one["TranslationMillimetres"]), 1),
        turn=shortest(max(abs(value) for one in facts for value in one["RotationDegrees"]), 1),
    )
    if how["motion"] == "slices":
        text += MOTION_SENTENCES["slices"].format(left_out=sum(len(one["SlicesLeftOut"]) for one in facts))
    covered = (
        "what all views of a body cover"
        if how["field"] == "intersection"
        else "what any view of a body covers"
    )
    return f"{text} Volumes of {settings['resolutions'][0]:g} mm voxels cover {covered}."
