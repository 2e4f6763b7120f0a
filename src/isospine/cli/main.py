"""The command `isospine`: one pair of files in, one isotropic volume out, without a BIDS dataset."""

import argparse
import logging
import sys
from collections.abc import Sequence

from isospine.cli import arguments as arguments_of
from isospine.cli.options import METHOD
from isospine.cli.signals import Stopped, stopping_on_signals
from isospine.errors import InputError
from isospine.jobs.log import LineFormatter
from isospine.words import printable


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit code.

    Returns
    -------
    int
        0; 2 for an argument or input that cannot be used, or too little memory or disk; 130 after Ctrl-C, 143 where it was
        asked to terminate. Each of these with one line that says why.
    """
    try:
        with stopping_on_signals():
            run(parser().parse_args(arguments))
    except (InputError, OSError) as error:
        return refuse(str(error), 2)
    except MemoryError:
        return refuse("out of memory; choose a coarser --spacing, or a larger machine", 2)
    except KeyboardInterrupt as stop:
        code = stop.exit_code if isinstance(stop, Stopped) else Stopped().exit_code
        return refuse("stopped; nothing half-written is left, and files that were finished stay", code)
    return 0


def refuse(message: str, code: int) -> int:
    """Print an error on one line, whatever file names hold, and return the exit code."""
    print(printable(f"error: {message}"), file=sys.stderr)
    return code


def run(options: argparse.Namespace) -> None:
    """Run the command of parsed options.

    Raises
    ------
    InputError
        As the command.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter("%(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    # imported here: the help must not wait for torch
    from isospine.cli import reconstruct as reconstruct_command
    from isospine.cli import resample as resample_command

    {"reconstruct": reconstruct_command.run, "resample": resample_command.run}[options.command](options)


def resample() -> int:
    """Run `isospine resample` under its own name, `isospine-resample`."""
    return main(["resample", *sys.argv[1:]])


def parser() -> argparse.ArgumentParser:
    """Options of the command."""
    whole = arguments_of.Parser(prog="isospine", description=__doc__)
    commands = whole.add_subparsers(dest="command", required=True)
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
        type=arguments_of.file,
        help="NIfTI files of one body; the first defines its position",
    )
    add_output(make)
    make.add_argument(
        "--spacing", type=arguments_of.spacing, help="voxel size in mm; default: the smallest of any view"
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
        "--method", default=None, help=f"recipe or baseline; default: {METHOD}, or tv for one plane"
    )
    make.add_argument("--seed", type=arguments_of.seed, default=0, help="seed of the training")
    make.add_argument("--profile", choices=["box", "gaussian"], default="box", help="slice profile")
    make.add_argument(
        "--contrasts",
        type=arguments_of.contrasts,
        help="contrast of all views, or of each (T1w,T2w); default: BIDS suffixes of their names",
    )
    make.add_argument(
        "--no-alignment", action="store_true", help="trust the headers: estimate neither motion nor gain"
    )
    make.add_argument(
        "--slice-motion",
        action="store_true",
        help="estimate the motion of every slice too, and leave out slices that do not fit",
    )
    make.add_argument("--model", type=arguments_of.file, help="also write the trained model (.safetensors)")
    make.add_argument(
        "--transforms",
        type=arguments_of.folder,
        help="folder for the estimated motion of each view (ITK .tfm)",
    )
    make.add_argument(
        "--report",
        type=arguments_of.file,
        help="also write a page (.html) on how far to trust the volume",
    )


def add_resample(again: argparse.ArgumentParser) -> None:
    """Add the options of `isospine resample`."""
    again.add_argument("model", type=arguments_of.file, help="model file (.safetensors)")
    add_output(again)
    again.add_argument(
        "--along",
        type=arguments_of.file,
        help="cord segmentation (NIfTI): straighten the cord along its centreline; with --spacing",
    )
    again.add_argument(
        "--width",
        type=arguments_of.width,
        help="width of the straightened volume in mm; default: 40; with --along",
    )
    where = again.add_mutually_exclusive_group(required=True)
    where.add_argument("--spacing", type=arguments_of.spacing, help="isotropic voxel size in mm")
    where.add_argument(
        "--like",
        type=arguments_of.file,
        help="NIfTI file whose grid to use, such as a single oblique slice",
    )


def add_output(command: argparse.ArgumentParser) -> None:
    """Add the options that say what is written."""
    command.add_argument(
        "-o",
        "--output",
        type=arguments_of.file,
        required=True,
        help="volume to write (.nii.gz or .nii), with its sidecar",
    )
    command.add_argument(
        "--overwrite", action="store_true", help="replace outputs that exist; inputs are never replaced"
    )


if __name__ == "__main__":
    sys.exit(main())
