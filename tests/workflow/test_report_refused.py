"""A report is of what was run with this configuration to its end, or there is none."""

from pathlib import Path
from typing import Any

import pytest
from support.datasets import image_paths, make_bids
from support.runs import Run
from support.snakemake import Outcome, from_dataset, merged, snakemake

pytestmark = pytest.mark.workflow


@pytest.fixture(scope="module")
def finished(simulated_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return simulated_run.copy(tmp_path_factory.mktemp("refused"))


def check_refused(outcome: Outcome, folder: Path, *words: str) -> None:
    assert outcome.code != 0
    assert not (folder / "report.html").exists()
    said = "\n".join(outcome.output.splitlines())
    assert "No report was written" in said and "Report created" not in said, said[-2000:]
    run = next(line for line in said.splitlines() if line.startswith("Run first:"))
    assert "--cores all" in run and "overlay.yaml" in run
    for word in words:
        assert word in said


CHANGES: dict[str, dict[str, Any]] = {
    "another seed": {"seeds": [3]},
    "fewer methods": {"baselines": ["linear"]},
    "another factor": {"views": [{"plane": "axial", "factor": 3}, {"plane": "sagittal", "factor": 2}]},
    "one subject": {"dataset": {"subjects": ["01"]}},
}


@pytest.mark.parametrize("change", CHANGES)
def test_another_configuration(finished: Run, change: str) -> None:
    config = merged(finished.config, CHANGES[change])
    check_refused(finished.again("--report", "report.html", config=config), finished.directory)


def test_another_value_on_the_command_line(finished: Run) -> None:
    outcome = finished.again("--report", "report.html", "--config", "seeds=[3]")
    check_refused(outcome, finished.directory, "--config 'seeds=[3]'")


def test_results_that_are_gone_or_changed(simulated_run: Run, tmp_path: Path) -> None:
    run = simulated_run.copy(tmp_path)
    (run.results / "metrics.tsv").unlink()
    check_refused(run.again("--report", "report.html"), run.directory, "jobs at least would run")


def test_a_folder_where_nothing_or_little_was_run(repository: Path, tmp_path: Path) -> None:
    work, config = tmp_path / "work", from_dataset(make_bids(tmp_path / "data", image_paths(["01"])))
    check_refused(snakemake(repository, work, "--report", "report.html", config=config), work, "index")
    snakemake(repository, work, "--until", "index", config=config).succeeded()
    check_refused(snakemake(repository, work, "--report", "report.html", config=config), work, "train")
