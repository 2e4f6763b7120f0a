"""Isotropic spinal cord MRI from thick slices with implicit neural representations."""

__version__ = "0.1.0"
