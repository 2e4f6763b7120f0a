"""Read simulated views, and describe those of an image in one record."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from isospine.errors import InputError
from isospine.geometry.grid import Grid
from isospine.geometry.planes import PLANE_NORMALS, thick_axis
from isospine.io.atomic import read_json
from isospine.io.nifti import is_length, load_volume
from isospine.io.nifti_name import sidecar_of
from isospine.physics.fine_grid import fine_grid
from isospine.physics.slice_profile import SLICE_PROFILES
from isospine.physics.view import View
from isospine.views.view_set import ViewSet, source_name, stack_set


def load_view(path: str | Path) -> View:
    """Read a view and its BIDS sidecar (`SliceThickness` in mm, `SliceProfile`, `Plane`).

    Raises
    ------
    InputError
        If a file is missing or damaged, or the sidecar lacks a key.
    """
    data, affine = load_volume(path)
    sidecar_path = sidecar_of(path)
    try:
        sidecar = read_json(sidecar_path)
    except FileNotFoundError as error:
        raise InputError(f"{sidecar_path}: no such file; put the view's sidecar beside its image") from error
    missing = sorted({"Plane", "SliceProfile", "SliceThickness"} - set(sidecar))
    if missing:
        raise InputError(
            f"{sidecar_path}: lacks {', '.join(missing)}; add the keys that describe the view's slices"
        )
    thickness, plane, profile = (sidecar[key] for key in ("SliceThickness", "Plane", "SliceProfile"))
    if not is_length(thickness) or profile not in SLICE_PROFILES or plane not in [*PLANE_NORMALS]:
        raise InputError(
            f"{sidecar_path}: SliceThickness is {thickness!r}, SliceProfile {profile!r} and Plane {plane!r}; expected a "
            f"length in mm, one of {', '.join(SLICE_PROFILES)}, and one of {', '.join(PLANE_NORMALS)}"
        )
    i, j, k = data.shape
    return View(data, Grid((i, j, k), affine), thick_axis(affine, plane), float(thickness), profile)


def simulated_record(files: Mapping[str, Sequence[str | Path]]) -> dict[str, Any]:
    """Describe the simulated views of an image, by contrast, unrounded, for `read_simulated`.

    Parameters
    ----------
    files : mapping of str to sequence of path-like
        Views of each contrast, with their sidecars beside them.

    Returns
    -------
    dict
        Of each contrast: `mode`; `grid` with `shape` and `affine`, the fine grid of its views; and of each of its
        `views` the `plane`, `factor`, `thickness` (mm) and `profile`.

    Raises
    ------
    InputError
        As `load_view`, or if the views of a contrast do not share their field of view.
    """
    record = {}
    for contrast, paths in files.items():
        views = [load_view(path) for path in paths]
        grid = fine_grid(views)
        record[contrast] = {
            "mode": "simulated",
            "grid": {"shape": list(grid.shape), "affine": grid.affine.tolist()},
            "views": [
                {
                    "plane": read_json(sidecar_of(path))["Plane"],
                    "factor": view.thickness / float(grid.spacing[view.axis]),
                    "thickness": view.thickness,
                    "profile": view.profile,
                }
                for path, view in zip(paths, views, strict=True)
            ],
        }
    return record


def read_simulated(
    contrast: str, record: Mapping[str, Any], files: Sequence[Path], layout: Mapping[str, Any] | None
) -> ViewSet:
    """Read the simulated views of one contrast.

    Parameters
    ----------
    contrast : str
        Which one.
    record : mapping
        Its part of a `simulated_record`.
    files : sequence of Path
        Image files of the views.
    layout : None
        Not used: the record holds the grid.
    """
    views = []
    for path, about in zip(files, record["views"], strict=True):
        data, affine = load_volume(path)
        i, j, k = data.shape
        axis = thick_axis(affine, about["plane"])
        views.append(View(data, Grid((i, j, k), affine), axis, about["thickness"], about["profile"]))
    i, j, k = record["grid"]["shape"]
    grid = Grid((i, j, k), np.array(record["grid"]["affine"]))
    return stack_set(contrast, views, grid, "grid of the reference", [source_name(path) for path in files])
