"""The options of slices that were never acquired, of `isospine resample`."""

import argparse

from isospine.cli import arguments


def add_options(again: argparse.ArgumentParser) -> None:
    """Add the options of slices to `isospine resample`."""
    again.add_argument(
        "--thickness",
        type=arguments.width,
        help="slice thickness in mm: of the slices of --like, or of touching slices of the cord with --along",
    )
    again.add_argument(
        "--plane",
        choices=["axial", "sagittal", "coronal"],
        help="plane of these slices; default: across the longest voxels of --like, axial with --along",
    )
    again.add_argument(
        "--profile", choices=["box", "gaussian"], help="slice profile; default: box; with --thickness"
    )
    again.add_argument(
        "--project",
        choices=["mean", "max", "min"],
        help="mean over the slice profile, or the largest or smallest value over the thickness; default: mean",
    )
