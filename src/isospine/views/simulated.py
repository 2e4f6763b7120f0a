"""Simulated views, read from their files."""

from pathlib import Path

from isospine.errors import InputError
from isospine.geometry.grid import Grid
from isospine.geometry.planes import PLANE_NORMALS, thick_axis
from isospine.io.atomic import read_json
from isospine.io.nifti import is_length, load_volume, sidecar_of
from isospine.physics.slice_profile import SLICE_PROFILES
from isospine.physics.view import View


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
        raise InputError(f"{sidecar_path}: lacks {', '.join(missing)}; add what describes the view's slices")
    thickness, plane, profile = (sidecar[key] for key in ("SliceThickness", "Plane", "SliceProfile"))
    if not is_length(thickness) or profile not in SLICE_PROFILES or plane not in [*PLANE_NORMALS]:
        raise InputError(
            f"{sidecar_path}: SliceThickness is {thickness!r}, SliceProfile {profile!r} and Plane {plane!r}; expected a "
            f"length in mm, one of {', '.join(SLICE_PROFILES)}, and one of {', '.join(PLANE_NORMALS)}"
        )
    i, j, k = data.shape
    return View(data, Grid((i, j, k), affine), thick_axis(affine, plane), float(thickness), profile)
