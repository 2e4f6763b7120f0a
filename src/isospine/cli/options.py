"""Describe the options of the command for its sidecars."""

import argparse
from importlib.metadata import version
from typing import Any

from isospine.jobs.provenance import software_versions
from isospine.jobs.steering import steering_variables

#: Ahead of every other method on aligned views, on those of one plane, and on noisy oblique ones, in a tenth of the time of
#: `fourier`; behind iterative back-projection on one oblique pair without noise, which nearly determined the volume.
METHOD = "pretrained"

#: The network that views of several contrasts share.
SHARED_METHOD = "fourier"
#: What views are reconstructed by beside an earlier scan.
FOLLOW_UP_METHOD = "follow-up"
#: Value of `--profile` for the slice profiles that views show of each other.
ESTIMATED = "estimated"


def choices(options: argparse.Namespace, device: str) -> dict[str, Any]:
    """Describe the options, the kind of device and the software that made a volume, for its sidecar."""
    return {
        "Seed": options.seed,
        "Device": device,
        "SliceProfile": options.profile,
        "FieldOfView": options.field,
        "Axes": options.axes,
        "Aligned": not options.no_alignment,
        "SliceMotionEstimated": options.slice_motion,
        **({"EarlierScan": options.earlier.name} if options.earlier else {}),
        "Environment": steering_variables(),
        "Software": software_versions() | {"SimpleITK": version("SimpleITK")},
    }
