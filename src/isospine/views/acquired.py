"""Read acquired views: which axis is thick, how thick its slices are, and whether headers agree.

The voxel grid comes from the affine alone, as everywhere. A BIDS sidecar adds what no affine can hold, the slice
thickness; a sidecar that contradicts the affine is refused.
"""

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import make_interp_spline

from isospine.errors import InputError
from isospine.geometry.grid import FloatArray, Grid
from isospine.io.atomic import read_json
from isospine.io.nifti import check_intensities, is_length, load_volume
from isospine.io.nifti_header import check_affine
from isospine.io.nifti_name import sidecar_of
from isospine.physics.slice_profile import SLICE_PROFILES
from isospine.physics.slices import constant_slices, take_slices
from isospine.physics.view import View

#: Spacing across slices over the larger spacing within them, from which an axis counts as thick.
THICK = 1.3
#: Relative difference of two statements on one length that is rounding.
ROUNDING = 0.02
#: Thickness over spacing of slices, beyond which they are no slices any more.
LARGEST_OVERLAP = 3.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AcquiredView:
    """An acquired view, and what is known about its slices.

    Attributes
    ----------
    path : Path
        Where it was read from.
    view : View
        Intensities, grid, thick axis and thickness.
    gap : float
        Distance in mm between the faces of neighbouring slices; negative where slices overlap.
    thickness_source : {'sidecar', 'affine', 'stated'}
        Where the thickness comes from.
    first : int
        Number in its file of the view's first slice: constant slices at the ends are cut off.
    empty : tuple of int
        Numbers in the file of all constant slices.
    """

    path: Path
    view: View
    gap: float
    thickness_source: str
    first: int = 0
    empty: tuple[int, ...] = ()

    @property
    def bridged(self) -> tuple[int, ...]:
        """Slices of the view that were constant and are interpolated, for its motion and for pictures alone."""
        inside = (number - self.first for number in self.empty)
        return tuple(number for number in inside if 0 <= number < self.view.grid.shape[self.view.axis])

    def of_thickness(self, thickness: float, source: str) -> "AcquiredView":
        """Return this view with another slice thickness (mm), which comes from `source`."""
        gap = float(self.view.grid.spacing[self.view.axis]) - thickness
        view = replace(self.view, thickness=thickness)
        return replace(self, view=view, gap=gap, thickness_source=source)


def load_acquired(
    path: str | Path,
    profile: str = "box",
    sidecar: dict[str, Any] | None = None,
    thickness: float | None = None,
) -> AcquiredView:
    """Read an acquired thick-slice image.

    Parameters
    ----------
    path : path-like
        A NIfTI file.
    profile : {'box', 'gaussian'}
        Slice profile, which no header holds.
    sidecar : dict, optional
        BIDS metadata; by default those of the JSON file beside the image, if there is one.
    thickness : float, optional
        Slice thickness in mm that is stated instead of the sidecar's.

    Raises
    ------
    InputError
        If the file cannot be used, no axis is thick, the affine is mirrored by shear, or the sidecar or the thickness that
        is stated contradicts it.
    """
    path = Path(path)
    touching = load_slices(path, profile)
    if touching.empty:
        log.warning(
            "%s: slices %s hold one value only; they count as not measured and are not used (the first is 0)",
            path,
            ", ".join(map(str, touching.empty)),
        )
    sidecar_path = sidecar_of(path)
    if sidecar is None:
        sidecar = _read_sidecar(sidecar_path)
    spacing = touching.view.thickness
    check_distance(sidecar_path, sidecar, spacing)
    if thickness is not None:
        stated = check_thickness(path, thickness, spacing, "the slice thickness that is stated")
        log.info(
            "%s: slices %.4g mm thick as stated, not %s",
            path,
            stated,
            f"{sidecar['SliceThickness']} mm as in its sidecar"
            if "SliceThickness" in sidecar
            else f"{spacing:.4g} mm as if they touched",
        )
        return touching.of_thickness(stated, "stated")
    if "SliceThickness" in sidecar:
        return touching.of_thickness(
            check_thickness(sidecar_path, sidecar["SliceThickness"], spacing), "sidecar"
        )
    log.warning(
        "%s: no sidecar states its SliceThickness; slices are taken to touch, %.3g mm thick", path, spacing
    )
    return touching


def _read_sidecar(path: Path) -> dict[str, Any]:
    """Read a sidecar, empty if there is none; one that is annexed and not there would be missed without a word."""
    if not os.path.lexists(path):
        return {}
    try:
        return read_json(path)
    except FileNotFoundError as error:
        raise InputError(f"{path}: a dangling link; get its content (datalad get), or remove it") from error


def load_slices(path: Path, profile: str) -> AcquiredView:
    """Read a thick-slice image from its affine alone: its slices touch, and those that hold one value are left out.

    Raises
    ------
    InputError
        If the file cannot be used, no axis is thick, the affine is mirrored by shear, or hardly a slice was measured.
    """
    data, affine = load_volume(path)
    check_orthogonal(path, affine)
    i, j, k = data.shape
    grid = Grid((i, j, k), affine)
    axis = slice_axis(path, grid)
    return measured_slices(path, View(data, grid, axis, float(grid.spacing[axis]), profile))


