"""A run of which one image fails: what `status` tells, and the rest without it."""

from dataclasses import replace
from pathlib import Path

import pytest
from support.runs import METRICS, Run
from support.snakemake import TINY, from_dataset, read_rows

pytestmark = [pytest.mark.slow, pytest.mark.workflow]


def test_a_bad_image_fails_alone_and_is_left_out_by_name(failed_run: Run, tmp_path: Path) -> None:
    run = failed_run.copy(tmp_path)
    run = replace(run, config=from_dataset(run.data, TINY, subjects=["good", "truncated"]))

    target = "results/tables/status.tsv"
    failed = run.again(target, "--keep-going")
    assert failed.code != 0
    assert "snakemake --cores 1 leave_out" in failed.output
    assert (run.results / "metrics/sub-good/anat/sub-good_desc-linear_T2w.tsv").exists()
    assert not (run.directory / METRICS).exists()

    told = run.again("status").succeeded().output
    assert "2 images: 1 missing, 1 failed" in told  # the figures of the other one are missing
    assert "damaged or truncated" in told
    assert "log: results/logs/reference/sub-truncated/anat/sub-truncated_T2w.log" in told

    said = run.again("leave_out").succeeded().output
    assert "1 of 2 images are left out from now on: sub-truncated" in said
    run.again(target).succeeded()
    assert {row["image"] for row in read_rows(run.directory / METRICS)} == {"sub-good"}
    states = {row["image"]: row["state"] for row in read_rows(run.results / "tables/status.tsv")}
    assert states == {"sub-good": "done", "sub-truncated": "left out"}
    assert "sub-truncated" in (run.results / "tables/status.html").read_text()

    (run.results / "left_out.tsv").unlink()
    planned = run.plan(target).succeeded().jobs
    assert {rule: planned[rule] for rule in ("reference", "train", "metrics", "status_table")} == {
        "reference": 1,
        "train": 1,
        "metrics": 1,
        "status_table": 1,
    }
