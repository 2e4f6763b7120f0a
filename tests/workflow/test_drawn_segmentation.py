"""A run on acquired views that also segments the cord from labels drawn on them."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from support.acquired_pairs import draw_labels, make_body, make_dataset, tilted_tube
from support.job_code import rules_seen, uncovered
from support.runs import ACQUIRED, Run, start
from support.snakemake import from_dataset

from isospine.evaluation.label_agreement import COLUMNS
from isospine.geometry.grid import Grid
from isospine.geometry.resample import resample
from isospine.io.atomic import read_json
from isospine.io.nifti import load_labels, load_volume, save_volume
from isospine.io.tables import read_table
from isospine.recipes.segmenters import SEGMENTERS
from isospine.segmentation.agreement import dice
from isospine.segmentation.area import COLUMNS as AREAS

pytestmark = [pytest.mark.workflow, pytest.mark.slow]
WANTED = "results/tables/segmentation.html"
SETTINGS: dict[str, Any] = ACQUIRED | {
    "segmentations": {"SC": {"kind": "binary"}}, "resolutions": [1.0], "baselines": ["cubic"],
}  # fmt: skip
#: What one view's labels are of: themselves, the segmentation by each method, its figure, and the table of all.
OF_A_VIEW = {
    **{"fetch_segmentation": 1, "label_view": 1, "segment": len(SEGMENTERS)},
    **{"figure_segmentation": 1, "segmentation_table": 1},
}


@pytest.fixture(scope="module")
def run(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Labels on both views of 01, on the axial one of 02, and on none of 03."""
    folder = tmp_path_factory.mktemp("drawn")
    data = make_dataset(folder / "data", ("01", "02", "03"))
    draw_labels(data, "01")
    draw_labels(data, "02", ["ax"])
    return start(repository, folder / "work", from_dataset(data, SETTINGS), WANTED)


def test_the_code_of_a_job_is_what_it_uses(run: Run) -> None:
    assert not list(uncovered(run.witnessed))
    assert {"label_view", "segment", "figure_segmentation"} <= rules_seen(run.witnessed)


def test_the_segmentation_is_that_of_the_body_where_it_was_at_first(run: Run) -> None:
    stem = run.results / "sub-01/anat/sub-01_res-1mm_label-SC_desc-distancesplineT2w"
    mask, affine = load_labels(f"{stem}_mask.nii.gz"), load_volume(f"{stem}_probseg.nii.gz")[1]
    np.testing.assert_array_equal(mask, load_labels(f"{stem}_probseg.nii.gz") > 0.5)
    body = make_body()[1]
    truth = resample(tilted_tube(body).astype(np.float32), body, Grid(mask.shape, affine), 1) > 0.5
    assert dice(mask > 0, truth) > 0.95
    assert len(read_json(f"{stem}_mask.json")["Sources"]) == 2
    areas = pd.read_csv(run.results / f"tables/sub-01/anat/{stem.name}_area.csv")
    assert tuple(areas) == AREAS
    np.testing.assert_allclose(areas["MEAN(area)"].median(), np.pi * 25 * np.cos(np.arctan(0.15)), rtol=0.06)


def test_each_view_is_compared_with_all_and_with_the_others(run: Run) -> None:
    table = read_table(run.results / "segmentation.tsv")
    assert tuple(table) == tuple(COLUMNS) == tuple(read_json(run.results / "segmentation.json"))
    assert list(dict.fromkeys(table["method"])) == list(SEGMENTERS)
    views = {image: list(dict.fromkeys(own["view"])) for image, own in table.groupby("image")}
    assert views == {"sub-01": ["sub-01_acq-ax_T2w", "sub-01_acq-sag_T2w"], "sub-02": ["sub-02_acq-ax_T2w"]}
    spline = table[table["method"] == "distance-spline"].set_index("view")
    assert spline["dice"].min() > 0.95
    assert spline.loc[views["sub-01"], "dice_others"].min() > 0.9
    assert np.isnan(spline.loc["sub-02_acq-ax_T2w", "dice_others"])


def test_who_is_skipped_or_has_one_view_is_said(run: Run) -> None:
    output = run.outcome.output
    assert "without labels of the cord on a view, skipped: sub-03_T2w" in output
    assert "labels on one view alone" in output and "guess: sub-02_T2w" in output
    assert "acq-ax_T2w_label-SC_seg.nii.gz: drawn in one plane alone" in output
    assert not (run.results / "sub-03").exists()


def test_labels_that_change_are_used_again_and_nothing_else_is(run: Run, tmp_path: Path) -> None:
    labels = run.data / "derivatives/labels/sub-02/anat/sub-02_acq-ax_T2w_label-SC_seg.nii.gz"
    before = labels.read_bytes()
    again = run.copy(tmp_path)
    assert not again.plan(WANTED).jobs
    try:
        data, affine = load_volume(labels)
        data[:, : data.shape[1] // 2] = 0
        save_volume(labels, data.astype(np.uint8), affine)
        again.again("results/manifest.tsv").succeeded()
        assert again.plan(WANTED).jobs == OF_A_VIEW
        save_volume(labels, data[:-1].astype(np.uint8), affine)
        refused = again.again(WANTED)
        assert refused.code != 0
        said = refused.output.split("What failed, by log file:")[1].split("How far")[0].strip().splitlines()
        assert len(said) == 1, said
        assert "label-SC_seg.nii.gz: its grid" in said[0] and "sub-02_acq-ax_T2w.nii.gz" in said[0]
    finally:
        labels.write_bytes(before)
