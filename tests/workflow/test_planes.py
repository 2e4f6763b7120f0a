"""Slices that were never acquired, of a run."""

from pathlib import Path

import pytest
from support.datasets import image_paths
from support.runs import start
from support.snakemake import TINY, from_dataset, make_crops, read_rows

from isospine.io.atomic import read_json
from isospine.io.nifti import load_volume

pytestmark = pytest.mark.workflow

PLANES = {
    "oblique": {"plane": "axial", "angles": [20, 0, 0], "thickness": 4},
    "myelogram": {"plane": "coronal", "thickness": 6, "project": "max"},
}


@pytest.mark.slow
def test_slices_are_rendered_and_scored(repository: Path, tmp_path: Path) -> None:
    data = make_crops(tmp_path / "data", image_paths(["01"]))
    config = from_dataset(data, TINY | {"planes": PLANES})
    run = start(repository, tmp_path / "work", config, "results/tables/planes.tsv")
    rows = read_rows(run.results / "tables/planes.tsv")
    rows.sort(key=lambda row: row["slices"], reverse=True)
    assert [(row["slices"], row["method"], row["project"]) for row in rows] == [
        ("oblique", "fourier", "mean"),
        ("myelogram", "fourier", "max"),
    ]
    assert all(float(row["psnr"]) > 15 and 0 < float(row["known"]) <= 1 for row in rows)
    page = (run.results / "tables/planes.html").read_text()
    assert ">oblique" in page and ">myelogram" in page
    assert {row["person"] for row in rows} == {"01"}
    stem = "sub-01/anat/sub-01_res-{}_desc-fourierseed0_T2w"
    for name, plane in PLANES.items():
        image, _ = load_volume(run.results / f"{stem.format(name)}.nii.gz")
        about = read_json(run.results / f"{stem.format(name)}.json")
        assert image.max() > 0 and about["SliceThickness"] == plane["thickness"]
        assert ("ProjectionBias" in about) == (name == "myelogram")
