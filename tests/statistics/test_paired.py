"""The paired comparison of methods: by hand, with equal methods, and with too few subjects."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from isospine.io.tables import read_table, write_table
from isospine.report.table_page import table_page
from isospine.statistics.paired import (
    MINIMUM_PERSONS,
    PAIRED_COLUMNS,
    PAIRED_HEADINGS,
    compare_methods,
    mean_interval,
    paired_text,
    shown_comparisons,
)

Runs = Sequence[tuple[str, str, str, int | None, float]]


def metrics_of(runs: Runs, region: str = "whole") -> pd.DataFrame:
    """Rows of (subject, image, method, seed, PSNR)."""
    table = pd.DataFrame(runs, columns=["subject", "image", "method", "seed", "psnr"])
    return table.assign(region=region, ssim=table["psnr"] / 50)


def one_image_each(**methods: Sequence[float]) -> pd.DataFrame:
    """PSNR of each method, one value per subject."""
    return metrics_of(
        [
            (f"{s:02}", f"sub-{s:02}", name, 0, x)
            for name, values in methods.items()
            for s, x in enumerate(values)
        ]
    )


def row_of(table: pd.DataFrame, method: str, comparator: str, measure: str = "psnr") -> pd.Series:
    found = table[
        (table["method"] == method) & (table["comparator"] == comparator) & (table["measure"] == measure)
    ]
    assert len(found) == 1
    return found.iloc[0]


def test_differences_by_hand() -> None:
    """Seeds are averaged first, so that the image with three of them counts once."""
    runs = [
        ("a", "a1", "net", 0, 30.0), ("a", "a1", "net", 1, 31.0), ("a", "a1", "net", 2, 35.0), ("a", "a1", "tv", None, 31.0),
        ("b", "b1", "net", 0, 28.0), ("b", "b1", "tv", None, 30.0),
        ("b", "b2", "net", 0, 28.5), ("b", "b2", "tv", None, 28.5),
    ]  # fmt: skip
    row = row_of(compare_methods(metrics_of(runs)), "net", "tv")
    assert row[["persons", "images", "images_won"]].tolist() == [2, 3, 1]
    assert row["difference"] == pytest.approx((1 - 2 + 0) / 3)
    back = row_of(compare_methods(metrics_of(runs)), "tv", "net")
    assert back[["images_won", "difference"]].tolist() == pytest.approx([1, 1 / 3])
    assert row_of(compare_methods(metrics_of(runs)), "net", "tv", "ssim")["difference"] == pytest.approx(
        -1 / 150
    )


def test_every_method_meets_every_other_in_every_region() -> None:
    names = ["c", "a", "b"]
    table = one_image_each(**{name: [30.0, 31.0] for name in names})
    both = pd.concat([table, table.assign(region="cord")])
    pairs = compare_methods(both)
    assert pairs.columns.tolist() == PAIRED_COLUMNS
    assert len(pairs) == 2 * 2 * 6
    assert not pairs.duplicated(["region", "measure", "method", "comparator"]).any()


def test_a_clear_winner_is_named_and_mirrored() -> None:
    values = np.random.default_rng(1).normal(30, 3, 8)
    gains = np.array([0.4, 0.6, 0.5, 0.9, 0.2, 0.5, 0.7, 0.3])
    pairs = compare_methods(one_image_each(net=values + gains, tv=values))
    won, lost = row_of(pairs, "net", "tv"), row_of(pairs, "tv", "net")
    assert (won["verdict"], lost["verdict"], won["images_won"], lost["images_won"]) == (
        "better",
        "worse",
        8,
        0,
    )
    assert 0 < won["low"] < won["difference"] < won["high"] < gains.max()
    assert [lost["low"], lost["high"]] == pytest.approx([-won["high"], -won["low"]])
    # as wide as Student's interval, which for eight near-normal numbers is about right
    half = 2.365 * gains.std(ddof=1) / np.sqrt(8)
    assert (won["high"] - won["low"]) / 2 == pytest.approx(half, rel=0.15)


def test_methods_with_equal_numbers_are_not_told_apart() -> None:
    values = np.linspace(25, 40, 9).tolist()
    row = row_of(compare_methods(one_image_each(net=values, tv=values)), "net", "tv")
    assert row[["difference", "low", "high", "verdict", "images_won"]].tolist() == [0, 0, 0, "undecided", 0]


def test_equally_good_methods_are_seldom_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plain percentile interval would decide 13 % of such comparisons of six subjects."""
    monkeypatch.setattr("isospine.statistics.paired.RESAMPLES", 1999)
    draws = np.random.default_rng(0).normal(size=(600, MINIMUM_PERSONS))
    intervals = [mean_interval(draw, np.ones(MINIMUM_PERSONS)) for draw in draws]
    decided = np.mean([low > 0 or high < 0 for low, high in intervals])
    assert 0.03 < decided < 0.09


