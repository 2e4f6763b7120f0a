"""Store what was estimated of acquired views: as a record, as transforms, and in sidecars."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK

from isospine.geometry.grid import FloatArray
from isospine.geometry.rigid import rigid_parameters
from isospine.io.atomic import atomic_path, read_json
from isospine.views.acquired import AcquiredView, load_slices
from isospine.views.agreement import Agreement
from isospine.views.joint import Placement
from isospine.views.placed import PlacedViews, SliceMotion, body_grid, placed_set
from isospine.views.registration import itk_transform
from isospine.views.slice_profiles import NOT_ESTIMATED, SliceEstimate
from isospine.views.view_set import ViewSet


def placement_record(placed: PlacedViews) -> dict[str, Any]:
    """Describe what was stated and estimated of the views, unrounded, for `placed_from`."""
    views = []
    for number, (one, placement) in enumerate(zip(placed.acquired, placed.placements, strict=True)):
        view: dict[str, Any] = {
            "thickness": one.view.thickness,
            "thickness_source": one.thickness_source,
            "profile": one.view.profile,
            "motion": placement.motion.tolist(),
            "log_gain": placement.log_gain.tolist(),
        }
        if placed.slices:
            own = placed.slices[number]
            view["slices"] = {
                "parameters": own.parameters.tolist(),
                "motions": own.motions.tolist(),
                "left_out": list(own.left_out),
            }
        if placed.agreement:
            agreement = placed.agreement[number]
            view["agreement"] = None if agreement is None else [agreement.found, agreement.chance]
        if placed.profiles:
            profile = placed.profiles[number]
            view["slice_estimate"] = None if profile is None else asdict(profile)
        views.append(view | {"description": view_facts(placed, number)})
    about = {"motion": placed.motion.tolist(), "doubts": list(placed.doubts)}
    if placed.profile_choice:
        about |= {"uses_profiles": placed.uses_profiles, "profile_choice": placed.profile_choice}
    return {"mode": "acquired"} | about | {"views": views}


def placement_doubts(record: Mapping[str, Any]) -> list[str]:
    """List why views of a body may lie in the wrong place, from its record by contrast."""
    return [doubt for own in record.values() for doubt in own["doubts"]]


def placed_from(record: Mapping[str, Any], acquired: Sequence[AcquiredView]) -> PlacedViews:
    """Restore placed views from their `placement_record` and the views themselves."""
    views = record["views"]
    placements = [Placement(np.array(one["motion"]), np.array(one["log_gain"])) for one in views]
    slices = [
        SliceMotion(
            np.array(one["slices"]["parameters"]),
            np.array(one["slices"]["motions"]),
            tuple(one["slices"]["left_out"]),
        )
        for one in views
        if "slices" in one
    ]
    agreement = [
        None if one["agreement"] is None else Agreement(*one["agreement"])
        for one in views
        if "agreement" in one
    ]
    profiles = [
        None if one["slice_estimate"] is None else SliceEstimate(**one["slice_estimate"])
        for one in views
        if "slice_estimate" in one
    ]
    return PlacedViews(
        tuple(acquired),
        tuple(placements),
        tuple(slices),
        np.array(record["motion"]),
        tuple(agreement),
        tuple(record["doubts"]),
        tuple(profiles),
        record.get("uses_profiles", False),
        record.get("profile_choice", ""),
    )


def read_placed(images: Sequence[str | Path], record: str | Path, contrast: str) -> PlacedViews:
    """Read the views of one contrast of a body, and move them as its record states.

    Parameters
    ----------
    images : sequence of path-like
        Their files.
    record : path-like
        File of a `placement_record` by contrast.
    contrast : str
        Which of them.
    """
    return load_placed(read_json(record)[contrast], images)


def load_placed(record: Mapping[str, Any], images: Sequence[str | Path]) -> PlacedViews:
    """Read the views of a `placement_record`, and move them as it states."""
    pairs = zip(images, record["views"], strict=True)
    acquired = [
        load_slices(Path(path), one["profile"]).of_thickness(one["thickness"], one["thickness_source"])
        for path, one in pairs
    ]
    return placed_from(record, acquired)


def read_acquired(
    contrast: str, record: Mapping[str, Any], files: Sequence[Path], layout: Mapping[str, Any] | None
) -> ViewSet:
    """Read the acquired views of one contrast.

    Parameters
    ----------
    contrast : str
        Which one.
    record : mapping
        Its part of the body's record, a `placement_record`.
    files : sequence of Path
        Image files of the views.
    layout : mapping or None
        Grid of the volumes, as `body_grid` takes it; without it, the grid on which motion was estimated.
    """
    placed = load_placed(record, files)
    return placed_set(placed, contrast, body_grid(placed, **layout) if layout else placed.frame)


def view_facts(placed: PlacedViews, number: int) -> dict[str, Any]:
    """Describe one view for a sidecar."""
    one, placement, used = placed.acquired[number], placed.placements[number], placed.stacks[number]
    parameters = rigid_parameters(placed.motions[number], placed.frame.centre)
    about = {
        "Source": one.path.name,
        "SliceThickness": round(used.thickness, 6),
        "SliceThicknessSource": "views" if used.thickness != one.view.thickness else one.thickness_source,
        "SliceProfile": used.profile,
        "SpacingBetweenSlices": round(float(one.view.grid.spacing[one.view.axis]), 6),
        "RotationDegrees": np.round(parameters[:3], 4).tolist(),
        "TranslationMillimetres": np.round(parameters[3:], 4).tolist(),
        "LogGain": np.round(placement.log_gain, 5).tolist(),
    }
    if one.empty:
        about["SlicesNotMeasured"] = list(one.empty)
    if placed.agreement and (agreement := placed.agreement[number]):
        about["Agreement"] = {"Found": round(agreement.found, 3), "ByChance": round(agreement.chance, 3)}
    if placed.profiles:
        profile = placed.profiles[number]
        about["SliceProfileFromViews"] = profile.facts if profile else NOT_ESTIMATED
    if placed.profile_choice:
        about["SliceProfileChoice"] = placed.profile_choice
    if placed.slices:
        own = placed.slices[number]
        about["SliceRotationDegrees"] = np.round(own.parameters[:, :3], 4).tolist()
        about["SliceTranslationMillimetres"] = np.round(own.parameters[:, 3:], 4).tolist()
        about["SlicesLeftOut"] = [one.first + place for place in own.left_out]
    return about


def save_transform(motion: FloatArray, path: Path) -> None:
    """Write a motion as an ITK transform (.tfm), from points in the first view to points in another."""
    with atomic_path(path) as temporary:
        SimpleITK.WriteTransform(itk_transform(motion), str(temporary))
