"""Bodies are recognised in crops, turned, mirrored and rescaled; others are not."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.volumes import smooth_image

from isospine.geometry.grid import Volume
from isospine.io.nifti import load_volume
from isospine.models.pretrained.bodies import fingerprints, pack_bodies, recognised, unpack_bodies


def body(seed: int) -> Volume:
    return smooth_image((70, 80, 60), sigma=0.7, seed=seed)


KNOWN = {name: fingerprints(body(seed)) for name, seed in (("one", 1), ("two", 2))}

CHANGES: dict[str, Callable[[Volume], Volume]] = {
    "the same": lambda image: image,
    "a crop": lambda image: image[20:55, 10:60, 5:50],
    "mirrored": lambda image: image[::-1, :, ::-1],
    "axes in another order": lambda image: np.ascontiguousarray(image.transpose(2, 0, 1)),
    "another unit": lambda image: 256 * image + 512,
    "a gamma": lambda image: (image - image.min()) ** 2,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_body_is_recognised(change: Callable[[Volume], Volume]) -> None:
    assert recognised(change(body(1)), KNOWN) == ["one"]


@pytest.mark.parametrize(
    "image", [body(3), np.zeros((40, 40, 40), np.float32), np.ones((3, 4, 5), np.float32)],
    ids=["another", "constant", "tiny"],
)  # fmt: skip
def test_others_are_not(image: Volume) -> None:
    assert recognised(image, KNOWN) == []


def test_fingerprints_survive_a_file() -> None:
    again = unpack_bodies(pack_bodies(KNOWN))
    assert again.keys() == KNOWN.keys()
    assert all(np.array_equal(again[name], KNOWN[name]) for name in KNOWN)


def test_real_bodies_are_told_apart(test_data: Path) -> None:
    paths = sorted(test_data.glob("real-*/sub-*/anat/*_T?w.nii.gz"))
    images = {str(path): load_volume(path)[0] for path in paths}
    known = {path: fingerprints(image) for path, image in images.items() if "real-t2w" in path}
    for path, image in images.items():
        own = {other.split("/")[-1] for other in recognised(image, known)}
        there = {other.split("/")[-1] for other in known if Path(other).name == Path(path).name}
        assert own == there, path