def test_several_images_of_a_subject_are_one_witness() -> None:
    once = metrics_of(
        [(f"{s}", f"{s}i0", m, 0, 30 + s * (m == "net")) for s in range(7) for m in ("net", "tv")]
    )
    thrice = metrics_of(
        [
            (f"{s}", f"{s}i{i}", m, 0, 30 + s * (m == "net"))
            for s in range(7)
            for i in range(3)
            for m in ("net", "tv")
        ]
    )
    single, triple = (row_of(compare_methods(table), "net", "tv") for table in (once, thrice))
    assert (single["images"], triple["images"], triple["persons"]) == (7, 21, 7)
    assert triple[["low", "high"]].tolist() == pytest.approx(single[["low", "high"]].tolist())
    alone = metrics_of(
        [("s", f"i{i}", m, 0, 30 + i * (m == "net")) for i in range(20) for m in ("net", "tv")]
    )
    row = row_of(compare_methods(alone), "net", "tv")
    assert (row["persons"], row["images"], row["verdict"]) == (1, 20, "too few persons")


def test_a_subject_with_more_images_weighs_more_in_mean_and_interval() -> None:
    counts = np.array([1.0, 1, 1, 1, 1, 15])
    low, high = mean_interval(counts * [0, 0, 0, 0, 0, 1], counts)
    assert low == pytest.approx(0) and high > 0.9


@pytest.mark.parametrize("subjects", [1, MINIMUM_PERSONS - 1])
def test_too_few_subjects_have_no_interval_and_no_winner(subjects: int) -> None:
    pairs = compare_methods(one_image_each(net=[40.0 + s for s in range(subjects)], tv=[30.0] * subjects))
    assert set(pairs["verdict"]) == {"too few persons"}
    assert pairs[["low", "high"]].isna().all(axis=None)
    assert pairs["difference"].notna().all()


def test_a_perfect_reconstruction_has_no_interval() -> None:
    values = [30.0] * 7
    pairs = compare_methods(one_image_each(net=[float("inf")] * 7, other=[float("inf")] * 7, tv=values))
    assert row_of(pairs, "net", "tv")[["difference", "verdict"]].tolist() == [np.inf, "infinite difference"]
    assert row_of(pairs, "net", "other")[["difference", "verdict"]].tolist() == [0, "undecided"]


def test_images_that_one_method_lacks_do_not_count() -> None:
    table = one_image_each(net=np.arange(8.0), tv=np.arange(8.0) - 1)
    pairs = compare_methods(table[(table["method"] == "tv") | (table["image"] != "sub-03")])
    assert row_of(pairs, "net", "tv")[["persons", "images", "images_won"]].tolist() == [7, 7, 7]


def test_the_same_table_always_gives_the_same_numbers() -> None:
    random = np.random.default_rng(3)
    table = one_image_each(net=random.normal(size=9), tv=random.normal(size=9))
    first, again = compare_methods(table), compare_methods(table)
    pd.testing.assert_frame_equal(first, again)


def test_shown_are_the_best_baseline_of_each_region_and_the_flagship() -> None:
    whole = one_image_each(
        **{"pretrained": [33.0, 34.0]}, fourier=[31.0, 32.0], ibp=[30.0, 31.0], tv=[31.0, 33.0]
    )
    cord = one_image_each(
        **{"pretrained": [33.0, 34.0]}, fourier=[31.0, 32.0], ibp=[35.0, 31.0], tv=[31.0, 33.0]
    )
    metrics = pd.concat([whole, cord.assign(region="cord")])
    shown = shown_comparisons(compare_methods(metrics), metrics, ["ibp", "tv"])
    best = shown[shown["comparator"].str.contains("best baseline")]
    assert best.groupby("region")["comparator"].unique().map(list).to_dict() == {
        "whole": ["tv (best baseline)"],
        "cord": ["ibp (best baseline)"],
    }
    own = shown[(shown["region"] == "whole") & (shown["measure"] == "PSNR (dB)")]
    assert own[["method", "comparator"]].to_numpy().tolist() == [
        ["pretrained", "tv (best baseline)"],
        ["fourier", "tv (best baseline)"],
        ["ibp", "tv (best baseline)"],
        ["fourier", "pretrained (flagship)"],
        ["ibp", "pretrained (flagship)"],
        ["tv", "pretrained (flagship)"],
    ]
    assert sorted(shown.columns) == sorted(PAIRED_COLUMNS)


@pytest.mark.parametrize("methods", [{"pretrained": [33.0]}, {"fourier": [31.0], "siren": [30.0]}])
def test_a_page_without_baselines_or_flagship(methods: dict[str, list[float]]) -> None:
    metrics = one_image_each(**methods)
    compared = compare_methods(metrics)
    shown = shown_comparisons(compared, metrics, [])
    assert shown.empty and len(compared) == 2 * len(methods) * (len(methods) - 1)
    page = table_page(shown, "Paired", paired_text(), PAIRED_HEADINGS)
    assert page.count("<th ") == len(PAIRED_COLUMNS)


def test_the_table_without_pairs_has_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "paired.tsv"
    write_table(compare_methods(one_image_each(tv=[30.0])), path)
    assert path.read_text() == "\t".join(PAIRED_COLUMNS) + "\n"
    assert read_table(path).empty
