"""The command `isospine` on files, as a user calls it."""

import json
import re
from importlib.metadata import entry_points
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK
from support.acquired_pairs import make_body, write_pair

from isospine.cli import reconstruct as reconstruct_command
from isospine.cli.main import main, resample
from isospine.geometry.grid import Grid
from isospine.io.nifti import load_volume, save_volume
from isospine.methods import registry as acquired_methods
from isospine.views.registration import world_motion

#: The recipes with so little training that their quality means nothing.
QUICK = {
    "fourier": {"L": 8, "width": 16, "hidden_layers": 1, "epochs": 1},
    "pretrained": {},
    "self-prior": {"L": 4, "width": 16, "hidden_layers": 1, "cells": 500, "steps": 50},
}


@pytest.fixture(autouse=True)
def quick_recipes(monkeypatch: pytest.MonkeyPatch) -> None:
    known = acquired_methods.known_recipes()
    recipes = {name: known[name] | settings for name, settings in QUICK.items()}
    monkeypatch.setattr(acquired_methods, "known_recipes", lambda: recipes)


@pytest.fixture(scope="module")
def body() -> tuple[np.ndarray, Grid]:
    return make_body()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], np.ndarray]:
    """An axial view, and a sagittal one during which the body was elsewhere, with another gain."""
    return write_pair(tmp_path_factory.mktemp("pair"))


