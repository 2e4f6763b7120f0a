"""What was estimated of acquired views, as a record on disk, as transforms, and as the sidecar of a volume says it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK

from isospine.acquired import AcquiredView, load_acquired
from isospine.alignment import Placement
from isospine.files import atomic_path, read_json
from isospine.geometry import FloatArray
from isospine.placed_views import PlacedViews, SliceMotion
from isospine.pose import rigid_parameters
from isospine.registration import itk_transform


def placement_record(placed: PlacedViews) -> dict[str, Any]:
    """All numbers that were estimated, unrounded, for `placed_from`."""
    views = []
    for number, placement in enumerate(placed.placements):
        view: dict[str, Any] = {
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
        views.append(view | {"description": view_facts(placed, number)})
    return {"motion": placed.motion.tolist(), "views": views}


def placed_from(record: dict[str, Any], acquired: Sequence[AcquiredView]) -> PlacedViews:
    """Inverse of `placement_record`, with the views that it is of."""
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
    return PlacedViews(tuple(acquired), tuple(placements), tuple(slices), np.array(record["motion"]))


def read_placed(
    images: Sequence[str | Path],
    sidecars: Sequence[dict[str, Any]],
    profile: str,
    record: str | Path,
    contrast: str,
) -> PlacedViews:
    """Read the views of one contrast of a body, and put them where the record of the body says.

    Parameters
    ----------
    images, sidecars, profile
        Of `load_acquired`, for each view.
    record : path-like
        File of a `placement_record` by contrast.
    contrast : str
        Which of them.
    """
    pairs = zip(images, sidecars, strict=True)
    acquired = [load_acquired(path, profile, about) for path, about in pairs]
    return placed_from(read_json(record)[contrast], acquired)


def read_contrasts(
    images: Sequence[str | Path],
    sidecars: Mapping[str, Sequence[dict[str, Any]]],
    profile: str,
    record: str | Path,
) -> dict[str, PlacedViews]:
    """Read the views of some contrasts of a body, one contrast's after the other's; parameters of `read_placed`."""
    left = iter(images)
    return {
        contrast: read_placed([next(left) for _ in own], own, profile, record, contrast)
        for contrast, own in sidecars.items()
    }


def view_facts(placed: PlacedViews, number: int) -> dict[str, Any]:
    """What a sidecar says of one view."""
    one, placement = placed.acquired[number], placed.placements[number]
    parameters = rigid_parameters(placed.motions[number], placed.frame.centre)
    about = {
        "Source": one.path.name,
        "SliceThickness": one.view.thickness,
        "SliceThicknessSource": one.thickness_source,
        "SpacingBetweenSlices": float(one.view.grid.spacing[one.view.axis]),
        "RotationDegrees": np.round(parameters[:3], 4).tolist(),
        "TranslationMillimetres": np.round(parameters[3:], 4).tolist(),
        "LogGain": np.round(placement.log_gain, 5).tolist(),
    }
    if placed.slices:
        own = placed.slices[number]
        about["SliceRotationDegrees"] = np.round(own.parameters[:, :3], 4).tolist()
        about["SliceTranslationMillimetres"] = np.round(own.parameters[:, 3:], 4).tolist()
        about["SlicesLeftOut"] = list(own.left_out)
    return about


def save_transform(motion: FloatArray, path: Path) -> None:
    """Write a motion as an ITK transform (.tfm), from points in the first view to points in another."""
    with atomic_path(path) as temporary:
        SimpleITK.WriteTransform(itk_transform(motion), str(temporary))
