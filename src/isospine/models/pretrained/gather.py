"""Gather the isotropic images that weights learn from, from files and BIDS datasets."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from isospine.dataset.index import index_dataset
from isospine.errors import InputError
from isospine.geometry.grid import Volume
from isospine.io.nifti import check_isotropic, load_volume


def gather_bodies(places: Sequence[Path], contrast: str) -> dict[str, Volume]:
    """Read isotropic images, by the names of their files.

    Parameters
    ----------
    places : sequence of Path
        Images, and folders of BIDS datasets, of which every raw image of one contrast is taken.
    contrast : str
        BIDS suffix of the images of datasets, such as T2w.

    Raises
    ------
    InputError
        If a file cannot be read, is not isotropic or has the name of another, or a folder is no BIDS dataset or has no such
        image.
    """
    bodies: dict[str, Volume] = {}
    origins: dict[str, Path] = {}
    for path in _files(places, contrast):
        if path.name in bodies:
            raise InputError(
                f"{path}: {origins[path.name]} has the same name, by which the weights know a body; give one of them another"
            )
        volume, affine = load_volume(path)
        check_isotropic(path, affine)
        bodies[path.name], origins[path.name] = volume, path
    return bodies


def _files(places: Sequence[Path], contrast: str) -> Iterator[Path]:
    for place in places:
        if place.is_dir():
            yield from (place / path for path in index_dataset(place, [contrast])["path"])
        else:
            yield place
