"""Ablations: the numbers that are drawn, the published ones beside them, and the page that tells each run."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page

from isospine.figures.ablation import ablation_figure
from isospine.figures.ablation_data import (
    PROTOCOL_TITLE,
    Level,
    ablation_panels,
    place_levels,
    sorted_methods,
    tick_places,
    value_positions,
)
from isospine.figures.published import PUBLISHED, RECIPE, published_series, published_text
from isospine.io.yaml import load_yaml
from isospine.recipes.keys import HYPERPARAMETERS
from isospine.report.ablation.page import ablation_page
from isospine.statistics.ablation_series import find_series
from isospine.statistics.paired import image_means, mean_interval

ROOT = Path(__file__).parents[2]
SERIES: dict[str, Any] = {
    "recipe": "fourier",
    "hyperparameter": "L",
    "methods": [{"method": "fourier-L-64", "value": 64}, {"method": "fourier", "value": 16}],
}
BASELINES = ["linear", "tv"]


def make_metrics(subjects: int = 2, seeds: Sequence[int] = (0, 1), sessions: int = 1) -> pd.DataFrame:
    """Two networks and two baselines; subjects differ more than methods."""
    rng = np.random.default_rng(0)
    networks = [(name, seed) for name in ("fourier", "fourier-L-64") for seed in seeds]
    rows: list[dict[str, Any]] = []
    for subject in range(subjects):
        for session in range(sessions + (subject == 0)):  # the first subject has one more image
            for method, seed in [*networks, *((name, None) for name in BASELINES)]:
                level = {"linear": 20.0, "tv": 29.5, "fourier": 30.0, "fourier-L-64": 30.5}[
                    method
                ] + 2 * subject
                for region in ("whole", "mask"):
                    psnr = level + rng.normal(0, 0.1)
                    rows.append(
                        {
                            "image": f"sub-{subject}_ses-{session}",
                            "subject": f"{subject:02d}",
                            "method": method,
                        }
                        | {"recipe": None if seed is None else "fourier", "seed": seed, "region": region}
                        | {
                            "psnr": psnr,
                            "ssim": psnr / 50,
                            "psnr_karthik2023": level - 5,
                            "ssim_karthik2023": level / 60,
                        }
                        | {"sampling": "profile"}
                    )
    return pd.DataFrame(rows)


# Numbers


def test_a_run_is_an_image_and_a_seed_over_the_sorted_values() -> None:
    metrics = make_metrics()
    panel = ablation_panels(metrics, SERIES, BASELINES, "ssim")[1]
    assert (panel.title, panel.metric) == ("tissue", "ssim")
    assert len(panel.runs) == 3 * 2 and not panel.published
    for run in panel.runs:
        own = metrics[
            (metrics["region"] == "mask") & (metrics["image"] == run.image) & (metrics["seed"] == run.seed)
        ]
        expected = [
            float(own.loc[own["method"] == name, "ssim"].iloc[0]) for name in ("fourier", "fourier-L-64")
        ]
        assert list(run.values) == expected
        assert own["subject"].unique().tolist() == [run.subject]


@pytest.mark.parametrize("subjects", [5, 6])
def test_means_and_intervals_are_those_of_the_paired_comparison(subjects: int) -> None:
    metrics = make_metrics(subjects)
    mean = ablation_panels(metrics, SERIES, [], "psnr")[0].means[1]
    values = image_means(metrics, "whole", "psnr")["fourier-L-64"]
    assert mean.mean == pytest.approx(values.mean())  # of images: the first subject has two
    assert (mean.images, mean.persons) == (subjects + 1, subjects)
    if subjects < 6:
        assert np.isnan([mean.low, mean.high]).all()
    else:
        groups = values.groupby(level="person")
        expected = mean_interval(groups.sum().to_numpy(), groups.size().to_numpy().astype(float))
        assert (mean.low, mean.high) == expected and mean.low < mean.mean < mean.high


def test_a_baseline_is_a_band_of_the_spread_between_subjects() -> None:
    metrics = make_metrics(3)
    level = ablation_panels(metrics, SERIES, BASELINES, "psnr")[0].levels["tv"]
    own = metrics[(metrics["method"] == "tv") & (metrics["region"] == "whole")]
    assert level.mean == pytest.approx(own["psnr"].mean())
    assert level.spread == pytest.approx(own.groupby("subject")["psnr"].mean().std(ddof=1))
    alone = ablation_panels(make_metrics(1), SERIES, BASELINES, "psnr")[0].levels["tv"]
    assert alone.spread == 0.0  # sessions of one subject are no subjects


def test_what_is_missing_or_infinite_is_told_and_not_drawn() -> None:
    metrics = make_metrics(6)
    metrics = metrics[~((metrics["method"] == "fourier-L-64") & (metrics["image"] == "sub-1_ses-0"))]
    perfect = (metrics["method"] == "fourier") & (metrics["image"] == "sub-2_ses-0")
    metrics.loc[perfect, "psnr"] = np.inf
    panel = ablation_panels(metrics, SERIES, BASELINES, "psnr")[0]
    assert panel.means[1].images == 6 and panel.means[0].images == 7
    assert np.isinf(panel.means[0].mean) and np.isnan(panel.means[0].low)
    assert np.isfinite(panel.extent).all()
    content = content_of(ablation_page("sizes", metrics, SERIES, BASELINES, [0, 1]))
    values = content["tabs"][0]["panels"][0]["values"]
    names = [run["image"] for run in content["tabs"][0]["runs"]]
    assert values[names.index("sub-1_ses-0")][1] is None and values[names.index("sub-2_ses-0")][0] is None
    assert "infinite" in content["tabs"][0]["panels"][0]["means"][0]["tip"]
    figure = ablation_figure(metrics, SERIES, BASELINES)
    assert all(np.isfinite(axes.get_ylim()).all() for axes in figure.axes)


def test_ablations_are_found_in_the_table() -> None:
    hyperparameters = {key: None for key in HYPERPARAMETERS} | {
        "L": 16.0,
        "bandwidth": 0.05,
        "activation": "relu",
    }
    rows = [
        {"method": "tv", "recipe": None} | dict.fromkeys(HYPERPARAMETERS),
        {"method": "fourier", "recipe": "fourier"} | hyperparameters,
        {"method": "fourier-L-64", "recipe": "fourier"} | hyperparameters | {"L": 64.0},
        {"method": "fourier-activation-sine", "recipe": "fourier"} | hyperparameters | {"activation": "sine"},
        {"method": "other", "recipe": "other"} | hyperparameters | {"L": 64.0},
    ]
    found = {one["hyperparameter"]: one for one in find_series(pd.DataFrame(rows * 2))}
    assert found.keys() == {"L", "activation"}
    assert found["L"] == SERIES | {
        "methods": [{"method": "fourier", "value": 16}, {"method": "fourier-L-64", "value": 64}]
    }
    assert [one["value"] for one in found["activation"]["methods"]] == ["relu", "sine"]


def test_values_are_sorted_if_they_are_numbers() -> None:
    assert [method["value"] for method in sorted_methods(SERIES)] == [16, 64]
    names = [{"method": "a", "value": "relu"}, {"method": "b", "value": "gabor"}]
    assert [method["value"] for method in sorted_methods(SERIES | {"methods": names})] == ["relu", "gabor"]
    assert value_positions([0.5, 2]) == ([0.5, 2.0], True)
    assert value_positions([0, 4]) == ([0.0, 1.0], False)
    assert value_positions([True, False]) == ([0.0, 1.0], False)


def test_published_values_have_ticks_where_there_is_room() -> None:
    assert tick_places([16], []) == [16]
    assert tick_places([16, 64], [32, 64, 512]) == [16, 32, 64, 512]
    assert tick_places([0.02, 0.0375, 0.075], [0.01875, 0.0375, 0.075]) == [0.02, 0.0375, 0.075]


def test_baselines_far_away_are_named_at_the_edge() -> None:
    levels = {"linear": Level(10.0, 1.0), "tv": Level(29.5, 0.5), "cubic": Level(90.0)}
    bottom, top, labels = place_levels(levels, 29.0, 31.0, "psnr")
    assert bottom < 29.0 and 31.0 < top < 40
    assert [label.inside for label in labels] == [False, True, False]
    assert [label.text for label in labels] == ["linear 10.00 ↓", "TV 29.50", "cubic 90.00 ↑"]
    assert labels[1].height == pytest.approx((29.5 - bottom) / (top - bottom))
    assert sorted(label.place for label in labels) == [label.place for label in labels]


# The published ablation


def test_the_published_numbers_are_those_of_the_documentation() -> None:
    text = (ROOT / "docs" / "metrics.md").read_text().split("## The published table of `karthik2023`")[1]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line[:1] == "|"]
    by_size = [[float(cell) for cell in rows[i][1:]] for i in (0, 2, 3)]
    by_scale = [[float(cell) for cell in rows[i][1:]] for i in (4, 6, 7)]
    assert by_size == [[getattr(one, key) for one in published_series("L")] for key in ("L", "ssim", "psnr")]
    assert by_scale == [
        [getattr(one, key) for one in published_series("bandwidth")] for key in ("scale", "ssim", "psnr")
    ]
    assert {one.bandwidth / one.scale for one in PUBLISHED} == {0.0375 / 4}
    assert published_series("width") == []


def test_published_bandwidths_are_those_that_spine_generic_is_run_with() -> None:
    values = load_yaml(ROOT / "config" / "spine-generic.yaml")["ablations"]["bandwidth"]["values"]
    assert [one.bandwidth for one in published_series("bandwidth")] == pytest.approx(values, rel=0.07)


@pytest.mark.parametrize("metric", ["psnr", "ssim"])
def test_the_published_numbers_stand_beside_ours_by_their_protocol(metric: str) -> None:
    metrics = make_metrics()
    *regions, panel = ablation_panels(metrics, SERIES, BASELINES, metric)
    assert panel.title == PROTOCOL_TITLE
    assert panel.published == [(one.L, getattr(one, metric)) for one in published_series("L")]
    assert not any(region.published for region in regions)
    own = metrics[(metrics["region"] == "mask") & (metrics["method"] == "fourier")]
    means = own.groupby("image")[f"{metric}_karthik2023"].mean()
    assert panel.means[0].mean == pytest.approx(means.mean())
    low, high = panel.extent
    assert low <= min(value for _, value in panel.published) and high >= panel.published[-1][1]


@pytest.mark.parametrize(
    "series",
    [
        SERIES | {"hyperparameter": "width"},
        SERIES | {"methods": [{"method": "fourier", "value": "a"}, {"method": "fourier-L-64", "value": "b"}]},
    ],
)
def test_other_ablations_are_compared_with_nothing_published(series: dict[str, Any]) -> None:
    assert len(ablation_panels(make_metrics(), series, BASELINES, "psnr")) == 2
    assert "published" not in visible(ablation_page("a", make_metrics(), series, BASELINES, [0])).lower()


def test_a_run_that_did_not_ask_for_the_protocol_shows_nothing_of_it() -> None:
    metrics = make_metrics().drop(columns=["psnr_karthik2023", "ssim_karthik2023"])
    assert len(ablation_panels(metrics, SERIES, BASELINES, "psnr")) == 2
    text = visible(ablation_page("a", metrics, SERIES, BASELINES, [0])).lower()
    assert "published" not in text and "karthik2023" not in text


def test_the_text_says_what_differs_from_the_publication() -> None:
    metrics = make_metrics()
    everything = " ".join(published_text(metrics, "fourier"))
    assert all(word in everything for word in ("another person", "another network", "another model", "shape"))
    assert "read off" in everything and "zero" in everything
    own = " ".join(published_text(metrics.assign(sampling="point"), RECIPE))
    assert "another person" in own and "another network" not in own and "another model" not in own


# The page


def content_of(page: str) -> dict[str, Any]:
    """What the page's script is given."""
    content: dict[str, Any] = json.loads(re.search(r"const ablation = (.*);\n", page)[1])  # type: ignore[index]
    return content


