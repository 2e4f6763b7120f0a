"""What the page of a subject says of its segmentations."""

import pandas as pd
from support.subject_pages import plan_of

from isospine.evaluation.label_agreement import label_agreement
from isospine.report.segmentations import segmentation_warnings, segmentations_table
from isospine.report.subject import image_section, subject_page

ABOUT = {"image": "sub-01", "contrast": "T2w", "structure": "SC", "kind": "binary"}


def agreement(method: str, axial: float, sagittal: float) -> pd.DataFrame:
    about = {**ABOUT, "method": method}
    return label_agreement(about, ["ax", "sag"], [axial, sagittal], [0.9, float("nan")])


def test_each_view_has_a_row_for_each_method() -> None:
    table = segmentations_table(pd.concat([agreement("tv", 0.99, 0.98), agreement("nearest", 1, 0.95)]))
    assert table is not None and table["heads"][:3] == ["method", "view", "Dice"]
    assert table["rows"][1] == ["tv", "sag", "0.980", "n/a"] and len(table["rows"]) == 4
    scored = pd.DataFrame([{"method": "tv", "dice": 0.9, "surface_distance": 0.1, "area_error": 2.0}])
    assert segmentations_table(scored) == {
        "heads": ["method", "Dice", "surface distance (mm)", "area error (%)"],
        "rows": [["tv", "0.900", "0.10", "2.0"]],
    }
    assert segmentations_table(pd.DataFrame()) is None


def test_labels_that_no_segmentation_agrees_with_are_warned_of() -> None:
    poor = pd.concat([agreement("tv", 0.9, 0.7), agreement("nearest", 1, 0.5)])
    (warning,) = segmentation_warnings(poor)
    assert "on sag agree" in warning and "0.70" in warning
    assert not segmentation_warnings(agreement("tv", 0.9, 0.9)) and not segmentation_warnings(pd.DataFrame())
    plan = plan_of("sub-01_T2w")
    plan["figures"] = [{"rule": "figure_segmentation", "path": "results/figures/sub-01/cord.png"}]
    empty = pd.DataFrame()
    page = subject_page("01", [image_section(plan, empty, empty, [], [], {}, poor)], [], "run")
    assert warning[:40] in page and "0.500" in page and "labels of the other views alone" in page
