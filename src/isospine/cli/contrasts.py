"""`isospine reconstruct` on views of several contrasts: one network, one volume for each contrast."""

import logging
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path

from isospine.cli.options import METHOD, choices
from isospine.dataset.bids import reconstruction_sidecar
from isospine.errors import InputError
from isospine.io.nifti import save_volume
from isospine.methods.registry import usable_recipes
from isospine.models.coordinate.contrasts import train_contrasts
from isospine.physics.output_grid import axes_directions, output_grid, sharpest_spacing
from isospine.recipes.hyperparameters import Hyperparameters
from isospine.training.files import save_model
from isospine.views.acquired import AcquiredView
from isospine.views.place import place_contrasts

log = logging.getLogger(__name__)


def contrast_of(path: Path) -> str:
    """BIDS suffix of a file name, such as `T2w`; files that are not named as BIDS does are of one contrast."""
    stem = path.name.removesuffix(".gz").removesuffix(".nii")
    return stem.split("_")[-1] if stem.startswith("sub-") else "image"


def by_contrast(acquired: Sequence[AcquiredView]) -> dict[str, list[AcquiredView]]:
    """Views of each contrast, in the order of the files."""
    groups: dict[str, list[AcquiredView]] = {}
    for one in acquired:
        groups.setdefault(contrast_of(one.path), []).append(one)
    return groups


def run_contrasts(options: Namespace, groups: Mapping[str, Sequence[AcquiredView]]) -> None:
    """Reconstruct every contrast with a shared network, and write a volume of each.

    Raises
    ------
    InputError
        If the method is no coordinate network, or an option is for a single contrast.
    """
    name = options.method or METHOD
    recipes = {key: value for key, value in usable_recipes().items() if value["model"] == "coordinate"}
    listed = ", ".join(groups)
    if name not in recipes:
        raise InputError(
            f"--method {name}: the views are of several contrasts ({listed}); expected a network that they can share: one "
            f"of {', '.join(recipes)}; or give the views of one contrast alone"
        )
    for option in ("report", "slice_motion", "transforms"):
        if getattr(options, option):
            raise InputError(
                f"--{option.replace('_', '-')}: is for views of one contrast; these are of {listed}; leave the option out"
            )
    views = [one.view for group in groups.values() for one in group]
    spacing = options.spacing or sharpest_spacing(views)
    directions = axes_directions(views, options.axes)
    output_grid(views, spacing, options.field, directions)
    found = place_contrasts(groups, not options.no_alignment, False)
    placed = {contrast: one.stacks for contrast, one in found.items()}
    grid = output_grid(
        [view for group in placed.values() for view in group], spacing, options.field, directions
    )
    log.info("%s for %s on %s voxels of %.3g mm", name, listed, " x ".join(map(str, grid.shape)), spacing)
    settings = Hyperparameters(**recipes[name] | {"contrasts": "shared"})
    provenance = {"image": next(iter(groups.values()))[0].path.name, "method": name, "recipe": name}
    models, _ = train_contrasts(placed, settings, options.seed, provenance, grids=dict.fromkeys(placed, grid))
    for contrast, model in models.items():
        if options.model:
            save_model(model, with_contrast(options.model, contrast))
        output = with_contrast(options.output, contrast)
        sources = [one.path.name for group in groups.values() for one in group]
        sidecar = reconstruction_sidecar(f"{name}, with {listed} in one network", grid, "isotropic", sources)
        save_volume(output, model.reconstruct(grid), grid.affine, sidecar | choices(options))
        log.info("wrote %s", output)


def with_contrast(path: Path, contrast: str) -> Path:
    """Path with a contrast at the end of its name, where it does not end so already."""
    stem, dot, suffix = path.name.partition(".")
    return path if stem.endswith(f"_{contrast}") else path.with_name(f"{stem}_{contrast}{dot}{suffix}")
