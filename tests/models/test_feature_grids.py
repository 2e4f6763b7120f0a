"""Trained features on grids: shapes, interpolation, and a network with them from training to its file."""

from pathlib import Path

import numpy as np
import pytest
import torch
from support.datasets import refuses
from support.quick_training import Case, make_case, quick_settings
from support.view_sets import set_of, train_views

from isospine.errors import InputError
from isospine.evaluation.metrics import psnr
from isospine.models.coordinate.coded import code_network, decode_network
from isospine.models.coordinate.fixed_point import fixed_point_images
from isospine.models.coordinate.model import CoordinateModel, field_extent
from isospine.models.feature_grids import COARSEST, INITIAL, FeatureGrids, grid_shapes
from isospine.models.load import load_model
from isospine.models.train import train
from isospine.training.files import save_model
from isospine.training.session import Session


@pytest.fixture(scope="module")
def case() -> Case:
    return make_case()


@pytest.fixture(scope="module")
def model(case: Case) -> CoordinateModel:
    settings = quick_settings(encoding="grid", L=5, bandwidth=0.3, epochs=12, learning_rate=1e-2, batch=256)
    return train_views(case.views, settings, 0, {"image": "sub-1_T2w"})[0]


def test_cells_are_cubes_from_coarse_to_fine() -> None:
    """Along the longest side, of two units, 4 cells, then 8, then 16: 4 cycles per unit have cells of an eighth."""
    assert grid_shapes(3, 4.0, (1.0, 0.5, 0.25)) == [(5, 3, 2), (9, 5, 3), (17, 9, 5)]
    assert grid_shapes(1, 0.01, (1.0, 1.0, 1.0)) == [(COARSEST + 1,) * 3]


def test_grids_that_would_take_all_memory_are_refused() -> None:
    with refuses("encoding grid", "vertices", "lower bandwidth or L"):
        grid_shapes(8, 1000.0, (1.0, 1.0, 1.0))


def test_features_are_those_of_vertices_and_linear_in_between() -> None:
    grids = FeatureGrids(1, 0.01, (1.0, 0.5, 0.25))
    (table,) = grids.tables
    assert table.abs().max() <= INITIAL
    first, second, third = (
        torch.linspace(-side, side, n) for side, n in zip((1, 0.5, 0.25), table.shape[2:], strict=True)
    )
    with torch.no_grad():
        places = torch.stack(torch.meshgrid(first, second, third, indexing="ij"), dim=-1)
        # a linear function of the position is interpolated exactly
        table[0] = torch.stack([places @ torch.tensor([1.0, 2.0, 4.0]), places[..., 1]])
        points = torch.rand(4, 5, 3) * 2 - 1
        points *= torch.tensor([1.0, 0.5, 0.25])
        expected = torch.stack([points @ torch.tensor([1.0, 2.0, 4.0]), points[..., 1]], dim=-1)
        torch.testing.assert_close(grids(points), expected)
        outside = grids(torch.tensor([[5.0, 0.0, 0.0]]))
        torch.testing.assert_close(outside, torch.tensor([[1.0, 0.0]]))


def test_the_extent_is_the_box_of_the_field_of_view(case: Case) -> None:
    """Of an oblique field, whose corners all lie within, and of no other encoding."""
    extent = field_extent(quick_settings(encoding="grid"), case.grid)
    assert extent is not None
    ends = np.array(np.meshgrid(*[(-0.5, size - 0.5) for size in case.grid.shape])).reshape(3, -1).T
    corners = (case.grid.world(ends) - case.grid.centre) / case.grid.radius
    np.testing.assert_allclose(np.abs(corners).max(axis=0), extent)
    assert field_extent(quick_settings(), case.grid) is None


def test_it_learns_the_image(case: Case, model: CoordinateModel) -> None:
    span = float(np.ptp(case.reference))
    image = model.reconstruct(case.grid)
    assert (
        psnr(case.reference, image, span) > psnr(case.reference, np.full_like(image, image.mean()), span) + 10
    )
    assert model.parameters > sum(table.numel() for table in model.network[0].tables)  # type: ignore[union-attr]


def test_its_file_gives_the_same_image(case: Case, model: CoordinateModel, tmp_path: Path) -> None:
    save_model(model, tmp_path / "model.safetensors")
    loaded = load_model(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(loaded.reconstruct(case.grid), model.reconstruct(case.grid))


def test_its_code_and_its_fixed_point_are_near(case: Case, model: CoordinateModel) -> None:
    decoded = decode_network(code_network(model, 12))
    exact = model.evaluate(model.grid)
    assert np.abs(decoded.evaluate(model.grid) - exact).mean() < 0.01 * np.ptp(exact)
    images = fixed_point_images(model, case.views, [8])
    assert np.abs(images["int8"] - images["float32"]).mean() < 0.02 * np.ptp(exact)


@pytest.mark.parametrize(
    "extent", [[1.0, 1.0], [1.0, 1.0, -1.0], [1.0, 1.0, float("inf")], "abc", [1e9, 1e-9, 1.0], None]
)
def test_a_file_with_another_extent_is_refused(model: CoordinateModel, extent: object) -> None:
    tensors, description = model.contents()
    changed = {key: value for key, value in description.items() if key != "extent"}
    with pytest.raises((InputError, KeyError, TypeError, ValueError, RuntimeError, ArithmeticError)):
        CoordinateModel.from_contents(
            tensors, changed | ({} if extent is None else {"extent": extent}), torch.device("cpu")
        )


def test_contrasts_share_its_grids(case: Case) -> None:
    sets = [set_of([case.views[0]], "T1w", case.grid), set_of([case.views[1]], "T2w", case.grid)]
    settings = quick_settings(encoding="grid", L=3, bandwidth=0.2, epochs=1, contrasts="shared")
    models, _ = train(sets, settings, Session(0, {"image": "sub-1"}))
    tables = [one.network[0].tables[2] for one in models.values()]  # type: ignore[attr-defined]
    assert torch.equal(*tables)
    assert {one.parameters for one in models.values()} == {models["T1w"].parameters}  # type: ignore[attr-defined]


def test_the_same_seed_gives_the_same_bytes(case: Case) -> None:
    settings = quick_settings(encoding="grid", L=3, bandwidth=0.2, epochs=1)
    first, again, other = (
        train_views(case.views, settings, seed)[0].evaluate(case.grid) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
