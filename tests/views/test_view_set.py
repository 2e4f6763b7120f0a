"""One reader for simulated and for acquired views."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.acquired_pairs import write_pair
from support.datasets import refuses
from support.view_sets import set_of
from support.volumes import make_affine, make_views, smooth_image

from isospine.geometry.grid import Grid
from isospine.geometry.rigid import rigid
from isospine.io.atomic import read_json, write_json
from isospine.io.nifti import save_volume
from isospine.physics.fine_grid import fine_grid
from isospine.physics.view import View
from isospine.recipes.lookup import resolve
from isospine.recipes.modes import READERS, reader_module
from isospine.views.acquired import load_acquired
from isospine.views.place import place_contrasts
from isospine.views.placed import PlacedViews, body_grid
from isospine.views.record import placement_record
from isospine.views.simulated import load_view, simulated_record
from isospine.views.view_set import are_aligned, is_simulated, read_view_sets

SPECS: list[tuple[str, float]] = [("axial", 5), ("sagittal", 4)]

Acquired = tuple[list[Path], Path, PlacedViews]
LAYOUT = {"spacing": 2.0, "field": "intersection", "axes": "view"}


def oblique_views(profile: str = "box") -> list[View]:
    """Views on an oblique grid, whose affine is rounded in files."""
    grid = Grid((20, 20, 16), make_affine((1, 2, 0), (-1, 1, 1), rotation=(0.1, -0.05, 0.1)))
    return make_views(smooth_image(grid.shape), grid, SPECS, profile)


def write_views(folder: Path, contrast: str, views: Sequence[View]) -> list[Path]:
    paths = []
    for (plane, factor), view in zip(SPECS, views, strict=True):
        paths.append(folder / f"sub-01_desc-{plane}{factor}_{contrast}.nii.gz")
        about = {"Plane": plane, "SliceThickness": view.thickness, "SliceProfile": view.profile}
        save_volume(paths[-1], view.data, view.grid.affine, about)
    return paths


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, list[Path]], Path]:
    """Files of two contrasts, and their record."""
    folder = tmp_path_factory.mktemp("simulated")
    profiles = (("T2w", "gaussian"), ("T1w", "box"))
    files = {name: write_views(folder, name, oblique_views(profile)) for name, profile in profiles}
    write_json(folder / "sub-01.json", simulated_record(files))
    return files, folder / "sub-01.json"


def test_simulated_views_are_those_of_their_sidecars(simulated: tuple[dict[str, list[Path]], Path]) -> None:
    """To the last bit, and so is their fine grid: a record must not change a result."""
    files, record = simulated
    sets = read_view_sets([*files["T1w"], *files["T2w"]], [record], ["T1w", "T2w"])
    assert list(sets) == ["T1w", "T2w"] and is_simulated([record])
    for contrast, found in sets.items():
        expected = [load_view(path) for path in files[contrast]]
        for view, other in zip(found.views, expected, strict=True):
            np.testing.assert_array_equal(view.data, other.data)
            np.testing.assert_array_equal(view.grid.affine, other.grid.affine)
            assert (view.axis, view.thickness, view.profile) == (other.axis, other.thickness, other.profile)
        grid = fine_grid(expected)
        assert found.grid.shape == grid.shape and found.grid.affine.tobytes() == grid.affine.tobytes()
        assert found.sources == tuple(path.name.removesuffix(".nii.gz") for path in files[contrast])
        assert found.contrast == contrast and found.grid_name == "grid of the reference" and found.aligned
        assert found.stacks == found.views and found.owners == (0, 1)


def test_a_record_says_how_views_were_simulated(simulated: tuple[dict[str, list[Path]], Path]) -> None:
    record = read_json(simulated[1])
    assert {own["mode"] for own in record.values()} == {"simulated"}
    for (plane, factor), view in zip(SPECS, record["T2w"]["views"], strict=True):
        assert (view["plane"], view["profile"]) == (plane, "gaussian")
        assert view["factor"] == pytest.approx(factor) and view["thickness"] == pytest.approx(0.8 * factor)


def test_a_sidecar_that_lacks_a_key_is_named(tmp_path: Path) -> None:
    paths = write_views(tmp_path, "T2w", oblique_views())
    sidecar = tmp_path / "sub-01_desc-sagittal4_T2w.json"
    write_json(sidecar, {"Plane": "sagittal"})
    with refuses(str(sidecar), "lacks SliceProfile, SliceThickness"):
        simulated_record({"T2w": paths})


@pytest.fixture(scope="module", params=[False, True])
def acquired(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Acquired:
    """Files of a body that moved, slice by slice or not, their record and what it is of."""
    folder = tmp_path_factory.mktemp("acquired")
    paths, _ = write_pair(folder, shape=(28, 32, 40))
    placed = place_contrasts({"T2w": [load_acquired(path) for path in paths]}, True, request.param)
    write_json(folder / "sub-01.json", {name: placement_record(own) for name, own in placed.items()})
    return paths, folder / "sub-01.json", placed["T2w"]


def test_acquired_views_lie_where_their_record_says(acquired: Acquired) -> None:
    paths, record, placed = acquired
    found = read_view_sets(paths, [record], ["T2w"], LAYOUT)["T2w"]
    for view, other in zip(found.views, placed.parts, strict=True):
        np.testing.assert_array_equal(view.data, other.data)
        np.testing.assert_array_equal(view.grid.affine, other.grid.affine)
    assert found.owners == placed.owners and len(found.stacks) == 2
    np.testing.assert_array_equal(found.grid.affine, body_grid(placed, **LAYOUT).affine)
    assert found.sources == ("sub-01_acq-ax_T2w", "sub-01_acq-sag_T2w")
    assert found.grid_name == "isotropic" and not found.aligned and not is_simulated([record])


def test_without_a_layout_acquired_views_have_the_grid_of_their_motion(
    acquired: Acquired,
) -> None:
    paths, record, _ = acquired
    found = read_view_sets(paths, [record], ["T2w"])["T2w"]
    assert found.grid.spacing[0] >= found.stacks[0].grid.spacing.min()


def test_views_are_aligned_if_they_share_a_fine_grid() -> None:
    views = oblique_views()
    assert set_of(views).aligned and are_aligned(views)
    turn = rigid(np.array([1.0, 0, 0, 0, 0, 0]), views[0].grid.centre)
    assert not are_aligned([views[0], views[1].moved(turn)])
    assert not are_aligned([views[0], views[0]])
    # with gaps between slices there is something that no view saw
    assert not are_aligned([views[0], replace(views[1], thickness=0.9 * views[1].thickness)])


@pytest.mark.parametrize("mode", READERS)
def test_a_mode_has_a_reader_whose_module_can_be_declared(mode: str) -> None:
    assert resolve(READERS[mode]).__module__ == reader_module(mode)
