"""The options of the command `isospine`."""

import argparse

from isospine.cli import arguments, run_options
from isospine.cli.options import ESTIMATED
from isospine.methods.registry import FOLLOW_UP_METHOD, METHOD, SHARED_METHOD
from isospine.version import __version__

DESCRIPTION = (
    "Isotropic volumes from thick-slice images: of a BIDS dataset (run), or of single files (reconstruct)."
)


def parser() -> argparse.ArgumentParser:
    """Options of the command."""
    whole = arguments.Parser(prog="isospine", description=DESCRIPTION)
    whole.add_argument("--version", action="version", version=f"isospine {__version__}")
    commands = whole.add_subparsers(dest="command", required=True)
    run_options.add_run(commands)
    run_options.add_others(commands)
    add_reconstruct(
        commands.add_parser("reconstruct", help="make an isotropic volume from thick-slice views")
    )
    add_resample(
        commands.add_parser("resample", help="evaluate a trained model on another grid, without training")
    )
    return whole


def add_reconstruct(make: argparse.ArgumentParser) -> None:
    """Add the options of `isospine reconstruct`."""
    make.add_argument(
        "views",
        nargs="+",
        type=arguments.file,
        help="NIfTI files of one body; the first defines its position",
    )
    add_output(make)
    add_device(make)
    make.add_argument(
        "--spacing", type=arguments.spacing, help="voxel size in mm; default: the smallest of any view"
    )
    make.add_argument(
        "--field", choices=["union", "intersection"], default="intersection", help="what the volume covers"
    )
    make.add_argument(
        "--axes",
        choices=["view", "scanner"],
        default="view",
        help="axes of the volume: those of the first view",
    )
    make.add_argument(
        "--method",
        default=None,
        help=f"recipe or baseline; default: {METHOD}, {SHARED_METHOD} for several contrasts, {FOLLOW_UP_METHOD} with --earlier",
    )
    make.add_argument("--seed", type=arguments.seed, default=0, help="seed of the training")
    make.add_argument(
        "--profile",
        choices=["box", "gaussian", ESTIMATED],
        default="box",
        help="slice profile; estimated: what the views show of each other, where it predicts held-out slices better than "
        "the stated thickness and a box",
    )
    make.add_argument(
        "--contrasts",
        type=arguments.contrasts,
        help="contrast of all views, or of each (T1w,T2w); default: BIDS suffixes of their names",
    )
    make.add_argument(
        "--no-alignment",
        action="store_true",
        help="trust the headers on where views are: match only their brightness",
    )
    make.add_argument(
        "--slice-motion",
        action="store_true",
        help="estimate the motion of every slice too, and leave out slices that do not fit",
    )
    make.add_argument(
        "--earlier",
        type=arguments.file,
        help="an earlier scan of the same person (NIfTI, about isotropic): what it shows is kept where the views do not say otherwise",
    )
    make.add_argument(
        "--changes",
        type=arguments.folder,
        help="folder for what changed since the earlier scan: maps, a table and a page; with --earlier",
    )
    make.add_argument("--model", type=arguments.file, help="also write the trained model (.safetensors)")
    make.add_argument(
        "--transforms",
        type=arguments.folder,
        help="folder for the estimated motion of each view (ITK .tfm)",
    )
    make.add_argument(
        "--report",
        type=arguments.file,
        help="also write a page (.html) on how far to trust the volume",
    )


def add_resample(again: argparse.ArgumentParser) -> None:
    """Add the options of `isospine resample`."""
    again.add_argument("model", type=arguments.file, help="model file (.safetensors)")
    add_output(again)
    add_device(again)
    again.add_argument(
        "--along",
        type=arguments.file,
        help="cord segmentation (NIfTI): straighten the cord along its centreline; with --spacing",
    )
    again.add_argument(
        "--width",
        type=arguments.width,
        help="width of the straightened volume in mm; default: 40; with --along",
    )
    where = again.add_mutually_exclusive_group(required=True)
    where.add_argument("--spacing", type=arguments.spacing, help="isotropic voxel size in mm")
    where.add_argument(
        "--like",
        type=arguments.file,
        help="NIfTI file whose grid to use, such as a single oblique slice",
    )


def add_device(command: argparse.ArgumentParser) -> None:
    """Add the option that says what networks compute on."""
    command.add_argument(
        "--device",
        choices=["auto", "cpu", "cuda"],
        default="auto",
        help="what networks compute on: a GPU (cuda) or the CPU; default: a GPU where PyTorch sees one",
    )


def add_output(command: argparse.ArgumentParser) -> None:
    """Add the options that say what is written."""
    command.add_argument(
        "-o",
        "--output",
        type=arguments.file,
        required=True,
        help="volume to write (.nii.gz or .nii), with its sidecar",
    )
    command.add_argument(
        "--overwrite", action="store_true", help="replace outputs that exist; inputs are never replaced"
    )
