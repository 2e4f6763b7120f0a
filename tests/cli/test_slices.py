"""`isospine resample --thickness`: slices that were never acquired, as a user asks for them."""

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from support.acquired_pairs import write_pair

from isospine.cli.main import main
from isospine.geometry.grid import Grid
from isospine.geometry.resample import resample
from isospine.io.nifti import load_grid, load_volume, save_volume
from isospine.methods import memory, registry
from isospine.physics.virtual_slices import Slab, SlicePlanes, virtual_slices


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a model, its volume iso.nii.gz, a stack of slices, and a straight cord's segmentation."""
    folder = tmp_path_factory.mktemp("trained")
    paths, _ = write_pair(folder, shape=(28, 32, 40))
    known = registry.known_recipes()
    quick = {"fourier": known["fourier"] | {"L": 8, "width": 16, "hidden_layers": 1, "epochs": 1}}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(registry, "known_recipes", lambda: known | quick)
        options = ["--method", "fourier", "--no-alignment", "--model", str(folder / "m.safetensors")]
        assert main(["reconstruct", *map(str, paths), "-o", str(folder / "iso.nii.gz"), *options]) == 0
    image, affine = load_volume(folder / "iso.nii.gz")
    mask = np.zeros(image.shape, np.uint8)
    mask[12:17, 14:19] = 1
    save_volume(folder / "seg.nii.gz", mask, affine)
    turn = np.array([[1, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]])
    stack = affine.copy()
    stack[:3, :3] = affine[:3, :3] @ turn @ np.diag([1, 1, 5])
    save_volume(folder / "stack.nii.gz", np.zeros((24, 24, 7), np.float32), stack)
    nib.Nifti1Image(np.zeros((24, 24), np.float32), stack).to_filename(folder / "flat.nii")
    return folder


