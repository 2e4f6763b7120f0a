"""What the page on a reconstruction without a reference says in words."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

from isospine.report.body_page import answer, best_method
from isospine.report.body_tables import scores_table


def scores(psnr: dict[str, list[float]]) -> pd.DataFrame:
    return pd.DataFrame(
        {"method": method, "view": 0, "slice": number, "psnr": value, "ssim": 0.9}
        for method, values in psnr.items()
        for number, value in enumerate(values)
    )


def test_a_clear_difference_is_named_with_its_sign() -> None:
    rest = {"tv": [30.0, 30.1, 29.9, 30.0], "linear": [25.0, 25.0, 25.0, 25.0]}
    better = answer(scores({"fourier": [30.5, 30.6, 30.5, 30.4]} | rest), "fourier")
    assert "comes closer to them than TV" in better and "ahead in 4 of 4 slices" in better
    worse = answer(scores({"fourier": [29.5, 29.6, 29.5, 29.4]} | rest), "fourier")
    assert "comes further from them than TV" in worse and "ahead in 0 of 4 slices" in worse


def test_a_method_alone_is_compared_with_nothing() -> None:
    alone = scores({"fourier": [30.0, 31.0]})
    assert best_method(alone) == "fourier" and "nothing to compare it with" in answer(alone, "fourier")


def test_equal_methods_are_not_told_apart() -> None:
    random = np.random.default_rng(0)
    for _ in range(5):
        common = random.normal(30, 2, 6)
        table = scores({name: (common + random.normal(0, 0.2, 6)).tolist() for name in ("fourier", "tv")})
        table.loc[table["method"] == "fourier", "psnr"] -= (
            table.loc[table["method"] == "fourier", "psnr"].mean()
            - table.loc[table["method"] == "tv", "psnr"].mean()
        )
        assert "do not tell INR fourier and TV" in answer(table, "fourier")


def test_a_difference_that_cannot_be_shown_is_none() -> None:
    table = scores({"fourier": [30.0, 31.0, 32.0], "tv": [30.001, 31.001, 32.001]})
    said = answer(table, "fourier")
    assert "are equal within rounding: PSNR 30.9" in said and "ahead" not in said


def test_one_slice_has_no_standard_deviation() -> None:
    placed = SimpleNamespace(acquired=[SimpleNamespace(path=Path("ax.nii.gz"))])
    one, several = (scores_table(scores({"tv": psnr}), placed) for psnr in ([30.0], [30.0, 32.0]))
    assert one is not None and one["rows"] == [["TV", "30.00 dB, 0.900"]]
    assert several is not None and several["rows"][0][1].endswith("dB (1.41), 0.900 (0.000)")


def test_one_slice_tells_nothing() -> None:
    assert "do not tell" in answer(scores({"fourier": [32.0], "tv": [25.0]}), "fourier")


def test_without_trials_that_is_said() -> None:
    assert "No trial was possible" in answer(
        scores({}).reindex(columns=["method", "view", "slice", "psnr", "ssim"]), "tv"
    )
