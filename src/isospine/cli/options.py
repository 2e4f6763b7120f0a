"""Describe the options of the command for its sidecars."""

import argparse
from importlib.metadata import version
from typing import Any

from isospine.jobs.provenance import software_versions
from isospine.jobs.steering import steering_variables

#: Ahead of every baseline or level with the best on views that are oblique to each other, where the stand-ins of
#: `self-prior` lose detail.
METHOD = "fourier"


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
        "Environment": steering_variables(),
        "Software": software_versions() | {"SimpleITK": version("SimpleITK")},
    }
