"""Numbers in tables for people: measures at their decimal places, settings and counts with all digits."""

import math
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page
from support.figures import make_metrics

from isospine.evaluation.measures import MEASURES
from isospine.report.table_page import leading_columns, table_page, table_texts
from isospine.statistics.paired import compare_methods, paired_digits, shown_comparisons


def texts(**values: float) -> dict[str, str]:
    return {str(key): text for key, text in table_texts(pd.DataFrame([values])).iloc[0].items()}


def test_measures_have_their_digits() -> None:
    row = {
        "psnr": 29.12345,
        "ssim_mean": 0.912345,
        "psnr_sd_seeds": -0.0,
        "nrmse_sd": 0.01,
        "train_seconds": 3.0,
    }
    assert texts(**row) == {
        "psnr": "29.12", "ssim_mean": "0.9123", "psnr_sd_seeds": "0.00", "nrmse_sd": "0.0100", "train_seconds": "3.00",
    }  # fmt: skip
    assert texts(psnr=math.inf, ssim=math.nan) == {"psnr": "inf", "ssim": "n/a"}


def test_counts_and_settings_have_all_of_theirs() -> None:
    row = {
        "seed": 4294967295.0,
        "L": 256.0,
        "bandwidth": 0.01875,
        "learning_rate": 1e-4,
        "model_bytes": 1234567.0,
    }
    assert texts(**row) == {
        "seed": "4294967295", "L": "256", "bandwidth": "0.01875", "learning_rate": "0.0001", "model_bytes": "1234567",
    }  # fmt: skip


def test_no_cell_is_a_negative_zero() -> None:
    assert set(texts(**{name: -1e-9 for name in MEASURES}).values()) <= {"0", "0.00", "0.0000"}


def test_a_row_of_the_paired_table_has_the_digits_of_its_measure() -> None:
    rows = [
        {
            "region": "whole", "image": f"sub-{n}", "subject": str(n), "method": method, "recipe": None,
            "psnr": 30 + gain, "ssim": 0.9 + gain / 100,
        }
        for n in range(2)
        for method, gain in (("tv", 0.0), ("cubic", -0.123456))
    ]  # fmt: skip
    metrics = pd.DataFrame(rows)
    shown = shown_comparisons(compare_methods(metrics), metrics, ["tv", "cubic"])
    found = table_texts(shown, paired_digits(shown))
    differences = dict(zip(found["measure"], found["difference"], strict=True))
    assert differences == {"PSNR (dB)": "-0.12", "SSIM": "-0.0012"}
    assert "-0.12<td>" in table_page(shown, "t", "x", {}, paired_digits(shown))


# In a browser


@pytest.mark.parametrize("width", [1280, 390])
def test_a_wide_table_begins_with_what_matters_and_has_the_rest_behind_a_switch(
    tmp_path: Path, page: Page, width: int
) -> None:
    table = make_metrics(3).assign(**{f"setting{number}": number for number in range(20)}, note="secret word")
    path = tmp_path / "table.html"
    path.write_text(table_page(table, "All", "Every row.", {"psnr": "PSNR (dB)"}))
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shown = page.locator("thead th:visible").all_inner_texts()
    assert shown == ["method", "region", "PSNR (dB)", "ssim", "image", "seed"]
    last = page.locator("th", has_text="setting19")
    assert not last.is_visible()
    page.get_by_role("button", name="PSNR (dB)").click()
    values = [float(text) for text in page.locator("tbody td:nth-child(3)").all_inner_texts()]
    assert values == sorted(values)
    page.get_by_label("All").check()
    assert last.is_visible() and page.locator("thead th:visible").count() == len(table.columns)
    assert page.evaluate("document.documentElement.scrollWidth") <= width  # the table scrolls, not the page
    page.locator(".scroll").evaluate("box => box.scrollTo(box.scrollWidth, 200)")
    box = page.locator(".scroll").bounding_box()
    for place in ("th", "tbody tr:nth-child(12) td"):  # first column and headings stay
        assert page.locator(f"{place}:first-child").first.bounding_box()["x"] == pytest.approx(
            box["x"], abs=1
        )
    assert page.locator("th").first.bounding_box()["y"] == pytest.approx(box["y"], abs=1)
    page.get_by_label("All").uncheck()
    page.get_by_role("searchbox").fill("secret cord tv")  # finds what is in hidden columns too
    assert page.locator("tbody tr:visible").count() == 3


def test_a_narrow_table_has_no_switch() -> None:
    assert 'id="all"' not in table_page(pd.DataFrame({"image": ["a"], "state": ["done"]}), "t", "x", {})
    assert 'id="all"' not in table_page(pd.DataFrame({"a": [1], "b": [2]}), "t", "x", {})


def test_the_contrast_is_shown_where_there_are_several() -> None:
    table = pd.DataFrame({"contrast": ["T1w", "T2w"], "method": "tv", "psnr": 1.0})
    assert leading_columns(table) == ["method", "psnr", "contrast"]
    assert leading_columns(table[:1]) == ["method", "psnr"]