@pytest.fixture
def resampled(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Resample the model with options, in its folder, and give the image, grid and sidecar."""
    monkeypatch.chdir(trained)

    def run(*options: object):
        output = tmp_path / "out.nii.gz"
        arguments = ["resample", "m.safetensors", "-o", str(output), "--overwrite", *map(str, options)]
        assert main(arguments) == 0
        image, affine = load_volume(output)
        return image, Grid(image.shape, affine), json.loads((tmp_path / "out.json").read_text())

    return run


def test_slices_of_an_oblique_stack(resampled, trained: Path, caplog: pytest.LogCaptureFixture) -> None:
    image, grid, sidecar = resampled("--like", "stack.nii.gz", "--thickness", 4)
    assert image.shape == (24, 24, 7)
    assert (sidecar["SliceThickness"], sidecar["SpacingBetweenSlices"]) == pytest.approx((4, 5), rel=1e-5)
    assert (sidecar["SliceProfile"], sidecar["Projection"]) == ("box", "mean")
    assert "never acquired" in sidecar["Description"] and "ProjectionBias" not in sidecar
    said = caplog.text
    assert "beyond the field of view of the model" in said and "--project" not in said
    # as of the volume, through the same operator
    iso, affine = load_volume(trained / "iso.nii.gz")
    own, slab = Grid(iso.shape, affine), Slab(4.0)
    planes = SlicePlanes.of_slices(grid, 2, slab, 1.0)
    expected, known = virtual_slices(lambda at: resample(iso, own, at), own, planes, slab)
    assert known.mean() > 0.3 and (image[~known] == 0).all()
    assert np.abs(image - expected)[known].mean() < 0.02 * np.ptp(iso)


def test_a_maximum_projection_says_that_it_is_biased(resampled, caplog: pytest.LogCaptureFixture) -> None:
    slices = ("--like", "stack.nii.gz", "--thickness", 8)
    mean, *_ = resampled(*slices)
    assert "--project" not in caplog.text
    largest, _, sidecar = resampled(*slices, "--project", "max")
    assert "--project max: the maximum is lower" in caplog.text
    assert sidecar["Projection"] == "max" and "lower than that of the body" in sidecar["ProjectionBias"]
    assert "SliceProfile" not in sidecar
    smallest, _, sidecar = resampled(*slices, "--project", "min")
    assert "higher" in sidecar["ProjectionBias"]
    known = mean > 0
    assert (smallest[known] <= mean[known] + 1).all() and (mean[known] <= largest[known] + 1).all()


@pytest.mark.parametrize(("plane", "axis"), [(None, 2), ("axial", 2), ("coronal", 1), ("sagittal", 0)])
def test_slices_along_the_cord(resampled, plane: str | None, axis: int) -> None:
    along = ("--spacing", 1, "--along", "seg.nii.gz", "--width", 14)
    thin, whole, _ = resampled(*along)
    image, grid, sidecar = resampled(*along, "--thickness", 4, *(["--plane", plane] if plane else []))
    assert grid.spacing[axis] == pytest.approx(4)
    np.testing.assert_allclose(np.delete(grid.spacing, axis), 1)
    # of the width of 14 mm three slices, the middle one along the cord
    assert image.shape[axis] == (9 if axis == 2 else 3)
    assert "straightened along" in sidecar["Resolution"] and sidecar["SpacingBetweenSlices"] == 4
    slab = Slab(4.0)
    planes = SlicePlanes.of_slices(grid, axis, slab, 1.0)
    expected, known = virtual_slices(lambda at: resample(thin, whole, at), whole, planes, slab)
    assert known.all() and np.abs(image - expected).max() < 0.02 * np.ptp(thin)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--spacing", "1", "--thickness", "4"], "--thickness: goes with --like"),
        (["--like", "stack.nii.gz", "--project", "max"], "--project: goes with --thickness"),
        (["--like", "stack.nii.gz", "--plane", "axial"], "--plane: goes with --thickness"),
        (["--like", "stack.nii.gz", "--profile", "box"], "--profile: goes with --thickness"),
        (
            ["--like", "stack.nii.gz", "--thickness", "4", "--project", "max", "--profile", "box"],
            "--profile: has no effect with --project max",
        ),
        (["--like", "stack.nii.gz", "--thickness", "0"], "expected a length in mm"),
        (
            ["--like", "stack.nii.gz", "--thickness", "0.001"],
            "--thickness 0.001: is thin beside the voxels of 1 mm",
        ),
        (
            ["--like", "stack.nii.gz", "--thickness", "300"],
            "slices of 300 mm with a box profile: none lies inside",
        ),
        (["--spacing", "90"], "--spacing 90: no voxel of it fits"),
        (
            ["--spacing", "1", "--along", "iso.nii.gz"],
            "as an image of intensities does; expected a segmentation",
        ),
        (["--like", "flat.nii"], "save a slice with a third axis of one voxel"),
        (["--like", "stack.nii.gz", "--thickness", "4", "--project", "sum"], "--project"),
        (["--like", "iso.nii.gz", "--thickness", "4"], "do not say which plane"),
        (
            [
                "--spacing",
                "1",
                "--along",
                "seg.nii.gz",
                "--width",
                "10",
                "--thickness",
                "15",
                "--plane",
                "coronal",
            ],
            "no coronal slice of it fits",
        ),
    ],
)
def test_what_cannot_be_is_refused(
    trained: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(trained)
    output = tmp_path / "no.nii.gz"
    assert main(["resample", "m.safetensors", "-o", str(output), *options]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert list(tmp_path.iterdir()) == []


def test_the_memory_of_its_planes_is_checked(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(trained)
    monkeypatch.setattr(memory, "machine_memory_mb", lambda: 100.0)
    stack = ("resample", "m.safetensors", "-o", str(tmp_path / "no.nii.gz"), "--like", "stack.nii.gz")
    assert main([*stack, "--thickness", "0.1"]) == 2
    assert "--like in slices of 0.1 mm: 24 x 24 x" in capsys.readouterr().err
    assert load_grid("stack.nii.gz")[0] == (24, 24, 7)
