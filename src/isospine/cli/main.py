"""The command `isospine`: one pair of files in, one isotropic volume out, without a BIDS dataset."""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from isospine.cli.options import METHOD
from isospine.errors import InputError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit code: 0, or 2 for an input that cannot be used."""
    options = parser().parse_args(arguments)
    logging.basicConfig(format="%(message)s", level=logging.INFO, stream=sys.stderr)
    # imported here: the help must not wait for torch
    from isospine.cli import reconstruct as reconstruct_command
    from isospine.cli import resample as resample_command

    run = {"reconstruct": reconstruct_command.run, "resample": resample_command.run}[options.command]
    try:
        run(options)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def resample() -> int:
    """Run `isospine resample` under its own name, `isospine-resample`."""
    return main(["resample", *sys.argv[1:]])


def parser() -> argparse.ArgumentParser:
    """Options of the command."""
    whole = argparse.ArgumentParser(prog="isospine", description=__doc__)
    commands = whole.add_subparsers(dest="command", required=True)

    make = commands.add_parser(
        "reconstruct", help="make an isotropic volume from thick-slice views of one body"
    )
    make.add_argument(
        "views", nargs="+", type=Path, help="NIfTI files; the first defines the position of the body"
    )
    make.add_argument("-o", "--output", type=Path, required=True, help="volume to write (.nii.gz)")
    make.add_argument("--spacing", type=length, help="voxel size in mm; default: the smallest of any view")
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
        "--method", default=None, help=f"recipe or baseline; default: {METHOD}, or tv for one plane"
    )
    make.add_argument("--seed", type=int, default=0, help="seed of the training")
    make.add_argument("--profile", choices=["box", "gaussian"], default="box", help="slice profile")
    make.add_argument(
        "--no-alignment", action="store_true", help="trust the headers: estimate neither motion nor gain"
    )
    make.add_argument(
        "--slice-motion",
        action="store_true",
        help="estimate the motion of every slice too, and leave out slices that do not fit",
    )
    make.add_argument("--model", type=Path, help="also write the trained model (.safetensors)")
    make.add_argument(
        "--transforms", type=Path, help="folder for the estimated motion of each view (ITK .tfm)"
    )
    make.add_argument("--report", type=Path, help="also write a page (.html) on how far to trust the volume")

    again = commands.add_parser("resample", help="evaluate a trained model on another grid, without training")
    again.add_argument("model", type=Path, help="model file (.safetensors)")
    again.add_argument("-o", "--output", type=Path, required=True, help="volume to write (.nii.gz)")
    again.add_argument(
        "--along",
        type=Path,
        help="cord segmentation (NIfTI): straighten the cord along its centreline; with --spacing",
    )
    again.add_argument(
        "--width", type=length, default=40.0, help="width of the straightened volume in mm; default: 40"
    )
    where = again.add_mutually_exclusive_group(required=True)
    where.add_argument("--spacing", type=length, help="isotropic voxel size in mm")
    where.add_argument(
        "--like", type=Path, help="NIfTI file whose grid to use, such as a single oblique slice"
    )
    return whole


def length(text: str) -> float:
    """Positive number of millimetres."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text}: expected a length in mm above 0")
    return value


if __name__ == "__main__":
    sys.exit(main())
