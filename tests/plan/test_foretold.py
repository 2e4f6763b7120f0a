"""What a plan says of a run, before anything is computed."""

from pathlib import Path
from typing import Any

import pytest
from support.datasets import image_paths
from support.plans import Wildcards, acquired, manifest_row, simulated
from support.snakemake import TINY

from isospine.plan.foretold import Job, foretell
from isospine.plan.simulated import Simulated

SIZE = {"shape": "22x24x26", "spacing": "1x1x0.8333"}


def jobs_of(run: Any) -> list[Job]:
    return [(step.rule, Wildcards(own)) for step in run.steps.values() for own in run.runs(step)]


def plan_of(folder: Path, subjects: int, *changes: dict[str, Any]) -> Simulated:
    paths = image_paths([f"{number:03}" for number in range(subjects)])
    return simulated(folder, [manifest_row(path, **SIZE) for path in paths], TINY, *changes)


def test_a_small_run(tmp_path: Path) -> None:
    run = plan_of(tmp_path, 2)
    lines = foretell(run, jobs_of(run), 4, "/data/my study")
    assert lines[:5] == [
        "Dataset:  /data/my study",
        "Images:   2 T2w images of 2 subjects",
        "          sub-000: T2w 22 x 24 x 26 voxels of 1 x 1 x 0.83 mm",
        "          sub-001: T2w 22 x 24 x 26 voxels of 1 x 1 x 0.83 mm",
        "Methods:  fourier; linear",
    ]
    count = len(jobs_of(run))
    known = "2 copies of images, 2 trainings, 2 baselines, 2 reconstructions, 4 measurements"
    assert (
        lines[5] == f"To do:    {count} jobs: {known} and {count - 12} for views, tables, figures and pages"
    )
    assert "4 jobs at a time" in lines[6]


def test_finished_images_are_counted(tmp_path: Path) -> None:
    run = plan_of(tmp_path, 3)
    left = [(rule, own) for rule, own in jobs_of(run) if own.get("image", "").endswith("sub-001")]
    assert "3 T2w images of 3 subjects, 2 of them finished" in foretell(run, left, 1, "")[1]


def test_many_images_are_counted_by_their_size(tmp_path: Path) -> None:
    paths = image_paths([f"{number:03}" for number in range(267)])
    rows = [
        manifest_row(path, **SIZE | {"shape": f"{22 + max(0, index - 260)}x24x26"})
        for index, path in enumerate(paths)
    ]
    run = simulated(tmp_path, rows, TINY)
    lines = foretell(run, jobs_of(run), 100, "")
    assert len(lines) <= 20
    assert "267 T2w images of 267 subjects" in lines[1]
    assert lines[2] == "          261 of T2w 22 x 24 x 26 voxels of 1 x 1 x 0.83 mm"
    assert lines[6] == "          3 of other sizes"


def test_acquired_views_are_listed(tmp_path: Path) -> None:
    run = acquired(tmp_path)
    lines = foretell(run, jobs_of(run), 1, "")
    unknown = "of a size that is known when it is fetched"
    assert lines[2] == f"          sub-01: acq-ax T2w {unknown}, acq-sag T2w {unknown}"


@pytest.mark.parametrize(("at_a_time", "others"), [(1, 2), (4, 8)])
def test_more_at_a_time_takes_less_time_but_no_less_than_the_longest_job(
    tmp_path: Path, at_a_time: int, others: int
) -> None:
    run = plan_of(tmp_path, 8)
    jobs = jobs_of(run)

    def time_line(number: int, own: list[Job] = jobs) -> str:
        return next(line for line in foretell(run, own, number, "") if line.startswith("Time:")).split(",")[0]

    assert time_line(at_a_time) != time_line(others)
    one = [job for job in jobs if job[0] == "train"][:1]
    assert time_line(1, one) == time_line(100, one)


def test_a_dataset_that_is_not_here_yet(tmp_path: Path) -> None:
    run = plan_of(tmp_path, 1)
    lines = foretell(run, [("clone", Wildcards())], 1, "https://example.org/data", known=False)
    assert "not known before it is cloned" in lines[0] and len(lines) == 3
