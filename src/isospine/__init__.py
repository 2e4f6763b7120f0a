"""Isotropic spinal cord MRI from thick slices with implicit neural representations.

For people at a prompt. What is listed here is stable, and loaded when it is first used:

`load_views`
    Read thick-slice NIfTI files of one body.
`reconstruct`
    Reconstruct an isotropic volume from views.
`segment`
    Make one isotropic segmentation of labels drawn on views.
`evaluate`
    Measure how close a volume is to a reference.
`load_model`
    Load a trained model, which gives its volume on any grid.
`View`
    A thick-slice image and how it was acquired, for arrays that are no files.
`Grid`
    A voxel grid in world coordinates.

Examples
--------
>>> import isospine
>>> views = isospine.load_views("ax.nii.gz", "sag.nii.gz")
>>> volume = isospine.reconstruct(views, spacing=0.8)
>>> volume.to_filename("iso.nii.gz")
"""

from typing import TYPE_CHECKING, Any

from isospine.version import __version__

if TYPE_CHECKING:
    from isospine.api import Grid, View, evaluate, load_model, load_views, reconstruct, segment

__all__ = ["Grid", "View", "__version__", "evaluate", "load_model", "load_views", "reconstruct", "segment"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from isospine import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return __all__