def measured_slices(path: Path, whole: View) -> AcquiredView:
    """Leave out the slices of a stack that hold one value.

    Raises
    ------
    InputError
        If hardly a slice was measured.
    """
    axis, count = whole.axis, whole.grid.shape[whole.axis]
    empty = constant_slices(whole.data, axis)
    kept = np.setdiff1d(np.arange(count), empty)
    if len(kept) < 2:
        raise InputError(
            f"{path}: {len(empty)} of its {count} slices hold one value only; expected at least two slices that "
            "were measured: export it again, or leave it out"
        )
    first = int(kept[0])
    view = without_gaps(take_slices(whole, first, int(kept[-1]) - first + 1), kept - first)
    return AcquiredView(path, view, 0.0, "affine", first, tuple(empty))


def acquired_of(view: View, name: str) -> AcquiredView:
    """Return a view that was made in memory as one that was read, with the same checks.

    Raises
    ------
    InputError
        Naming the view, if its arrays cannot be used or contradict each other.
    """
    shape = tuple(view.grid.shape)
    if view.data.shape != shape or len(shape) != 3 or min(shape) < 2:
        raise InputError(
            f"{name}: its data are of shape {view.data.shape}, and its grid of {shape}; expected equal shapes of three axes of "
            "at least 2 voxels"
        )
    if view.axis not in (0, 1, 2) or view.profile not in SLICE_PROFILES:
        raise InputError(
            f"{name}: axis {view.axis!r}, profile {view.profile!r}; expected an axis of 0, 1 or 2, and one of {', '.join(SLICE_PROFILES)}"
        )
    data = np.asarray(view.data, np.float32)
    affine = np.asarray(view.grid.affine, np.float64)
    check_affine(name, affine)
    check_intensities(name, data)
    check_orthogonal(name, affine)
    grid = Grid((shape[0], shape[1], shape[2]), affine)
    thickness = check_thickness(name, view.thickness, float(grid.spacing[view.axis]))
    whole = View(data, grid, view.axis, thickness, view.profile)
    return measured_slices(Path(name), whole).of_thickness(thickness, "stated")


def without_gaps(view: View, measured: NDArray[np.int64]) -> View:
    """Replace slices that were not measured by interpolation between their neighbours."""
    count = view.grid.shape[view.axis]
    if len(measured) == count:
        return view
    slices = np.moveaxis(view.data, view.axis, 0)[measured]
    filled = make_interp_spline(measured, slices, k=1, axis=0)(np.arange(count)).astype(np.float32)
    return replace(view, data=np.ascontiguousarray(np.moveaxis(filled, 0, view.axis)))


def slice_axis(path: str | Path, grid: Grid) -> int:
    """Find the array axis across the slices: the one with the largest spacing.

    Raises
    ------
    InputError
        If its spacing is hardly larger than the others.
    """
    order = np.argsort(grid.spacing)
    if grid.spacing[order[2]] < THICK * grid.spacing[order[1]]:
        sizes = " x ".join(f"{size:.3g}" for size in grid.spacing)
        raise InputError(
            f"{path}: its voxels are {sizes} mm; expected thick slices, with one voxel size at least {THICK:g} times "
            "the others: choose another image, or use it as a reference (docs/your-data.md)"
        )
    return int(order[2])


def check_orthogonal(path: str | Path, affine: FloatArray) -> None:
    """Refuse a sheared grid."""
    directions = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    if np.abs(directions.T @ directions - np.eye(3)).max() > 1e-2:
        raise InputError(
            f"{path}: its affine is sheared; expected orthogonal axes: undo the gantry tilt or use the qform"
        )


def check_distance(path: Path, sidecar: dict[str, Any], spacing: float) -> None:
    """Refuse a distance between slices that contradicts the affine."""
    stated = sidecar.get("SpacingBetweenSlices")
    if stated is None:
        return
    if not is_length(stated) or abs(float(stated) - spacing) > ROUNDING * spacing:
        raise InputError(
            f"{path}: SpacingBetweenSlices is {stated!r}, but slices are {spacing:.4g} mm apart by the affine of its image; "
            "expected the same: correct the one that is wrong (the affine decides where voxels are)"
        )


def check_thickness(path: str | Path, stated: Any, spacing: float, name: str = "SliceThickness") -> float:
    """Return the slice thickness (mm) that a sidecar states, or what is called `name`, once it is plausible.

    Raises
    ------
    InputError
        If it is not a length, leaves gaps larger than the slices, or makes slices overlap several times.
    """
    if not is_length(stated):
        raise InputError(f"{path}: {name} is {stated!r}; expected a length in mm above 0")
    thickness = float(stated)
    if spacing - thickness > thickness:
        raise InputError(
            f"{path}: {name} is {thickness:g} mm, but slices are {spacing:.4g} mm apart: the gap of "
            f"{spacing - thickness:.3g} mm is larger than the slice, and what lies in it was never measured; "
            "expected a gap below the thickness: check it and the affine, or leave the image out"
        )
    if thickness > LARGEST_OVERLAP * spacing:
        raise InputError(
            f"{path}: {name} is {thickness:g} mm, but slices are {spacing:.4g} mm apart; expected at most "
            f"{LARGEST_OVERLAP:g} times their distance: check it and the affine"
        )
    return thickness


def check_one_body(paths: Sequence[Path]) -> None:
    """Refuse images whose names belong to several subjects or sessions.

    Raises
    ------
    InputError
        Naming the entity and its values.
    """
    for entity in ("sub", "ses"):
        values = {
            part for path in paths for part in path.name.split("_")[:-1] if part.startswith(f"{entity}-")
        }
        if len(values) > 1:
            raise InputError(
                f"{', '.join(path.name for path in paths)}: of {' and '.join(sorted(values))}; expected views of one "
                "subject in one session"
            )
