"""Labels drawn on views become one segmentation, and bad ones are refused before anything is computed."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support.acquired_pairs import make_body, tilted_tube, write_labels, write_pair

from isospine.cli import reconstruct as reconstruct_command
from isospine.cli.main import main
from isospine.cli.segmentation import output_path
from isospine.geometry.grid import Grid
from isospine.geometry.resample import resample
from isospine.io.nifti import load_labels, load_volume, save_volume
from isospine.segmentation.agreement import dice
from isospine.segmentation.area import COLUMNS


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two views between which the body moved, and labels of the cord on each."""
    views = write_pair(tmp_path_factory.mktemp("pair"))[0]
    return [*views, *write_labels(views)]


@pytest.fixture
def copies(pair: list[Path], tmp_path: Path) -> list[Path]:
    """Copies that a test may spoil."""
    for path in pair[0].parent.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return [tmp_path / path.name for path in pair]


def run(*arguments: object) -> int:
    return main(["reconstruct", *map(str, arguments)])


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The one line of an error, of a command that leaves nothing behind."""
    output = Path(str(arguments[arguments.index("-o") + 1]))
    assert run(*arguments) == 2
    assert not list(output.parent.glob("iso*"))
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("error: ")
    return line


@pytest.mark.slow
def test_labels_of_both_views_become_one_segmentation(pair: list[Path], tmp_path: Path) -> None:
    axial, sagittal, *labels = pair
    levels, affine = load_volume(labels[0])
    levels[:, :, : levels.shape[2] // 2] *= 4
    levels[:, :, levels.shape[2] // 2 :] *= 3
    save_volume(tmp_path / "levels.nii.gz", levels, affine)
    output = tmp_path / "sub-01_desc-iso_T2w.nii.gz"
    given = ["--segmentation", *labels, "--levels", tmp_path / "levels.nii.gz"]
    page = tmp_path / "page.html"
    assert run(axial, sagittal, "-o", output, "--method", "linear", *given, "--report", page) == 0
    image, own = load_volume(output)
    probseg, place = load_volume(tmp_path / "sub-01_label-SC_desc-iso_probseg.nii.gz")
    mask = load_labels(tmp_path / "sub-01_label-SC_desc-iso_mask.nii.gz")
    np.testing.assert_array_equal(place, own)
    np.testing.assert_array_equal(mask, probseg > 0.5)
    grid = make_body()[1]
    truth = resample(tilted_tube(grid).astype(np.float32), grid, Grid(image.shape, own), 1) > 0.5
    assert dice(mask > 0, truth) > 0.95
    sidecar = json.loads((tmp_path / "sub-01_label-SC_desc-iso_probseg.json").read_text())
    assert sidecar["Sources"] == [path.name for path in labels]
    assert sidecar["Description"].endswith("distance-spline")
    assert min(sidecar["DiceWithLabels"]) > 0.95
    text = page.read_text()
    for path, value in zip(labels, sidecar["DiceWithLabels"], strict=True):
        assert re.search(rf"{path.name}</th><td[^>]*>{value:.3f}<", text)
    assert 'alt="Outline of the segmentation in two planes, and its area"' in text
    table = pd.read_csv(tmp_path / "sub-01_label-SC_desc-iso_area.csv")
    assert tuple(table) == COLUMNS
    assert table["VertLevel"].tolist()[-2:] == [3, 4]
    np.testing.assert_allclose(table["MEAN(area)"].iloc[-2:], np.pi * 25 * np.cos(np.arctan(0.15)), rtol=0.06)


def test_soft_labels_of_one_view(pair: list[Path], tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    data, affine = load_volume(pair[2])
    save_volume(tmp_path / "label-lesion_seg.nii.gz", data * np.float32(0.8), affine)
    given = [pair[0], "-o", tmp_path / "iso.nii.gz", "--method", "linear", "--no-alignment"]
    assert run(*given, "--segmentation", tmp_path / "label-lesion_seg.nii.gz") == 0
    assert "drawn in one plane alone" in caplog.text
    names = {path.name for path in tmp_path.glob("iso_*")}  # areas are of the cord
    assert names == {
        f"iso_label-lesion_{kind}.{end}" for kind in ("mask", "probseg") for end in ("json", "nii.gz")
    }
    assert json.loads((tmp_path / "iso_label-lesion_mask.json").read_text())["Description"].endswith("tv")


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("empty", "every voxel is 0"),
        ("values", "holds values from 0 to 2.5"),
        ("several", "holds 2 labels (1 and 2)"),
        ("shape", "is that of no view (sub-01_acq-ax_T2w.nii.gz and sub-01_acq-sag_T2w.nii.gz)"),
        ("shifted", "is that of no view"),
    ],
)
def test_bad_labels_are_refused_at_once(
    copies: list[Path],
    what: str,
    told: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reconstruct_command, "reconstruct_body", None)  # nothing is computed
    axial, sagittal, label, _ = copies
    data, affine = load_volume(label)
    match what:
        case "empty":
            data[:] = 0
        case "values":
            data *= 2.5
            data[0, 0, 0] = 1.2
        case "several":
            data[:, :, :3] *= 2
        case "shape":
            data = data[1:]
        case "shifted":
            affine[0, 3] += 1
    save_volume(label, data, affine)
    line = refused(
        capsys, axial, sagittal, "-o", label.with_name("iso.nii.gz"), "--segmentation", label, copies[3]
    )
    assert line.startswith(f"error: {label}")
    assert told in line


def test_options_and_files_that_do_not_go_together(
    copies: list[Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconstruct_command, "reconstruct_body", None)
    axial, sagittal, label, other = copies
    given = [axial, sagittal, "-o", label.with_name("iso.nii.gz")]
    assert "name that with --segmentation" in refused(capsys, *given, "--levels", label)
    lesion = label.with_name("label-lesion_seg.nii.gz")
    lesion.write_bytes(label.read_bytes())
    assert "several structures (label-SC and label-lesion)" in refused(
        capsys, *given, "--segmentation", other, lesion
    )
    assert "the labels are of label-lesion" in refused(
        capsys, *given, "--segmentation", lesion, "--levels", label
    )
    again = label.with_name("again.nii.gz")
    again.write_bytes(label.read_bytes())
    assert f"drawn on {axial}, as {label}" in refused(capsys, *given, "--segmentation", label, again)
    levels = label.with_name("levels.nii.gz")
    data, affine = load_volume(label)
    save_volume(levels, data * np.float32(1.5), affine)
    line = refused(capsys, *given, "--segmentation", label, "--levels", levels)
    assert "expected 0 and the numbers of vertebral levels" in line
    taken = label.with_name("cord_label-SC_mask.nii.gz")
    taken.write_bytes(b"")
    assert run(axial, sagittal, "-o", label.with_name("cord.nii.gz"), "--segmentation", label) == 2
    assert "cord_label-SC_mask.nii.gz: exists already" in capsys.readouterr().err


def test_labels_on_views_of_one_grid_go_by_their_order(
    copies: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    axial, _, label, _ = copies
    repeat, second = (path.with_name(f"second_{path.name}") for path in (axial, label))
    for source, target in ((axial, repeat), (label, second)):
        data, affine = load_volume(source)
        noise = 0 if source == label else np.random.default_rng(0).normal(scale=20, size=data.shape)
        save_volume(target, (data + noise).astype(np.float32), affine, {"SliceThickness": 4.0})
    given = [
        axial, repeat, "-o", label.with_name("iso.nii.gz"), "--method", "linear", "--no-alignment", "--contrasts", "T2w",
    ]  # fmt: skip
    line = refused(capsys, *given, "--segmentation", label)
    assert "several views" in line
    assert "in the order of the views" in line
    assert run(*given, "--segmentation", label, second) == 0


def test_labels_outside_of_the_volume(
    copies: list[Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconstruct_command, "reconstruct_body", None)
    axial, sagittal, label, _ = copies
    data, affine = load_volume(sagittal)
    affine[:3, 3] += affine[:3, 1] * 40  # the second view shows the rest of the body
    save_volume(sagittal, data, affine, {"SliceThickness": 4.0})
    data, affine = load_volume(label)
    data[:] = 0
    data[:, :4] = 1
    save_volume(label, data, affine)
    line = refused(capsys, axial, sagittal, "-o", label.with_name("iso.nii.gz"), "--segmentation", label)
    assert "--field union" in line


@pytest.mark.parametrize(
    ("volume", "made"),
    [
        ("iso.nii", "iso_label-SC_mask.nii"),
        ("T2w.nii.gz", "T2w_label-SC_mask.nii.gz"),
        ("sub-01_res-1_desc-x_T2w.nii.gz", "sub-01_res-1_label-SC_desc-x_mask.nii.gz"),
    ],
)
def test_names_follow_the_volume(volume: str, made: str) -> None:
    suffix = made[made.index("mask") :]
    assert output_path(Path("out") / volume, "label-SC", suffix) == Path("out") / made
