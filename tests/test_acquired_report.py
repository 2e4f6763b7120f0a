"""What the page on a reconstruction without a reference says in words."""

import numpy as np
import pandas as pd

from isospine.acquired_report import answer


def scores(ssim: dict[str, list[float]]) -> pd.DataFrame:
    return pd.DataFrame(
        {"method": method, "view": 0, "slice": number, "psnr": 30.0, "ssim": value}
        for method, values in ssim.items()
        for number, value in enumerate(values)
    )


def test_a_clear_difference_is_named_with_its_sign() -> None:
    rest = {"tv": [0.80, 0.81, 0.79, 0.80], "linear": [0.5, 0.5, 0.5, 0.5]}
    better = answer(scores({"fourier": [0.85, 0.86, 0.85, 0.84]} | rest), "fourier")
    assert "resembles them more than what TV predicts" in better and "ahead on 4 of 4 slices" in better
    worse = answer(scores({"fourier": [0.75, 0.76, 0.75, 0.74]} | rest), "fourier")
    assert "resembles them less than what TV predicts" in worse and "ahead on 0 of 4 slices" in worse


def test_equal_methods_are_not_told_apart() -> None:
    random = np.random.default_rng(0)
    for _ in range(5):
        common = random.normal(0.8, 0.05, 6)
        table = scores({name: (common + random.normal(0, 0.01, 6)).tolist() for name in ("fourier", "tv")})
        table.loc[table["method"] == "fourier", "ssim"] -= (
            table.loc[table["method"] == "fourier", "ssim"].mean()
            - table.loc[table["method"] == "tv", "ssim"].mean()
        )
        assert "do not tell INR fourier and TV" in answer(table, "fourier")


def test_one_slice_tells_nothing() -> None:
    assert "do not tell" in answer(scores({"fourier": [0.9], "tv": [0.5]}), "fourier")


def test_without_slices_that_is_said() -> None:
    assert "No slice could be held out" in answer(
        scores({}).reindex(columns=["method", "view", "slice", "psnr", "ssim"]), "tv"
    )
