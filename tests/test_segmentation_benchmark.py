"""The benchmark of segmentations: how labels are drawn and scored, and what its table says."""

import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from support.cords import cord

from isospine.segmentation.labels import is_binary

ROOT = Path(__file__).parents[1]


@pytest.fixture
def benchmark_of(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module("segmentation")


@pytest.fixture
def claims_of(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module("segmentation_claims")


def test_a_mask_that_is_shifted_by_a_voxel_is_that_far_away(benchmark_of: ModuleType) -> None:
    mask = np.zeros((20, 20, 10), bool)
    mask[5:12, 5:12] = True
    spacing = np.array([0.8, 1.0, 1.0])
    assert not benchmark_of.surface_distances(mask, mask, spacing).any()
    moved = benchmark_of.surface_distances(mask, np.roll(mask, 1, axis=0), spacing)
    assert moved.max() == pytest.approx(0.8)
    assert 0 < moved.mean() < 0.8  # the sides along which it moved lie on each other


def test_the_error_of_areas_does_not_cancel_between_slices(benchmark_of: ModuleType) -> None:
    mask, grid = cord((20, 20, 10), curved=False)
    other = mask.copy()
    other[..., 0] = False
    assert benchmark_of.area_error(mask, mask, grid) == 0
    assert benchmark_of.area_error(other, mask, grid) == pytest.approx(10)
    wide = other | np.roll(mask, 3, axis=0)
    assert benchmark_of.area_error(wide, mask, grid) > abs(100 * (wide.sum() / mask.sum() - 1))


def test_no_labels_are_exact_averages_of_the_truth(benchmark_of: ModuleType) -> None:
    mask, grid = cord((20, 20, 20))
    for name, setting in benchmark_of.SETTINGS.items():
        views = benchmark_of.drawn(mask, grid, setting)
        assert len(views) == len(setting.planes)
        assert {view.profile for view in views} == {"box"}
        assert all(map(is_binary, views)) == (setting.noise is None), name


def test_every_method_was_measured_on_all_persons(benchmark_of: ModuleType, claims_of: ModuleType) -> None:
    table = claims_of.read_results()
    persons = set(table.index.get_level_values("person"))
    assert len(persons) == 3
    assert set(table.index) == {
        (labels, method, person)
        for labels, setting in benchmark_of.SETTINGS.items()
        for method in setting.methods
        for person in persons
    }
    assert set(claims_of.TITLES) == {*benchmark_of.METHODS, benchmark_of.SHARED}


def test_defaults_are_never_behind_what_people_do(claims_of: ModuleType) -> None:
    table = claims_of.read_results()
    for labels in ("binary", "soft"):
        own, common = (table.loc[(labels, name)] for name in (claims_of.DEFAULTS[labels], claims_of.COMMON))
        assert (own["dice"] > common["dice"]).all()
        assert (own["distance"] < common["distance"]).all()
        # as docs/segmentation.md says where it advises against the network
        assert (own["dice"] > table.loc[(labels, "network")]["dice"]).all()


def test_findings_follow_the_table(claims_of: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    table = claims_of.read_results()
    before = " ".join(claims_of.findings())
    worse = table.copy()
    worse.loc[("binary", "distance-spline"), "dice"] = 0.5
    monkeypatch.setattr(claims_of, "read_results", lambda: worse)
    after = " ".join(claims_of.findings())
    assert "better on all" in before
    assert "0.500, 0.500 and 0.500" in after
    assert "worse on all" in after
