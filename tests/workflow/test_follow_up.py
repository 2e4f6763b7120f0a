"""The workflow on a later session with an earlier scan of the same person, from the dataset to the pages."""

import json
from pathlib import Path
from typing import Any

import nibabel as nib
import pytest
from support.follow_ups import make_sessions
from support.job_code import rules_seen, uncovered
from support.runs import ACQUIRED, Run, run_once, start
from support.snakemake import TINY, from_dataset, read_rows

pytestmark = pytest.mark.workflow

NAME = "sub-01/ses-02/anat/sub-01_ses-02"
FOLLOW_UP: dict[str, Any] = {
    "recipes": {"follow-up": {}, "pretrained": None, "fourier": None},
    "earlier": {"session": "01"},
    "baselines": ["linear", "tv"],
}
VIEWS = {"views": [{"plane": "axial", "factor": 4}, {"plane": "sagittal", "factor": 4}]}
MAPS = ("earlier", "change", "zscore", "remembered", "jacobian")


@pytest.fixture(scope="module")
def simulated(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    def make(repository: Path, folder: Path) -> Run:
        config = from_dataset(make_sessions(folder / "data"), TINY, FOLLOW_UP, VIEWS)
        return start(repository, folder / "work", config)

    return run_once(tmp_path_factory, "follow_up", repository, make)


def test_the_later_scan_alone_is_measured_and_the_method_marked(simulated: Run) -> None:
    rows = read_rows(simulated.results / "metrics.tsv")
    assert {row["image"] for row in rows} == {"sub-01_ses-02"}
    assert {row["method"]: row["earlier"] for row in rows} == {
        "follow-up": "sub-01_ses-01", "linear": "n/a", "tv": "n/a",
    }  # fmt: skip
    verdicts = {row["method"]: row["earlier_verdict"] for row in rows}
    assert verdicts == {"follow-up": "used", "linear": "n/a", "tv": "n/a"}
    whole = {row["method"]: float(row["psnr"]) for row in rows if row["region"] == "whole"}
    assert whole["follow-up"] > whole["tv"] + 3


def test_it_is_ranked_among_no_others(simulated: Run) -> None:
    paired = read_rows(simulated.results / "tables/paired.tsv")
    assert "follow-up" not in {row[key] for row in paired for key in ("method", "comparator")}
    page = (simulated.results / "report/index.html").read_text()
    assert "With an earlier scan of the same person" in page and "has seen the reference" not in page
    log = simulated.results / f"logs/figures/{NAME}_desc-erroranatomy_T2w.log"
    assert "has seen the reference" not in log.read_text()
    assert "baselines up to 94%" not in page, (
        "what an earlier scan showed is no measure of what can be guessed"
    )


def test_the_maps_the_table_and_the_pages_are_there(simulated: Run) -> None:
    label = f"{NAME}_desc-followupseed0"
    shape = nib.load(simulated.results / f"{NAME}_res-reference_desc-followupseed0_T2w.nii.gz").shape
    for kind in MAPS:
        assert nib.load(simulated.results / f"{label}{kind}_T2w.nii.gz").shape == shape
        sidecar = json.loads((simulated.results / f"{label}{kind}_T2w.json").read_text())
        assert sidecar["EarlierScan"] == "sub-01_ses-01" and sidecar["EarlierScanUsed"]
    assert read_rows(simulated.results / f"tables/{label}clusters_T2w.tsv")
    assert (simulated.results / f"figures/{label}flicker_T2w.html").read_text().isascii()
    page = (simulated.results / "report/sub-01.html").read_text()
    assert "was used" in page and "What changed" in page and f"{label}followup_T2w.png" in page


def test_the_code_of_a_job_is_what_it_uses(simulated: Run) -> None:
    assert not list(uncovered(simulated.witnessed))
    assert "follow_up" in rules_seen(simulated.witnessed)


def test_another_earlier_scan_trains_the_method_again_and_nothing_else(
    simulated: Run, tmp_path: Path
) -> None:
    run = simulated.copy(tmp_path)
    assert run.plan().jobs == {}
    jobs = run.plan(
        config=run.config | {"recipes": run.config["recipes"] | {"follow-up": {"alpha": 0.5}}}
    ).jobs
    assert jobs["train"] == jobs["follow_up"] == 1 and "baseline" not in jobs and "view" not in jobs


def test_the_image_under_test_is_no_earlier_scan(simulated: Run) -> None:
    from isospine.jobs.guard import SightError, see_views_only

    tested = f"results/sourcedata/{NAME}_T2w.nii.gz"
    with pytest.raises(SightError, match="was about to be read"):
        see_views_only(NAME, [tested], [tested])


@pytest.mark.slow
def test_acquired_views_with_an_earlier_scan(repository: Path, tmp_path: Path) -> None:
    config = from_dataset(make_sessions(tmp_path / "data", acquired=True), ACQUIRED, FOLLOW_UP)
    run = start(repository, tmp_path / "work", config | {"resolutions": [1.0]})
    trials = read_rows(run.results / "trials.tsv")
    assert {row["method"] for row in trials} == {"linear", "tv"}, "what knows an earlier scan is not tried"
    assert (run.results / f"{NAME}_desc-followupseed0change_T2w.nii.gz").exists()
    record = json.loads((run.results / f"models/{NAME}_desc-followupseed0_T2w.json").read_text())
    assert record["earlier"] == "sub-01_ses-01_acq-iso" and record["earlier_used"]
