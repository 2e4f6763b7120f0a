"""Numbers in tables for people: measures at their decimal places, settings and counts with all digits."""

import math

import pandas as pd

from isospine.evaluation.measures import MEASURES
from isospine.report.table_page import table_page, table_texts
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