def visible(page: str) -> str:
    """The page without its script and style."""
    return re.sub(r"<(script|style)>.*?</\1>", "", page, flags=re.DOTALL)


def test_the_page_holds_every_run_and_needs_nothing_else() -> None:
    metrics = make_metrics(19, (0, 1, 2))
    page = ablation_page("<b>", metrics, SERIES, BASELINES, [0, 1, 2])
    page.encode("ascii")
    assert len(page) < 100_000
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "") and "https://" not in page
    assert "<b>" not in visible(page) and "&lt;b&gt;" in page
    content = content_of(page)
    assert [tab["title"] for tab in content["tabs"]] == ["whole volume", "tissue", PROTOCOL_TITLE]
    assert all(len(tab["runs"]) == 20 * 3 for tab in content["tabs"])
    assert "95 % intervals from a bootstrap over 19 persons" in page
    assert len(re.findall("<tr><td>", page)) == 3 * 2
    assert ablation_page("<b>", metrics, SERIES, BASELINES, [0, 1, 2]) == page
    cells = re.findall(r"<td>([0-9.]+(?: dB)? \([^)]*\))", page)
    decimals = {cell.count("dB"): {len(end) for end in re.findall(r"\.([0-9]+)", cell)} for cell in cells}
    assert decimals == {0: {4}, 1: {2}}


