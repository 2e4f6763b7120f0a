"""Check what `isospine reconstruct` was asked for: arguments and files first, then what only the views tell."""

import logging
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path

from isospine.cli import files
from isospine.cli.changes import change_paths
from isospine.cli.files import Used
from isospine.cli.segmentation import check_segmentation
from isospine.errors import InputError
from isospine.geometry.grid import Grid
from isospine.methods.body import check_enough_planes
from isospine.methods.memory import check_memory, reconstruct_mb
from isospine.methods.registry import (
    FOLLOW_UP_METHOD,
    METHOD,
    SHARED_METHOD,
    check_needs_views_alone,
    method_names,
    recipe_of,
    usable_recipes,
)
from isospine.physics.view import View
from isospine.recipes.baselines import BASELINES
from isospine.recipes.former_names import FORMER_NAMES, present_name, renamed
from isospine.recipes.kinds import kind_of
from isospine.views.acquired import AcquiredView
from isospine.views.contrasts import are_named, distinct_names, distinct_stems
from isospine.words import count, expected_one_of, listed

log = logging.getLogger(__name__)


def check_options(options: Namespace, contrasts: Sequence[str]) -> None:
    """Check what options alone tell, before any file is read.

    Raises
    ------
    InputError
        Naming the option.
    """
    files.check_suffix("-o", options.output, files.VOLUME)
    if options.model:
        files.check_suffix("--model", options.model, files.MODEL)
    if options.report:
        files.check_suffix("--report", options.report, files.PAGE)
    name = None if options.method is None else present_name(options.method)
    several = list(dict.fromkeys(contrasts))
    if len(several) > 1:
        check_shared(options, SHARED_METHOD if name is None else name, ", ".join(several))
    elif name is not None and name not in method_names(earlier=options.earlier is not None):
        check_needs_views_alone("--method", name)
        beside = " beside --earlier" if options.earlier else ""
        known = method_names(earlier=options.earlier is not None)
        raise InputError(f"--method {name or repr(name)}: {expected_one_of(name, known)}{beside}")
    check_thickness_count(options)
    if options.changes and not options.earlier:
        raise InputError(
            "--changes: shows what changed since an earlier scan; name it with --earlier, or leave the option out"
        )
    if options.model and name in BASELINES:
        raise InputError(f"--model: {name} is a baseline and trains no model; leave the option out")


def check_thickness_count(options: Namespace) -> None:
    """Refuse another number of thicknesses than one, or one of each view.

    Raises
    ------
    InputError
        Naming the option.
    """
    stated, wanted = len(options.thickness or [0]), len(options.views)
    if stated not in (1, wanted):
        raise InputError(
            f"--thickness: states {stated} slice thicknesses, and there {'are' if wanted > 1 else 'is'} {count(wanted, 'view')}; "
            "expected one number for all, or one for each view in their order"
        )


def thickness_of(options: Namespace, number: int) -> float | None:
    """Slice thickness in mm that is stated of a view; None where none is."""
    stated: list[float] = options.thickness or []
    return stated[number if len(stated) > 1 else 0] if stated else None


def check_files(options: Namespace, contrasts: Sequence[str]) -> None:
    """Check the files that are read and written.

    Raises
    ------
    InputError
        As the functions of `files`.
    """
    inputs = [one for path in options.views for one in files.volume("view", path)]
    if options.earlier:
        inputs += files.volume("--earlier", options.earlier)
    outputs = []
    for contrast in dict.fromkeys(contrasts):
        outputs += files.volume("-o", own_path(options.output, contrast, contrasts))
        if options.model:
            outputs.append(Used("--model", own_path(options.model, contrast, contrasts)))
    folders = []
    if options.transforms:
        folders.append(Used("--transforms", options.transforms))
        outputs += [Used("--transforms", path) for path in transform_paths(options)]
    if options.changes:
        folders.append(Used("--changes", options.changes))
        outputs += [Used("--changes", path) for path in change_paths(options.changes)]
    if options.report:
        outputs.append(Used("--report", options.report))
    read, written = check_segmentation(options)
    inputs, outputs = [*inputs, *read], [*outputs, *written]
    files.check_outputs(inputs, outputs, options.overwrite, folders)
    files.check_inputs([one for one in inputs if not one.what])
    if options.segmentation:
        files.check_different("--segmentation", options.segmentation)
    files.check_different("views", options.views + [options.earlier] * bool(options.earlier))


def tell_assumptions(options: Namespace) -> None:
    """Log what is assumed of the arguments."""
    if options.method in FORMER_NAMES:
        log.warning("--method %s: %s", options.method, renamed(options.method))
    if not options.contrasts and len(options.views) > 1 and not are_named(options.views):
        log.warning(
            "%s: taken as views of one contrast, since not all names end in a BIDS suffix; --contrasts states others",
            listed(distinct_names(options.views)),
        )


def check_size(
    options: Namespace, name: str, views: Sequence[View], grid: Grid, compared: Sequence[str]
) -> None:
    """Refuse a grid that takes more memory than there is; a report computes baselines that are `compared` too.

    Raises
    ------
    InputError
        As `memory.check_memory`.
    """
    settings = None if name in BASELINES else recipe_of(name)
    sizes = [float(view.data.size) for view in views]
    needed = reconstruct_mb(name, settings, sizes, compared if options.report else ())
    spacing = float(grid.spacing[0])
    stated = (
        f"--spacing {spacing:g}" if options.spacing else f"voxels of {spacing:.3g} mm, as the sharpest view"
    )
    check_memory(stated, grid, spacing, needed)


def chosen_method(options: Namespace, groups: Mapping[str, Sequence[AcquiredView]]) -> str:
    """Name of the method that was asked for, or of the default.

    Raises
    ------
    InputError
        If the method needs views of two planes and has those of one.
    """
    default = FOLLOW_UP_METHOD if options.earlier else METHOD
    name = (
        present_name(options.method) if options.method else (default if len(groups) == 1 else SHARED_METHOD)
    )
    if len(groups) == 1:
        views = [one.view for own in groups.values() for one in own]
        check_enough_planes("--method", name, views)
    return name


def check_shared(options: Namespace, name: str, contrasts: str) -> None:
    """Refuse a method or an option that views of several contrasts cannot have.

    Raises
    ------
    InputError
        If the method is no coordinate network, or an option is for a single contrast.
    """
    recipes = [recipe for recipe, own in usable_recipes().items() if kind_of(own).of_coordinates]
    if name not in recipes:
        raise InputError(
            f"--method {name}: the views are of several contrasts ({contrasts}); expected a network that they can share: one "
            f"of {', '.join(recipes)}; or give the views of one contrast alone, or state it (--contrasts)"
        )
    for option in ("report", "slice_motion", "transforms", "earlier", "changes"):
        if getattr(options, option):
            raise InputError(
                f"--{option.replace('_', '-')}: is for views of one contrast; these are of {contrasts}; leave the option out"
            )


def own_path(path: Path, contrast: str, contrasts: Sequence[str]) -> Path:
    """Path of an output of one contrast: where there are several, its name ends with the contrast."""
    if len(set(contrasts)) == 1:
        return path
    suffix = next(own for own in (*files.VOLUME, *files.MODEL) if path.name.endswith(own))
    name = path.name.removesuffix(suffix)
    return path if name.endswith(f"_{contrast}") else path.with_name(f"{name}_{contrast}{suffix}")


def transform_paths(options: Namespace) -> list[Path]:
    """File of the motion of each view, in the order of the views."""
    return [options.transforms / f"{name}_xfm.tfm" for name in distinct_stems(options.views)]
