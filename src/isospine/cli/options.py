"""Describe the options of the command for its sidecars."""

import argparse
from importlib.metadata import version
from typing import Any

import torch

from isospine.jobs.provenance import software_versions
from isospine.jobs.steering import steering_variables


def computation(device: str) -> dict[str, Any]:
    """Describe the kind of device and the software that made a volume, for its sidecar."""
    return {
        "Device": device,
        "Threads": torch.get_num_threads(),
        "Environment": steering_variables(),
        "Software": software_versions() | {"SimpleITK": version("SimpleITK")},
    }


def choices(options: argparse.Namespace, device: str) -> dict[str, Any]:
    """Describe the options, and what they were computed on, for the sidecar of a volume."""
    return {
        "Seed": options.seed,
        "SliceProfile": options.profile,
        "FieldOfView": options.field,
        "Axes": options.axes,
        "Aligned": not options.no_alignment,
        "SliceMotionEstimated": options.slice_motion,
        **({"EarlierScan": options.earlier.name} if options.earlier else {}),
        **computation(device),
    }