def test_a_band_of_one_person_is_none() -> None:
    metrics = make_metrics(1, [3], 0)
    assert "band of one sd" not in ablation_page("one", metrics, SERIES, BASELINES, [3])
    assert "band of one sd" in ablation_page("two", make_metrics(), SERIES, BASELINES, [3])


def test_one_run_of_one_value_gives_a_complete_page() -> None:
    series = SERIES | {"methods": [{"method": "fourier", "value": 16}]}
    page = ablation_page("one", make_metrics(1, [3], 0), series, [], [3])
    tabs = content_of(page)["tabs"]
    assert tabs[0]["grid"] == [[0.5, "16"]] and [text for _, text in tabs[-1]["grid"]][:2] == ["16", "32"]
    assert "no interval" in page and "one image and seed" in page and "a single value" in page
    assert "a single value" not in ablation_page("two", make_metrics(), SERIES, [], [3])


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_tells_the_run_under_the_pointer(width: int, page: Page, tmp_path: Path) -> None:
    metrics = make_metrics(7)
    path = tmp_path / "ablation.html"
    path.write_text(ablation_page("sizes", metrics, SERIES, BASELINES, [0, 1]))
    page.set_viewport_size({"width": width, "height": 860})
    page.goto(path.as_uri())
    page.locator("body[data-ready=yes]").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    charts = page.locator("svg[tabindex]")
    assert charts.count() == 2 and page.locator("#charts path.run").count() == 2 * 16
    assert (
        page.locator("circle.meandot").count() == 2 * 2
        and page.locator("#charts path.published").first.get_attribute("d") == ""
    )
    tip = page.locator(".tip:visible")
    assert tip.count() == 0
    dot = page.locator("circle.dot").nth(2 * 15 + 1)  # of the last subject, which no other line is near
    dot.scroll_into_view_if_needed()
    box = dot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    told = tip.inner_text()
    name = re.match(r"subject 06 \(sub-6_ses-0\), seed ([01])\nL = 64\n", told)
    assert name is not None
    own = metrics[(metrics["image"] == "sub-6_ses-0") & (metrics["seed"] == int(name[1]))]
    row = own[(own["method"] == "fourier-L-64") & (own["region"] == "whole")].iloc[0]
    assert f"PSNR {row['psnr']:.3f} dB" in told and f"SSIM {row['ssim']:.4f}" in told
    place = tip.bounding_box()
    assert place is not None and place["x"] >= 0 and place["x"] + place["width"] <= width
    assert abs(place["y"] - box["y"]) < 30
    lines = page.locator("path.chosen").evaluate_all(
        "all => all.map((line) => line.getAttribute('d').length)"
    )
    assert min(lines) > 0  # the same run in both plots


def test_the_page_tells_means_baselines_and_the_published_numbers(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "ablation.html"
    path.write_text(ablation_page("sizes", make_metrics(7), SERIES, ["tv"], [0, 1]))
    page.goto(path.as_uri())
    tip = page.locator(".tip:visible")
    page.locator("circle.meandot").first.hover(force=True)
    assert (
        tip.inner_text().startswith("mean over 8 images of 7 persons\nL = 16\nPSNR ")
        and " to " in tip.inner_text()
    )
    page.get_by_label("measured in").select_option(PROTOCOL_TITLE)
    assert tip.count() == 0 and page.locator("rect.publisheddot").count() == 2 * 5
    page.locator("rect.publisheddot").nth(4).hover(force=True)
    assert tip.inner_text() == "karthik2023, published (another person)\nL = 512\nPSNR 29.68 dB"
    chart = page.locator("svg[tabindex]").first
    chart.press("ArrowDown")
    chart.press("ArrowDown")
    assert tip.inner_text().startswith("subject 00 (sub-0_ses-0), seed 1\nL = 16")
    chart.press("ArrowRight")
    assert "L = 64" in tip.inner_text()
    chart.press("Escape")
    assert tip.count() == 0
