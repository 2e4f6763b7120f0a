"""A dataset of one good image, and one for each way in which an image can be bad."""

import gzip
import shutil
from pathlib import Path

import nibabel as nib
import numpy as np
from support.datasets import image_paths
from support.snakemake import make_crops

from isospine.geometry.grid import FloatArray


def break_header(path: Path, affine: list[list[float]]) -> None:
    """Give a compressed NIfTI file an sform that nibabel would not write."""
    content = gzip.decompress(path.read_bytes())
    header = nib.Nifti1Header(content[:348])
    header["sform_code"], header["qform_code"] = 1, 0
    header["srow_x"], header["srow_y"], header["srow_z"] = affine
    path.write_bytes(gzip.compress(header.binaryblock + content[348:]))


def write(path: Path, data: np.ndarray, affine: FloatArray) -> Path:
    path.parent.mkdir(parents=True)
    nib.Nifti1Image(data, affine).to_filename(path)
    return path


#: Subject, and what the error has to say besides its file.
BROKEN = {
    "dangling": ["git-annex's note of MD5E-s1--a", "datalad get"],
    "truncated": ["truncated", "fetch or export it again"],
    "text": ["NIfTI", "expected .nii or .nii.gz|fetch or export it again"],
    "series": ["4 dimensions", "expected a 3-D volume"],
    "nan": ["1 voxels are NaN", "dataset.exclude"],
    "constant": ["every voxel is 7", "dataset.exclude"],
    "thick": ["1 x 1 x 3 mm", "isotropic within 5%", "dataset.exclude"],
    "zero": ["affine", "singular", "sform or qform"],
    "flat": ["affine", "singular", "sform or qform"],
}


def make_broken(folder: Path) -> Path:
    """Make a dataset of one good subject without a segmentation, and one for each way to be bad."""
    make_crops(folder, image_paths(["good"]))
    shutil.rmtree(folder / "derivatives")
    good = nib.load(folder / image_paths(["good"])[0])
    data, affine = np.asarray(good.dataobj).astype(np.float32), good.affine
    file = {subject: folder / image_paths([subject])[0] for subject in BROKEN}
    file["dangling"].parent.mkdir(parents=True)
    file["dangling"].symlink_to("../../.git/annex/objects/aa/bb/MD5E-s1--a/MD5E-s1--a")
    content = write(file["truncated"], data, affine).read_bytes()
    file["truncated"].write_bytes(content[: len(content) // 2])
    write(file["text"], data, affine).write_text("a page about the image\n")
    write(file["series"], np.stack([data] * 3, axis=-1), affine)
    write(file["nan"], np.where(np.arange(data.size).reshape(data.shape) == 999, np.nan, data), affine)
    write(file["constant"], np.full_like(data, 7), affine)
    write(file["thick"], data, affine @ np.diag([1, 1, 3, 1]))
    break_header(write(file["zero"], data, affine), [[0, 0, 0, 0]] * 3)
    break_header(write(file["flat"], data, affine), [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0]])
    return folder