@pytest.fixture(scope="module")
def small_pair(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Give such views of a thin body, for what takes long."""
    return write_pair(tmp_path_factory.mktemp("small_pair"), shape=(28, 32, 40))[0]


def run(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


@pytest.mark.slow
def test_a_pair_becomes_an_isotropic_volume(
    pair: tuple[list[Path], np.ndarray], body: tuple[np.ndarray, Grid], tmp_path: Path
) -> None:
    paths, motion = pair
    output = tmp_path / "iso.nii.gz"
    assert run("reconstruct", *paths, "-o", output, "--method", "tv", "--transforms", tmp_path / "xfm") == 0
    image, affine = load_volume(output)
    np.testing.assert_allclose(np.linalg.norm(affine[:3, :3], axis=0), 1.0, rtol=1e-5)
    reference, grid = body
    shift = np.rint(grid.indices(affine[:3, 3])).astype(int)
    window = tuple(slice(max(0, s), s + n) for s, n in zip(shift, image.shape, strict=True))
    truth = reference[window]
    part = image[tuple(slice(max(0, -s), max(0, -s) + n) for s, n in zip(shift, truth.shape, strict=True))]
    inner = tuple(slice(6, -6) for _ in range(3))
    assert np.corrcoef(truth[inner].ravel(), part[inner].ravel())[0, 1] > 0.97
    record = json.loads((tmp_path / "iso.json").read_text())
    assert (record["Seed"], record["SliceProfile"], record["FieldOfView"], record["Aligned"]) == (
        0,
        "box",
        "intersection",
        True,
    )
    assert "isospine" in record["Software"]
    moved = record["Views"][1]
    np.testing.assert_allclose(moved["RotationDegrees"], [2.0, -1.5, 1.0], atol=0.3)
    np.testing.assert_allclose(moved["TranslationMillimetres"], [1.5, -1.0, 2.0], atol=0.2)
    assert np.exp(moved["LogGain"][0]) == pytest.approx(1.3, rel=0.03)
    written = SimpleITK.Euler3DTransform(
        SimpleITK.ReadTransform(str(tmp_path / "xfm" / "sub-01_acq-sag_T2w_xfm.tfm"))
    )
    np.testing.assert_allclose(world_motion(written)[:3, :3], motion[:3, :3], atol=5e-3)


@pytest.mark.parametrize("method", list(QUICK))
def test_a_model_is_evaluated_on_any_grid(
    pair: tuple[list[Path], np.ndarray], tmp_path: Path, method: str
) -> None:
    paths, _ = pair
    model, output = tmp_path / "model.safetensors", tmp_path / "iso.nii.gz"
    assert (
        run("reconstruct", *paths, "-o", output, "--method", method, "--model", model, "--no-alignment") == 0
    )
    assert run("resample", model, "-o", tmp_path / "same.nii.gz", "--like", output) == 0
    image, affine = load_volume(output)
    again, other = load_volume(tmp_path / "same.nii.gz")
    np.testing.assert_allclose(again, image, atol=0.02 * np.ptp(image))
    np.testing.assert_allclose(other, affine)
    assert run("resample", model, "-o", tmp_path / "half.nii.gz", "--spacing", 0.5) == 0
    half = nib.load(tmp_path / "half.nii.gz")
    np.testing.assert_allclose(half.header.get_zooms(), 0.5)
    slice_affine = affine @ np.diag([1, 1, 1, 1.0])
    slice_affine[:3, :3] = slice_affine[:3, :3] @ np.array([[1, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]])
    save_volume(tmp_path / "oblique.nii.gz", np.zeros((20, 20, 1), np.float32), slice_affine)
    assert run("resample", model, "-o", tmp_path / "plane.nii.gz", "--like", tmp_path / "oblique.nii.gz") == 0
    assert nib.load(tmp_path / "plane.nii.gz").shape == (20, 20, 1)


def test_a_model_is_straightened_along_the_cord(
    pair: tuple[list[Path], np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths, _ = pair
    model, output = tmp_path / "model.safetensors", tmp_path / "straight.nii.gz"
    iso = tmp_path / "iso.nii.gz"
    options = ("--method", "fourier", "--model", model, "--no-alignment")
    assert run("reconstruct", *paths, "-o", iso, *options) == 0
    image, affine = load_volume(iso)
    mask = np.zeros(image.shape, np.uint8)
    mask[18:24, 20:26] = 1
    save_volume(tmp_path / "seg.nii.gz", mask, affine)
    along = ("--along", tmp_path / "seg.nii.gz", "--width", 10)
    assert run("resample", model, "-o", output, "--spacing", 1, *along) == 0
    straight, straight_affine = load_volume(output)
    assert straight.shape[:2] == (11, 11) and abs(straight.shape[2] - image.shape[2]) <= 1
    # a straight cord comes out as it is
    middle = np.linalg.inv(affine) @ straight_affine @ [5, 5, 20, 1]
    np.testing.assert_allclose(middle[:2], [20.5, 22.5], atol=0.6)
    assert "straightened along" in json.loads((tmp_path / "straight.json").read_text())["Resolution"]
    assert run("resample", model, "-o", tmp_path / "no.nii.gz", "--like", iso, *along) == 2
    away = affine.copy()
    away[0, 3] += 500
    save_volume(tmp_path / "away.nii.gz", mask, away)
    save_volume(tmp_path / "no-cord.nii.gz", np.zeros_like(mask), affine)
    none = ("--spacing", 1, "--along", tmp_path / "no-cord.nii.gz")
    assert run("resample", model, "-o", tmp_path / "no.nii.gz", *none) == 2
    assert "no-cord.nii.gz: " in capsys.readouterr().err
    for option in (("--like",), ("--spacing", 1, "--along")):
        assert run("resample", model, "-o", tmp_path / "no.nii.gz", *option, tmp_path / "away.nii.gz") == 2
        assert "away.nii.gz: lies outside the field of view of the model" in capsys.readouterr().err
    assert not (tmp_path / "no.nii.gz").exists()


@pytest.mark.slow
def test_the_report_says_how_far_to_trust_the_volume(
    small_pair: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconstruct_command, "COMPARED", ("linear", "tv"))
    paths = small_pair
    page = tmp_path / "page.html"
    assert (
        run("reconstruct", *paths, "-o", tmp_path / "iso.nii.gz", "--method", "cubic", "--report", page) == 0
    )
    text = page.read_text()
    assert "There is no reference" in text and "sub-01_acq-sag_T2w.nii.gz" in text
    assert re.search("own planes cubic comes|own planes do not tell cubic", text)
    assert "data:image/png;base64," in text and "http" not in text.replace("http-equiv", "")


@pytest.mark.slow
def test_slice_profiles_from_the_views_are_used_or_not_and_both_is_told(
    small_pair: list[Path], tmp_path: Path
) -> None:
    options = ("--method", "linear", "--profile", "estimated")
    assert run("reconstruct", *small_pair, "-o", tmp_path / "iso.nii.gz", *options) == 0
    sidecar = json.loads((tmp_path / "iso.json").read_text())
    assert sidecar["SliceProfile"] == "estimated"
    for view in sidecar["Views"]:
        assert "slice" in view["SliceProfileChoice"] and "SliceProfileFromViews" in view
        assert (view["SliceThicknessSource"] == "views") == (
            "and are used" in view["SliceProfileChoice"] and view["SliceProfileFromViews"] != "not estimated"
        )


@pytest.mark.slow
def test_slices_that_do_not_fit_are_named(
    small_pair: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconstruct_command, "COMPARED", ("linear",))
    paths = small_pair
    data, affine = load_volume(paths[0])
    broken = data.copy()
    broken[:, :, 4] = broken[::-1, :, 4] * 0.2
    spoilt = tmp_path / paths[0].name
    save_volume(spoilt, broken, affine, {"SliceThickness": 4.0})
    output, page = tmp_path / "iso.nii.gz", tmp_path / "page.html"
    options = ("--method", "cubic", "--slice-motion", "--report", page)
    assert run("reconstruct", spoilt, paths[1], "-o", output, *options) == 0
    first, second = json.loads((tmp_path / "iso.json").read_text())["Views"]
    assert first["SlicesLeftOut"] == [4] and second["SlicesLeftOut"] == []
    assert np.shape(first["SliceTranslationMillimetres"]) == (10, 3)
    assert np.abs(second["SliceTranslationMillimetres"]).max() < 0.5  # the body did not move between slices
    assert "left out (the first is 0): 4." in page.read_text()


def test_a_single_view_is_reconstructed_with_a_warning(
    pair: tuple[list[Path], np.ndarray], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    paths, _ = pair
    assert run("reconstruct", paths[0], "-o", tmp_path / "iso.nii.gz") == 0
    assert "not known from a sharper view" in caplog.text
    assert json.loads((tmp_path / "iso.json").read_text())["Description"].endswith("by pretrained")


def test_resample_has_a_name_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [str(tmp_path / "none.safetensors"), "-o", str(tmp_path / "a.nii.gz"), "--spacing", "1"]
    monkeypatch.setattr("sys.argv", ["isospine-resample", *arguments])
    assert resample() == 2
    assert "none.safetensors" in capsys.readouterr().err
    for script in ("isospine", "isospine-resample"):
        (found,) = entry_points(group="console_scripts", name=script)
        assert callable(found.load())


def test_clear_errors(
    pair: tuple[list[Path], np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths, _ = pair
    output = tmp_path / "iso.nii.gz"

    def refused(*arguments: object) -> str:
        assert run("reconstruct", *arguments, "-o", output) == 2
        assert not output.exists()
        return capsys.readouterr().err

    assert "no such file" in refused(tmp_path / "missing.nii.gz")
    assert "expected one of linear" in refused(*paths, "--method", "magic")
    assert "trains no model" in refused(*paths, "--method", "tv", "--model", tmp_path / "m.safetensors")
    assert "views of two planes" in refused(paths[0], "--method", "self-prior")
    data, affine = load_volume(paths[1])
    away = affine.copy()
    away[:3, 3] += 500
    save_volume(tmp_path / "sub-01_acq-away_T2w.nii.gz", data, away)
    assert "do not overlap" in refused(paths[0], tmp_path / "sub-01_acq-away_T2w.nii.gz")
    save_volume(tmp_path / "sub-02_acq-sag_T2w.nii.gz", data, affine)
    assert "sub-01 and sub-02" in refused(paths[0], tmp_path / "sub-02_acq-sag_T2w.nii.gz")
