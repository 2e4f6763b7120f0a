"""`import isospine` at a prompt: what it offers, that it is instant, and that it does what the command does."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from support.acquired_pairs import write_pair
from support.datasets import refuses

import isospine
from isospine import api
from isospine.cli.main import main
from isospine.geometry.grid import Grid
from isospine.io.nifti import load_volume, save_volume
from isospine.jobs.code import LIBRARY
from isospine.methods import registry

ROOT = Path(__file__).parents[1]
FACE = ["Grid", "View", "evaluate", "load_model", "load_views", "reconstruct", "segment"]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Give an axial and a sagittal view of a thin body."""
    return write_pair(tmp_path_factory.mktemp("pair"), shape=(28, 32, 40))[0]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recipes with hardly any training."""
    few = {"L": 8, "width": 16, "hidden_layers": 1, "epochs": 1}
    known = registry.known_recipes()
    recipes = {"fourier": known["fourier"] | few, "pretrained": known["pretrained"]}
    monkeypatch.setattr(registry, "known_recipes", lambda: recipes)


def test_the_face_is_what_is_listed() -> None:
    assert sorted(api.__all__) == FACE == [name for name in dir(isospine) if name != "__version__"]
    for name in FACE:
        assert getattr(isospine, name) is getattr(api, name) and getattr(api, name).__doc__
        assert f"`{name}`" in isospine.__doc__
    assert isospine.Grid is Grid
    with pytest.raises(AttributeError, match="has no attribute 'restore'"):
        isospine.restore  # noqa: B018


def test_editors_see_the_face() -> None:
    (guarded,) = (
        node for node in ast.parse((LIBRARY / "__init__.py").read_text()).body if isinstance(node, ast.If)
    )
    assert [alias.name for alias in guarded.body[0].names] == FACE


def test_importing_loads_nothing_else() -> None:
    code = "import sys; before = {*sys.modules}; import isospine; print(*{*sys.modules} - before)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    ours = {name for name in run.stdout.split() if name.startswith("isospine")}
    assert ours == {"isospine", "isospine.version"} and "numpy" not in run.stdout


def test_code_inside_never_uses_the_face() -> None:
    """It would load everything, and no hash of code would see what it is."""
    paths = [*LIBRARY.rglob("*.py"), *(ROOT / "workflow").rglob("*.py"), *(ROOT / "workflow").rglob("*.smk")]
    texts = {path: path.read_text(encoding="utf-8") for path in [*paths, ROOT / "Snakefile"]}
    for path in (ROOT / "workflow").rglob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        texts[path] = "".join(line for cell in cells for line in cell["source"])
    for path, text in texts.items():
        lines = [line.strip() for line in text.splitlines()]
        lines = [line for line in lines if not line.startswith(">>>")]
        used = [
            line for line in lines if line == "import isospine" or line.startswith("from isospine import")
        ]
        used += [line for line in lines if line.startswith(("import isospine.api", "from isospine.api"))]
        assert path == LIBRARY / "__init__.py" or not used, path


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        (["--method", "tv"], {"method": "tv"}),
        ([], {}),
        (["--method", "fourier", "--seed", "3"], {"method": "fourier", "seed": 3}),
        (
            [
                "--method",
                "cubic",
                "--spacing",
                "1.5",
                "--field",
                "union",
                "--axes",
                "scanner",
                "--no-alignment",
            ],
            {"method": "cubic", "spacing": 1.5, "field": "union", "axes": "scanner", "align": False},
        ),
        (["--method", "linear", "--profile", "estimated"], {"method": "linear", "better_profiles": True}),
    ],
)
def test_the_volume_is_that_of_the_command(
    quick: None, pair: list[Path], tmp_path: Path, options: list[str], settings: dict[str, object]
) -> None:
    by_command, by_face = tmp_path / "command.nii.gz", tmp_path / "face.nii.gz"
    assert main(["reconstruct", *map(str, pair), "-o", str(by_command), *options]) == 0
    isospine.reconstruct(isospine.load_views(*pair), **settings).to_filename(by_face)
    assert by_face.read_bytes() == by_command.read_bytes()


def test_slices_are_placed_as_by_the_command(pair: list[Path], tmp_path: Path) -> None:
    by_command, by_face = tmp_path / "command.nii.gz", tmp_path / "face.nii.gz"
    options = ["--method", "linear", "--slice-motion", "--profile", "gaussian"]
    assert main(["reconstruct", *map(str, pair), "-o", str(by_command), *options]) == 0
    views = isospine.load_views(*pair, profile="gaussian")
    isospine.reconstruct(views, "linear", slice_motion=True).to_filename(by_face)
    assert by_face.read_bytes() == by_command.read_bytes()


def draw_labels(folder: Path, views: list[Path]) -> list[Path]:
    """Label the brighter part of each view."""
    paths = []
    for path in views:
        image = nib.load(path)
        data = image.get_fdata()
        paths.append(folder / f"label-SC_{path.name}")
        save_volume(paths[-1], (data > np.percentile(data, 70)).astype(np.uint8), image.affine)
    return paths


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        ([], {}),
        (
            ["--no-alignment", "--spacing", "1.5", "--field", "union"],
            {"align": False, "spacing": 1.5, "field": "union"},
        ),
    ],
)
def test_a_segmentation_is_that_of_the_command(
    pair: list[Path], tmp_path: Path, options: list[str], settings: dict[str, object]
) -> None:
    labels, volume = draw_labels(tmp_path, pair), tmp_path / "iso.nii.gz"
    options = [*options, "--method", "linear", "--segmentation", *map(str, labels)]
    assert main(["reconstruct", *map(str, pair), "-o", str(volume), *options]) == 0
    made = nib.load(tmp_path / "iso_label-SC_probseg.nii.gz")
    occupancy = isospine.segment(labels, isospine.load_views(*pair), **settings)
    np.testing.assert_array_equal(occupancy.get_fdata(), made.get_fdata())
    np.testing.assert_array_equal(occupancy.affine, made.affine)


def test_what_is_no_labels_is_refused(pair: list[Path], tmp_path: Path) -> None:
    views = isospine.load_views(*pair)
    labels = draw_labels(tmp_path, pair)
    for wrong in (str(labels[0]), [], labels[0], [nib.load(labels[0])]):
        with refuses("labels: ", "is no list of files"):
            isospine.segment(wrong, views)
    with refuses("views: one of them is an array", "isospine.load_views"):
        isospine.segment(labels, [views[0], views[1].view])
    data, affine = load_volume(labels[0])
    save_volume(labels[0], data * np.float32(0.4), affine)
    with refuses("its highest value is 0.4", "more than one half"):
        isospine.segment(labels, views)
    save_volume(labels[0], np.ones((3, 4, 5), np.uint8), np.eye(4))
    with refuses("its grid (3, 4, 5) is that of no view"):
        isospine.segment(labels, views)
    with refuses("no such file"):
        isospine.segment([tmp_path / "none.nii.gz"], views)


def test_views_of_arrays_are_those_of_files(pair: list[Path]) -> None:
    views = isospine.load_views(*pair)
    made = []
    for one in views:
        image = nib.load(one.path)
        data = image.get_fdata()
        grid = isospine.Grid(data.shape, image.affine)
        made.append(isospine.View(data, grid, one.view.axis, one.view.thickness, "box"))
    expected = isospine.reconstruct(views, "cubic")
    np.testing.assert_array_equal(isospine.reconstruct(made, "cubic").get_fdata(), expected.get_fdata())


def test_a_model_is_kept_and_gives_its_volume_again(quick: None, pair: list[Path], tmp_path: Path) -> None:
    volume = isospine.reconstruct(
        isospine.load_views(*pair), "fourier", align=False, model=tmp_path / "m.safetensors"
    )
    model = isospine.load_model(tmp_path / "m.safetensors")
    again = model.reconstruct(isospine.Grid(volume.shape, volume.affine))
    np.testing.assert_allclose(again, volume.get_fdata(), atol=0.02 * np.ptp(again))


def test_a_volume_on_the_grid_of_a_reference_is_measured(pair: list[Path], tmp_path: Path) -> None:
    views = isospine.load_views(*pair)
    truth = isospine.reconstruct(views, "tv")
    grid = isospine.Grid(truth.shape, truth.affine)
    volume = isospine.reconstruct(views, "linear", grid=grid)
    assert volume.shape == truth.shape
    np.testing.assert_array_equal(volume.affine, truth.affine)
    scores = isospine.evaluate(volume, truth)
    assert sorted(scores) == ["mask", "whole"] and {"psnr", "ssim", "nrmse"} == scores["whole"].keys()
    cord = nib.Nifti1Image(
        np.pad(np.ones((4, 4, 4), np.uint8), [(8, n - 12) for n in truth.shape]), truth.affine
    )
    with_cord = isospine.evaluate(volume, truth, cord)
    assert with_cord.keys() == {"whole", "mask", "cord"} and with_cord["mask"] == scores["mask"]
    for name, image in {"volume": volume, "truth": truth, "cord": cord}.items():
        image.to_filename(tmp_path / f"{name}.nii.gz")
    paths = [tmp_path / f"{name}.nii.gz" for name in ("volume", "truth", "cord")]
    assert isospine.evaluate(*paths) == with_cord
    assert isospine.evaluate(truth, truth)["whole"] == {"psnr": np.inf, "ssim": 1.0, "nrmse": 0.0}
    with refuses("volume: its grid", "reconstruct on the reference's grid"):
        isospine.evaluate(isospine.reconstruct(views, "linear", spacing=2.0), truth)


def test_settings_without_effect_are_refused(pair: list[Path]) -> None:
    views = isospine.load_views(*pair)
    grid = views[0].view.grid
    with refuses("method 'median'", "expected one of linear"):
        isospine.reconstruct(views, "median")
    with refuses("model: tv is a baseline"):
        isospine.reconstruct(views, "tv", model="m.safetensors")
    with refuses("grid: says all of a grid"):
        isospine.reconstruct(views, "tv", grid=grid, spacing=1.0)
    with refuses("method self-prior: learns from views of two planes"):
        isospine.reconstruct(views[:1], "self-prior")
    with refuses("view-2 holds the same voxels as view-1"):
        isospine.reconstruct([views[0].view, views[0].view], "tv")
    with refuses("views: there are none"):
        isospine.reconstruct([], "tv")
    with refuses("views: str is no list of views"):
        isospine.reconstruct(str(pair[0]), "tv")
    with refuses("views: PosixPath is no view"):
        isospine.reconstruct(pair, "tv")
    impossible = {
        "spacing": [float("nan"), -1.0],
        "field": ["x"],
        "axes": ["x"],
        "seed": [-1],
        "device": ["tpu"],
    }
    for option, values in impossible.items():
        for value in values:
            with refuses(option, "expected"):
                isospine.reconstruct(views, "tv", **{option: value})
    for shape, affine in (((0, 1, 1), np.eye(4)), ((3, 3, 3), np.eye(3)), ((3, 3, 3), np.zeros((4, 4)))):
        with refuses("grid: its"):
            isospine.reconstruct(views, "tv", grid=Grid(shape, affine))
    with refuses("views: there are none"):
        isospine.load_views()


def test_views_of_several_contrasts_are_refused(pair: list[Path], tmp_path: Path) -> None:
    other = tmp_path / pair[1].name.replace("T2w", "T1w")
    other.write_bytes(pair[1].read_bytes())
    with refuses("several contrasts (T2w, T1w)", "expected one"):
        isospine.load_views(pair[0], other)
    with refuses("several contrasts (T2w, T1w)"):
        isospine.reconstruct([*isospine.load_views(pair[0]), *isospine.load_views(other)], "tv")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": np.ones((2, 2), np.float32)}, "its data are of shape (2, 2)"),
        ({"axis": 3}, "expected an axis of 0, 1 or 2"),
        ({"profile": "round"}, "one of box, gaussian"),
        ({"thickness": 0.0}, "expected a length in mm above 0"),
        ({"grid": "sheared"}, "its affine is sheared"),
    ],
)
def test_arrays_that_are_no_view_are_refused(
    pair: list[Path], change: dict[str, object], message: str
) -> None:
    view = isospine.load_views(pair[0])[0].view
    settings = {
        "data": view.data,
        "grid": view.grid,
        "axis": view.axis,
        "thickness": 4.0,
        "profile": "box",
    } | change
    if change.get("grid"):
        shear = np.eye(4)
        shear[0, 1] = 0.5
        settings["grid"] = isospine.Grid(view.grid.shape, shear @ view.grid.affine)
    with refuses("view-1: ", message):
        isospine.reconstruct([isospine.View(**settings)], "tv")
