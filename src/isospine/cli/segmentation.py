"""Write the segmentation that labels drawn on the views become, and the areas of the cord."""

import logging
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from isospine.cli import files
from isospine.cli.files import Used
from isospine.cli.options import choices
from isospine.dataset.bids import segmentation_sidecar
from isospine.errors import InputError
from isospine.geometry.grid import Grid
from isospine.io.nifti import save_volume
from isospine.io.nifti_name import stem_of
from isospine.io.tables import write_csv
from isospine.methods.body import Body
from isospine.methods.segment import (
    DrawnLabels,
    Segmentation,
    check_within,
    levels_on,
    read_labels,
    read_levels,
    segment,
)
from isospine.segmentation.area import cross_sections, tell_cut_slices
from isospine.views.acquired import AcquiredView
from isospine.views.contrasts import SUFFIXES, distinct_names
from isospine.words import listed

#: BIDS entity of the spinal cord, and of labels whose names state none.
CORD = "label-SC"

log = logging.getLogger(__name__)


def check_segmentation(options: Namespace) -> tuple[list[Used], list[Used]]:
    """Check the options on segmentations, and return the files that are read and written for them.

    Raises
    ------
    InputError
        Naming the option.
    """
    if not options.segmentation:
        if options.levels:
            raise InputError(
                "--levels: says where the areas of a segmentation are; name that with --segmentation, or leave it out"
            )
        return [], []
    if options.levels and structure(options.segmentation) != CORD:
        raise InputError(
            f"--levels: is for the areas of the spinal cord; the labels are of {structure(options.segmentation)}; leave it out"
        )
    read = [Used("--segmentation", path) for path in options.segmentation]
    read += [Used("--levels", options.levels)] if options.levels else []
    if options.slice_motion:
        log.warning(
            "--segmentation: labels are placed by the motion of their whole view, not by that of every slice"
        )
    return read, [Used("--segmentation", path) for path in _outputs(options)]


def structure(paths: Sequence[Path]) -> str:
    """BIDS entity of what is labelled: that of the names, or else the spinal cord.

    Raises
    ------
    InputError
        If names state several.
    """
    found = sorted({part for path in paths for part in stem_of(path).split("_") if part.startswith("label-")})
    if len(found) > 1:
        raise InputError(
            f"--segmentation: the names are of several structures ({listed(found)}); expected labels of one: run the command for each"
        )
    return found[0] if found else CORD


def output_path(output: Path, entity: str, suffix: str) -> Path:
    """Path of what is made of labels, beside the volume and named after it.

    Examples
    --------
    >>> output_path(Path("iso.nii.gz"), "label-SC", "mask.nii.gz").name
    'iso_label-SC_mask.nii.gz'
    >>> output_path(Path("sub-01_desc-tv_T2w.nii.gz"), "label-SC", "area.csv").name
    'sub-01_label-SC_desc-tv_area.csv'
    """
    parts = stem_of(output).split("_")
    if len(parts) > 1 and parts[-1] in SUFFIXES:
        parts.pop()
    # BIDS puts the label before the description
    place = next((number for number, part in enumerate(parts) if part.startswith("desc-")), len(parts))
    return output.with_name("_".join([*parts[:place], entity, *parts[place:], suffix]))


def read(
    options: Namespace, acquired: Sequence[AcquiredView], grid: Grid
) -> tuple[list[DrawnLabels], DrawnLabels | None]:
    """Read labels and levels, and check them before anything is computed; `grid` is that of the volume by the headers.

    Raises
    ------
    InputError
        Naming the file.
    """
    labels = read_labels(options.segmentation or [], acquired)
    check_within(labels, grid)
    return labels, read_levels(options.levels, acquired) if options.levels else None


def write(
    options: Namespace, labels: Sequence[DrawnLabels], levels: DrawnLabels | None, body: Body
) -> Segmentation:
    """Segment, write the occupancy, the mask and the areas, and return what was found."""
    found = segment(labels, body.placed.values(), body.grid)
    mask = found.occupancy > 0.5
    probseg, mask_path, *areas = _outputs_named(options)
    _save(options, probseg, found.occupancy, labels, found, body.grid)
    _save(options, mask_path, mask.astype(np.uint8), labels, found, body.grid)
    for path in areas:
        numbers = None if levels is None else levels_on(levels, body.placed.values(), body.grid)
        try:
            table = cross_sections(mask_path.name, mask, body.grid, numbers)
        except InputError as error:
            log.warning("%s: not written; %s", path, error)
            break
        tell_cut_slices(path, table)
        if levels is not None and table["VertLevel"].isna().all():
            log.warning("%s: none of its levels lies in the mask", levels.path)
        write_csv(table, files.unclaimed(path, options.overwrite))
        log.info("wrote %s", path)
    return found


def _save(
    options: Namespace,
    path: Path,
    data: np.ndarray,
    labels: Sequence[DrawnLabels],
    found: Segmentation,
    grid: Grid,
) -> None:
    sources = distinct_names([own.path for own in labels])
    sidecar = segmentation_sidecar(found.method, grid, "isotropic", sources)
    sidecar |= {
        "DiceWithLabels": [None if np.isnan(value) else round(value, 4) for value in found.dice]
    } | choices(options, "cpu")
    free = files.unclaimed(path, options.overwrite)
    save_volume(free, data, grid.affine, sidecar)
    log.info("wrote %s", free)


def _outputs_named(options: Namespace) -> list[Path]:
    """Occupancy, mask, and for the cord its areas."""
    entity = structure(options.segmentation)
    suffix = next(own for own in files.VOLUME if options.output.name.endswith(own))
    names = [f"probseg{suffix}", f"mask{suffix}", *(["area.csv"] if entity == CORD else [])]
    return [output_path(options.output, entity, name) for name in names]


def _outputs(options: Namespace) -> list[Path]:
    """All files that are written, with sidecars."""
    probseg, mask, *areas = _outputs_named(options)
    return [one.path for path in (probseg, mask) for one in files.volume("", path)] + areas
