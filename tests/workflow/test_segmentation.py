"""A run that also segments the cord from labels on the views."""

from pathlib import Path

import numpy as np
import pytest
from support.runs import Run

from isospine.evaluation.segmentation_scores import COLUMNS
from isospine.io.atomic import read_json
from isospine.io.nifti import load_labels
from isospine.io.tables import read_table
from isospine.recipes.segmenters import SEGMENTERS

pytestmark = [pytest.mark.workflow, pytest.mark.slow]


def test_the_cord_is_segmented_and_nothing_else_is_made_again(simulated_run: Run, tmp_path: Path) -> None:
    run = simulated_run.copy(tmp_path)
    config = run.config | {"segmentations": {"SC": {"kind": "binary"}}}
    wanted = ["results/segmentation.tsv", "results/tables/segmentation.html"]
    planned = run.plan(*wanted, config=config).succeeded().jobs
    made = {"label_view": 2, "segment": len(SEGMENTERS), "figure_segmentation": 1, "segmentation_table": 1}
    assert planned == made
    run.again(*wanted, config=config).succeeded()
    table = read_table(run.results / "segmentation.tsv")
    assert tuple(table) == tuple(COLUMNS) == tuple(read_json(run.results / "segmentation.json"))
    assert table["method"].tolist() == list(SEGMENTERS)
    scores = table.set_index("method")
    assert scores["dice"].idxmax() in ("distance-spline", "tv")
    assert scores.loc["distance-spline", "dice"] > 0.9
    stem = run.results / "sub-01/anat/sub-01_res-reference_label-SC_desc-distancesplineT2w"
    mask, occupancy = (load_labels(f"{stem}_{kind}.nii.gz") for kind in ("mask", "probseg"))
    np.testing.assert_array_equal(mask, occupancy > 0.5)
    assert len(read_json(f"{stem}_mask.json")["Sources"]) == 2
    labels = load_labels(run.results / "sub-01/anat/sub-01_label-SC_desc-axial5T2w_probseg.nii.gz")
    assert set(np.unique(labels)) == {0, 1}
