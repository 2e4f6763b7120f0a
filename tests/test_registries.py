"""One entry in a registry is enough: titles, schema, cost, methods text and the method itself follow from it."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from support.datasets import refuses
from support.figures import SERIES, make_metrics
from support.methods_text import SETTINGS, paragraphs_of, record
from support.view_sets import set_of
from support.volumes import make_affine, make_views, smooth_image
from torch import nn

from isospine.cli.method_list import method_list
from isospine.evaluation.measures import MEASURES, Measure, compared_measures
from isospine.evaluation.rows import evaluate
from isospine.figures.ablation import ablation_figure
from isospine.figures.cost import cost_figure
from isospine.geometry.grid import Grid
from isospine.io.yaml import load_yaml
from isospine.methods.baselines import baseline_method
from isospine.methods.body import reconstruct
from isospine.methods.registry import method_names
from isospine.models.encodings import encoding_frequencies
from isospine.models.mlp import multilayer_perceptron
from isospine.plan.check import check_config
from isospine.plan.cost import acquired_cost, baseline_cost
from isospine.plan.figures import compared_methods
from isospine.plan.labels import describe_labels
from isospine.plan.methods import plan_methods
from isospine.plan.validation import from_text
from isospine.recipes import catalogue
from isospine.recipes.activations import ACTIVATIONS, Activation
from isospine.recipes.baselines import BASELINES, Baseline, baseline_title
from isospine.recipes.catalogue import known_recipes, recipe_citations
from isospine.recipes.encodings import ENCODINGS, Encoding
from isospine.recipes.keys import without_effect
from isospine.recipes.lookup import module_of, resolve
from isospine.report.ablation.page import ablation_page
from isospine.report.body_tables import shown_name
from isospine.report.index import index_page
from isospine.solvers.interpolation import linear
from isospine.statistics.paired import compare_methods, paired_text, shown_comparisons
from isospine.statistics.persons import MINIMUM_PERSONS
from isospine.statistics.summary import metrics_headings, summarise, summary_headings, summary_text
from isospine.statistics.winners import find_lead, say_lead
from isospine.training.session import Session

ROOT = Path(__file__).parents[1]
SCHEMA = load_yaml(ROOT / "workflow/schemas/config.schema.yaml")
CONFIG = load_yaml(ROOT / "config/config.yaml")

SPECS = [("axial", 2), ("sagittal", 2)]

MEDIAN = Baseline(
    name="median",
    title="Median",
    words="the median of the views [@someone2020]",
    function="isospine.solvers.interpolation:linear",
    memory_mb=1000,
    solves=True,
)
#: PyTorch has it, so that no class must be written for it.
HARDTANH = Activation(
    "clamp", "clamps at {omega:g} and {gabor_scale:g}", "torch.nn:Hardtanh", ("omega", "gabor_scale")
)


def config_with(**changes: Any) -> dict[str, Any]:
    return copy.deepcopy(CONFIG) | changes


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_is_the_function_that_its_record_names(name: str) -> None:
    record = BASELINES[name]
    assert record.name == name and record.module.startswith("isospine.solvers.")
    # no volume of these is negative anywhere, and raised to zero
    image = smooth_image((8, 8, 8)) + 1000
    view_set = set_of(make_views(image, Grid((8, 8, 8), make_affine()), SPECS))
    expected = resolve(record.function)(view_set.views, view_set.grid)
    np.testing.assert_array_equal(baseline_method(name)(view_set), expected)


@pytest.mark.parametrize("place", [one.layer for one in ACTIVATIONS.values()])
def test_a_layer_is_covered_by_the_code_of_a_training(place: str) -> None:
    """Of modules that are loaded by name, `code_hash` sees those alone that another import reaches."""
    assert module_of(place) in ("torch.nn", "isospine.models.mlp")
    assert issubclass(resolve(place), nn.Module)


@pytest.mark.parametrize("place", [one.frequencies for one in ENCODINGS.values() if one.frequencies])
def test_frequencies_are_covered_by_the_code_of_a_training(place: str) -> None:
    assert module_of(place) == "isospine.models.encodings"


def test_one_entry_makes_a_baseline(monkeypatch: pytest.MonkeyPatch) -> None:
    with refuses('"median" is not allowed', "linear, cubic, ibp, tikhonov, tv"):
        check_config(config_with(baselines=["median"]), SCHEMA)
    monkeypatch.setitem(BASELINES, "median", MEDIAN)
    config = config_with(baselines=["median"], recipes={}, ablations={})
    check_config(config, SCHEMA)
    with refuses("baselines.0", "linear, cubic, ibp, tikhonov, tv", ", median"):
        check_config(config_with(baselines=["mean"]), SCHEMA)
    assert from_text({"baselines": ["median"]}, SCHEMA) == {"baselines": ["median"]}
    assert plan_methods(config, SCHEMA) == {}
    assert baseline_title("median") == shown_name("median") == "Median"
    assert describe_labels(config["views"], {}, ["median"])["median"] == "Baseline median"
    assert compared_methods(config, {}) == [{"label": "median", "title": "median", "kind": "baseline"}]
    assert baseline_cost("median", 2e6).memory_mb - baseline_cost("cubic", 2e6).memory_mb == 2 * (1000 - 21)
    solve, interpolate = (acquired_cost("baseline", n, None, 1e6, [2e5], 1e6) for n in ("median", "linear"))
    assert solve.memory_mb > interpolate.memory_mb
    text = "\n".join(paragraphs_of(settings=SETTINGS | {"baselines": ["median"]}))
    assert "The classical methods were the median of the views [@someone2020]." in text
    assert "median" in method_names()
    grid = Grid((8, 8, 8), make_affine())
    view_set = set_of(make_views(smooth_image(grid.shape), grid, SPECS))
    image, _ = reconstruct("median", [view_set], Session(), "sub-01", {})
    np.testing.assert_array_equal(image["T2w"], linear(view_set.views, grid))


def test_one_entry_makes_an_activation(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = config_with(recipes={"fourier": {"activation": "clamp", "gabor_scale": 2.0}}, ablations={})
    with refuses('"clamp" is not allowed', "relu, sine, gabor"):
        check_config(changed, SCHEMA)
    monkeypatch.setitem(ACTIVATIONS, "clamp", HARDTANH)
    check_config(changed, SCHEMA)
    plan_methods(changed, SCHEMA)  # which refuses a gabor_scale that has no effect
    settings = known_recipes()["fourier"] | {"activation": "clamp"}
    assert without_effect("gabor_scale", settings) is None
    assert "sine or gabor or clamp" in str(without_effect("omega", settings | {"activation": "relu"}))
    assert "clamps at 30 and 6" in "\n".join(paragraphs_of(record("fourier", activation="clamp")))
    network = multilayer_perceptron(3, 4, 1, "clamp", -0.5, gabor_scale=0.5)
    torch.testing.assert_close(network[1](torch.tensor([-2.0, 0.1])), torch.tensor([-0.5, 0.1]))


def test_one_entry_makes_an_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    place = ENCODINGS["basic"].frequencies
    monkeypatch.setitem(ENCODINGS, "few", Encoding("few", "few frequencies", place, uses=("bandwidth",)))
    changed = config_with(recipes={"fourier": {"encoding": "few", "bandwidth": 0.1}}, ablations={})
    check_config(changed, SCHEMA)
    plan_methods(changed, SCHEMA)
    assert without_effect("L", known_recipes()["fourier"] | {"encoding": "few"}) is not None
    assert "few frequencies" in "\n".join(paragraphs_of(record("fourier", encoding="few")))
    assert np.shape(encoding_frequencies("few", 9, 0.1, 0)) == (3, 3)


def test_one_entry_makes_a_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = load_yaml(Path(catalogue.__file__).with_name("recipes.yaml"))
    titled = "a network that nobody knew"
    entry = entries["siren2020"] | {"citation": "someone2020", "title": titled, "width": 7}
    monkeypatch.setattr(catalogue, "load_yaml", lambda path: entries | {"new2020": entry})
    assert known_recipes()["new2020"] == known_recipes()["siren2020"] | {"width": 7}
    assert recipe_citations()["new2020"] == "someone2020"
    config = config_with(recipes={"new2020": {"omega": 20}}, ablations={})
    check_config(config, SCHEMA)
    methods = plan_methods(config, SCHEMA)
    assert [method.hyperparameters["omega"] for method in methods.values()] == [20] * len(config["seeds"])
    assert "`new2020` [@someone2020] was a network of coordinates" in "\n".join(
        paragraphs_of(record("new2020"))
    )
    assert "new2020" in method_names()
    assert "\n  new2020 " in method_list() and titled in method_list()


ERROR = Measure(
    "error",
    "Error",
    "per mille",
    digits=1,
    smallest_range=0.1,
    higher_is_better=False,
    function="isospine.evaluation.metrics:region_nrmse",
    compared=True,
    summarised=True,
)


@pytest.mark.parametrize("place", [one.function for one in MEASURES.values() if one.function])
def test_the_code_of_an_evaluation_covers_every_measure(place: str) -> None:
    """Of modules that are loaded by name, `code_hash` sees those alone that another import reaches."""
    assert module_of(place) == "isospine.evaluation.metrics"
    assert callable(resolve(place))


def test_one_entry_makes_a_measure_of_the_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    reference = smooth_image((9, 10, 11))
    arguments = (reference, reference * 0.9, None, record("fourier"), SETTINGS["acquisition"], 10000)
    before = evaluate(*arguments)
    monkeypatch.setitem(MEASURES, "error", ERROR)
    table = evaluate(*arguments)
    pd.testing.assert_frame_equal(table.drop(columns="error"), before)
    assert table["error"].tolist() == table["nrmse"].tolist()
    assert summarise(table)["error_mean"].tolist() == table["error"].tolist()
    assert summary_headings()["error_sd"] == "Error (per mille) sd"
    assert summary_text().endswith("and Error are better. Click a heading to sort.")
    assert metrics_headings()["error"] == "Error (per mille)"


def test_one_entry_makes_a_measure_that_methods_are_compared_by(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lower the better: tv, whose PSNR is the highest, has the largest error and loses."""
    metrics = make_metrics(images=MINIMUM_PERSONS)
    metrics["error"] = metrics["psnr"] / 10
    figures = [cost_figure(metrics, ["tv"]), ablation_figure(metrics, SERIES, ["tv"])]
    before, known = [len(figure.axes) for figure in figures], len(compared_measures())
    monkeypatch.setitem(MEASURES, "error", ERROR)
    compared = compare_methods(metrics)
    assert {"psnr", "ssim", "error"} <= set(compared["measure"])
    leads = [find_lead(metrics, compared, "whole", name) for name in ("psnr", "error")]
    assert [lead.leader for lead in leads if lead] == ["tv", "linear"]
    pair = compared[(compared["method"] == "linear") & (compared["comparator"] == "tv")]
    pair = pair[pair["region"] == "whole"].set_index("measure")
    assert pair.loc["error", "verdict"] == "better" and pair.loc["psnr", "verdict"] == "worse"
    assert pair.loc["error", "images_won"] == MINIMUM_PERSONS and pair.loc["error", "difference"] < 0
    lead = leads[1]
    assert lead is not None
    verdict, why = say_lead(lead)
    assert verdict == "linear wins" and "per mille" in why
    assert "its Error in the whole volume is" in why and "below that of" in why and "and lower on" in why
    shown = shown_comparisons(compared, metrics, ["tv", "linear"])
    best = shown[(shown["region"] == "whole") & shown["comparator"].str.contains("best baseline")]
    found = dict(zip(best["measure"], best["comparator"], strict=True))
    assert found["Error (per mille)"].startswith("linear") and found["PSNR (dB)"].startswith("tv")
    assert " and Error (per mille) of each method" in paired_text()
    figures = [cost_figure(metrics, ["tv"]), ablation_figure(metrics, SERIES, ["tv"])]
    assert [len(figure.axes) for figure in figures] == [count * (known + 1) // known for count in before]
    assert figures[0].axes[-3].get_ylabel() == "Error (per mille)"
    page = ablation_page("size", metrics, SERIES, ["tv"], [0, 1])
    assert '"title":"Error (per mille)"' in page and " per mille (" in page
    assert "Error in the whole volume" in index_page(metrics, compared, [], {})


def test_a_table_without_a_measure_is_compared_by_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MEASURES, "error", ERROR)
    metrics = make_metrics()
    compared = compare_methods(metrics)
    assert {"psnr", "ssim"} <= set(compared["measure"]) and "error" not in set(compared["measure"])
    assert find_lead(metrics, compared, "whole", "error") is None
