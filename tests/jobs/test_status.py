import os
from pathlib import Path

import pytest
from support.datasets import refuses

from isospine.jobs.status import (
    SILENCE_SECONDS,
    finished_status,
    image_status,
    leave_out,
    read_left_out,
    run_status,
    status_text,
)

METRICS = "results/metrics.tsv"
NOW = 1_000_000.0
SILENT = SILENCE_SECONDS + 1

#: State of a job: whether its product is there, the end of its log, and how long ago that was written.
JOBS: dict[str, list[tuple[bool, str | None, float]]] = {
    "done": [(True, "took 1.0 s and at most 100 MB of memory\n", SILENT), (True, None, 0)],
    "missing": [(False, None, 0), (False, "took 1.0 s and at most 100 MB of memory\n", SILENT)],
    "running": [(False, "training: 10%\rtraining: 20%", 5.0), (False, "", 5.0)],
    "failed": [
        (False, "ERROR: sub-01: not isotropic\n", 5.0),
        (False, "Traceback (most recent call last):\n  File\nValueError: no\n", SILENT),
        (False, "training: 10%\rtraining: 20%", SILENT),
    ],
}


def make_job(folder: Path, name: str, there: bool, end: str | None, age: float) -> tuple[str, str]:
    product, log = folder / f"{name}.nii.gz", folder / f"{name}.log"
    if there:
        product.touch()
    if end is not None:
        log.write_text(end)
        os.utime(log, (NOW - age, NOW - age))
    return str(product), str(log)


@pytest.mark.parametrize("state", JOBS)
def test_state_of_a_job(tmp_path: Path, state: str) -> None:
    jobs = [make_job(tmp_path, str(index), *job) for index, job in enumerate(JOBS[state])]
    for job in jobs:
        assert image_status("sub-01", [job], NOW)["state"] == state
    row = image_status("sub-01", jobs, NOW)
    assert (row["state"], row[state], row["jobs"]) == (state, len(jobs), len(jobs))


def test_an_image_is_what_its_worst_job_is(tmp_path: Path) -> None:
    jobs = {state: make_job(tmp_path, state, *JOBS[state][0]) for state in JOBS}
    assert image_status("sub-01", jobs.values(), NOW)["state"] == "failed"
    assert image_status("sub-01", [jobs["done"], jobs["missing"], jobs["running"]], NOW)["state"] == "running"
    row = image_status("sub-01", [jobs["done"], jobs["missing"]], NOW)
    assert (row["state"], row["done"], row["reason"], row["log"]) == ("missing", 1, "n/a", "n/a")


def test_reason_and_log_of_the_first_failure(tmp_path: Path) -> None:
    jobs = [make_job(tmp_path, str(index), *job) for index, job in enumerate(JOBS["failed"])]
    row = image_status("sub-01", jobs, NOW)
    assert (row["reason"], row["log"]) == ("sub-01: not isotropic", jobs[0][1])
    assert "killed" in str(image_status("sub-01", jobs[2:], NOW)["reason"])


def three_images(folder: Path) -> dict[str, list[tuple[str, str]]]:
    states = {"sub-01": "done", "sub-02": "failed", "sub-03": "missing"}
    return {image: [make_job(folder, image, *JOBS[state][0])] for image, state in states.items()}


def test_text_says_who_failed_why_and_where_to_look(tmp_path: Path) -> None:
    text = status_text(run_status(three_images(tmp_path), {}, NOW))
    assert "sub-02  failed   0/1" in text
    assert "3 images: 1 done, 1 failed, 1 missing" in text
    assert f"sub-02: sub-01: not isotropic\n    log: {tmp_path}/sub-02.log" in text


def test_what_failed_is_left_out_and_stays_so(tmp_path: Path) -> None:
    jobs, table = three_images(tmp_path), tmp_path / "left_out.tsv"
    assert leave_out(run_status(jobs, read_left_out(table), NOW), table) == ["sub-02"]
    left_out = read_left_out(table)
    assert left_out == {"sub-02": ("sub-01: not isotropic", jobs["sub-02"][0][1])}
    Path(jobs["sub-02"][0][1]).unlink()
    rows = run_status(jobs, left_out, NOW)
    assert [row["state"] for row in rows] == ["done", "left out", "missing"]
    assert leave_out(rows, table) == ["sub-02"]
    assert read_left_out(table) == left_out
    states = [(row["state"], row["reason"]) for row in finished_status(dict.fromkeys(jobs, 1), left_out)]
    assert states == [("done", "n/a"), ("left out", "sub-01: not isotropic"), ("done", "n/a")]


def test_leaving_out_everything_is_refused(tmp_path: Path) -> None:
    jobs = {"sub-01": [make_job(tmp_path, "sub-01", *JOBS["failed"][0])]}
    with refuses("all 1 images failed", "not isotropic", "sub-01.log"):
        leave_out(run_status(jobs, {}, NOW), tmp_path / "left_out.tsv")
    assert not (tmp_path / "left_out.tsv").exists()


def test_a_file_that_is_no_such_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "left_out.tsv").write_text("subject\nsub-01\n")
    with refuses("left_out.tsv", "expected the columns image, reason, log", "delete it"):
        read_left_out(tmp_path / "left_out.tsv")


def test_what_is_not_finished_is_left_out_where_that_is_asked_for(tmp_path: Path) -> None:
    jobs, table = three_images(tmp_path), tmp_path / "left_out.tsv"
    states = ["failed", "running", "missing"]
    assert leave_out(run_status(jobs, {}, NOW), table, states) == ["sub-02", "sub-03"]
    assert read_left_out(table)["sub-03"] == ("0 of its 1 jobs are done", "n/a")
    with refuses("no image is finished", "0 of its 1 jobs are done"):
        leave_out(run_status({"sub-03": jobs["sub-03"]}, {}, NOW), table, states)
