"""Describe what a run made beside isotropic images: segmentations, slices never acquired, and networks in few bits."""

from collections.abc import Mapping
from typing import Any

from isospine.numbers import shortest
from isospine.plan.unfolding import wanted_segmentations
from isospine.plan.views import are_acquired
from isospine.recipes.segmenters import SEGMENTERS
from isospine.words import listed

#: Sources of the methods that segment.
SOURCES = {"shape-based": "@raya1990", "tv": "@chan2006", "distance-spline": "@bernard2009"}


def derived_texts(settings: Mapping[str, Any]) -> list[str]:
    """Write a paragraph on each of these that a configuration asks for; `settings` as of `text.methods_paragraphs`."""
    acquired = are_acquired(settings["views"])
    texts = []
    for segmentation in wanted_segmentations(settings).values():
        texts.append(_segmentations_text(segmentation["kind"], acquired))
    if planes := {name: plane for name, plane in (settings.get("planes") or {}).items() if plane}:
        texts.append(_planes_text(planes, acquired))
    few_bits = _few_bits_text(settings.get("compression"), settings["metrics"].get("fixed_point") or [])
    return [*texts, *few_bits]


def _segmentations_text(kind: str, acquired: bool) -> str:
    methods = listed(
        [f"{text} [{SOURCES[name]}]" if name in SOURCES else text for name, text in SEGMENTERS.items()]
    )
    meaning = {
        "binary": "binary ones, drawn where more than half of a voxel is inside",
        "soft": "soft ones, which say what part of a voxel is inside",
    }[kind]
    if acquired:
        return (
            f"The spinal cord was segmented from labels that were drawn on the views ({meaning}), and placed by the motion of their whole "
            f"view, by {methods}. There is no true segmentation: Dice compares the labels of each view with the segmentation as that "
            "view would show it, made of all labels, and of those of the other views alone."
        )
    return (
        f"The spinal cord was segmented from labels on the views ({meaning}), which were simulated from the dataset's segmentation, by "
        f"{methods}. Dice, the mean distance between surfaces, and the error of areas are against the dataset's segmentation."
    )


def _planes_text(planes: Mapping[str, Mapping[str, Any]], acquired: bool) -> str:
    scored = "" if acquired else " PSNR and bias are against the same slices of the reference."
    return (
        f"Slices that were never acquired were rendered from each network: {'; '.join(_say_plane(name, plane) for name, plane in planes.items())}."
        f"{scored}"
    )


def _say_plane(name: str, plane: Mapping[str, Any]) -> str:
    angles = plane.get("angles", [0, 0, 0])
    turned = (
        f", turned by {listed([shortest(angle) for angle in angles])} degrees about the axes to the right, to anterior and to superior"
        if any(angles)
        else ""
    )
    project = plane.get("project", "mean")
    held = (
        f"the mean over a {plane.get('profile', 'box')} profile"
        if project == "mean"
        else {"max": "the largest value over the thickness", "min": "the smallest value over the thickness"}[
            project
        ]
    )
    return f"`{name}` ({plane['plane']}{turned}; {shortest(plane['thickness'])} mm thick, {held})"


def _few_bits_text(compression: Mapping[str, Any] | None, formats: list[int]) -> list[str]:
    texts = []
    if compression:
        texts.append(
            f"Weights of coordinate networks were rounded to {compression['bits']} bits and entropy coded, and the decoded networks measured "
            "without data consistency; references were coded in as many bytes by SPERR [@li2023], JPEG 2000 and JPEG XL [@alakuijala2019]."
        )
    if formats:
        texts.append(
            f"Coordinate networks were also evaluated in fixed point, with weights and activations of {listed([str(bits) for bits in formats])} "
            "bits, whose ranges the training coordinates decided."
        )
    return [" ".join(texts)] if texts else []
