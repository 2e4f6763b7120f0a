import pandas as pd

from isospine.statistics.by_contrast import by_contrast, stacked


def test_a_single_contrast_is_left_as_it_is() -> None:
    table = pd.DataFrame({"contrast": ["T2w", "T2w"], "psnr": [1.0, 2.0]})
    parts = by_contrast(table)
    assert list(parts) == [""] and parts[""] is table and stacked(parts) is table
    assert list(by_contrast(table[["psnr"]])) == [""]


def test_parts_are_stacked_with_their_contrast_first() -> None:
    table = pd.DataFrame({"contrast": ["T2w", "T1w", "T2w"], "psnr": [1.0, 2.0, 4.0]})
    means = {contrast: own[["psnr"]].mean().to_frame().T for contrast, own in by_contrast(table).items()}
    expected = pd.DataFrame({"contrast": ["T2w", "T1w"], "psnr": [2.5, 2.0]})
    pd.testing.assert_frame_equal(stacked(means), expected)
    nothing = {contrast: own.iloc[:0, 1:] for contrast, own in by_contrast(table).items()}
    assert list(stacked(nothing).columns) == ["contrast", "psnr"] and stacked(nothing).empty
