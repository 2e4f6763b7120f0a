"""The options of the command `isospine`."""

import argparse

from isospine.cli import arguments, run_options, slice_options
from isospine.cli.arguments import ESTIMATED
from isospine.cli.method_list import DEFAULTS, ListMethods
from isospine.methods.registry import METHOD
from isospine.version import __version__

DESCRIPTION = (
    "Isotropic volumes from thick-slice images: of a BIDS dataset (run), or of single files (reconstruct)."
)
RECONSTRUCT = "make an isotropic volume from thick-slice views"
RESAMPLE = "evaluate a trained model on another grid, without training"
CODES = "Exit codes: 0 done; 2 an option or a file cannot be used; 130 after Ctrl-C."
RECONSTRUCT_EXAMPLES = f"""\
examples:
  isospine reconstruct ax.nii.gz sag.nii.gz -o iso.nii.gz                      aligned first, by {METHOD}
  isospine reconstruct ax.nii.gz sag.nii.gz -o iso.nii.gz --report iso.html    and how far to trust the volume
  isospine reconstruct ax.nii.gz sag.nii.gz -o iso.nii.gz --thickness 3,3.3    where no sidecar states it
  isospine reconstruct ax.nii.gz sag.nii.gz -o iso.nii.gz --method fourier --model iso.safetensors
  isospine reconstruct ax.nii.gz sag.nii.gz -o iso.nii.gz --earlier ses-01_T2w.nii.gz --changes changes
  isospine reconstruct --methods                                               what --method can be

{CODES}
"""
RESAMPLE_EXAMPLES = f"""\
examples:
  isospine resample iso.safetensors -o half.nii.gz --spacing 0.5
  isospine resample iso.safetensors -o plane.nii.gz --like plane.nii.gz        the grid of any image
  isospine resample iso.safetensors -o straight.nii.gz --spacing 0.5 --along seg.nii.gz    the cord, straightened

{CODES}
"""


def parser() -> argparse.ArgumentParser:
    """Options of the command."""
    whole = arguments.Parser(prog="isospine", description=DESCRIPTION)
    whole.add_argument("--version", action="version", version=f"isospine {__version__}")
    commands = whole.add_subparsers(dest="command", required=True)
    run_options.add_run(commands)
    run_options.add_others(commands)
    add_reconstruct(arguments.command(commands, "reconstruct", RECONSTRUCT, RECONSTRUCT_EXAMPLES))
    add_resample(arguments.command(commands, "resample", RESAMPLE, RESAMPLE_EXAMPLES))
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
    add_view_options(make.add_argument_group("what the views are"))
    add_volume_options(make.add_argument_group("what is made of them"))
    add_more_outputs(make.add_argument_group("what else is written"))
    add_computation(make)


def add_view_options(views: argparse._ArgumentGroup) -> None:
    """Add what is known of the views."""
    views.add_argument(
        "--thickness",
        type=arguments.thicknesses,
        metavar="MM[,MM...]",
        help="slice thickness in mm, of all views or of each; default: SliceThickness of the sidecars, or slices that touch",
    )
    views.add_argument(
        "--profile",
        choices=["box", "gaussian", ESTIMATED],
        default="box",
        help="slice profile; estimated: what the views show of each other, where it predicts held-out slices better than "
        "the stated thickness and a box",
    )
    views.add_argument(
        "--contrasts",
        type=arguments.contrasts,
        help="contrast of all views, or of each (T1w,T2w); default: BIDS suffixes of their names",
    )
    views.add_argument(
        "--no-alignment",
        action="store_true",
        help="trust the headers on where views are: match only their brightness",
    )
    views.add_argument(
        "--slice-motion",
        action="store_true",
        help="estimate the motion of every slice too, and leave out slices that do not fit",
    )
    views.add_argument(
        "--earlier",
        type=arguments.file,
        help="an earlier scan of the same person (NIfTI, about isotropic): what it shows is kept where the views do not say otherwise",
    )


def add_volume_options(volume: argparse._ArgumentGroup) -> None:
    """Add the method and the grid."""
    volume.add_argument(
        "--method",
        default=None,
        metavar="NAME",
        help=f"recipe or baseline; default: {DEFAULTS}",
    )
    volume.add_argument("--methods", action=ListMethods, help="list the recipes and baselines, and exit")
    volume.add_argument(
        "--spacing", type=arguments.spacing, help="voxel size in mm; default: the smallest of any view"
    )
    volume.add_argument(
        "--field", choices=["union", "intersection"], default="intersection", help="what the volume covers"
    )
    volume.add_argument(
        "--axes",
        choices=["view", "scanner"],
        default="view",
        help="axes of the volume: those of the first view",
    )
    volume.add_argument("--seed", type=arguments.seed, default=0, help="seed of the training")


def add_more_outputs(more: argparse._ArgumentGroup) -> None:
    """Add what is written beside the volume."""
    more.add_argument(
        "--changes",
        type=arguments.folder,
        help="folder for what changed since the earlier scan: maps, a table and a page; with --earlier",
    )
    more.add_argument("--model", type=arguments.file, help="also write the trained model (.safetensors)")
    more.add_argument(
        "--segmentation",
        nargs="+",
        type=arguments.file,
        help="labels drawn on views (NIfTI on the voxels of one each; binary, or fractions): also write one isotropic segmentation, "
        "and the areas of the cord",
    )
    more.add_argument(
        "--levels",
        type=arguments.file,
        help="numbers of vertebral levels (NIfTI on the voxels of a view): areas of the cord by level too; with --segmentation",
    )
    more.add_argument(
        "--transforms",
        type=arguments.folder,
        help="folder for the estimated motion of each view (ITK .tfm)",
    )
    more.add_argument(
        "--report",
        type=arguments.file,
        help="also write a page (.html) on how far to trust the volume",
    )


def add_resample(again: argparse.ArgumentParser) -> None:
    """Add the options of `isospine resample`."""
    again.add_argument("model", type=arguments.file, help="model file (.safetensors)")
    add_output(again)
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
    slice_options.add_options(again)
    add_computation(again)


def add_computation(command: argparse.ArgumentParser) -> None:
    """Add what a command computes on, and how much it says."""
    how = command.add_argument_group("how it runs")
    how.add_argument(
        "--device",
        choices=["auto", "cpu", "cuda"],
        default="auto",
        help="what networks compute on: a GPU (cuda) or the CPU; default: a GPU where PyTorch sees one",
    )
    how.add_argument(
        "--threads",
        type=arguments.threads,
        metavar="N",
        help="processor threads, at most; default: what the libraries choose, mostly one for each core. The last digits of a "
        "result may depend on their number (docs/reliability.md); the sidecar names it",
    )
    much = how.add_mutually_exclusive_group()
    much.add_argument(
        "-v", "--verbose", action="store_true", help="also say when and where each line comes from"
    )
    much.add_argument("-q", "--quiet", action="store_true", help="say only warnings and errors")


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
