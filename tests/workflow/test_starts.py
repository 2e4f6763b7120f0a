"""A run whose networks start from the mean of those of other persons."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from support.datasets import REAL_T2W, image_paths
from support.runs import Run, start
from support.snakemake import TINY, from_dataset, make_crops, merged, plan, read_rows

from isospine.models.load import load_model

pytestmark = [
    pytest.mark.workflow,
    pytest.mark.skipif(not REAL_T2W.is_dir(), reason="no real volumes"),
]

#: `mean` alone is asked for, and an ablation beside it.
MEAN: dict[str, Any] = {
    "recipes": TINY["recipes"] | {"fourier": TINY["recipes"]["fourier"] | {"initial": "mean"}},
    "ablations": {"start": {"recipe": "fourier", "hyperparameter": "initial", "values": ["random", "mean"]}},
}
SUBJECTS = ("sub-01", "sub-02", "sub-03")
TARGETS = ("results/metrics.tsv", "results/report/methods.html", "results/figures/ablation_start.png")
RANDOM_LABEL, MEAN_LABEL = "fourierinitialrandomseed0", "fourierseed0"


@pytest.fixture(scope="module")
def run(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Three persons, where 01 and 02 are two scans of one."""
    folder = tmp_path_factory.mktemp("starts")
    data = make_crops(folder / "data", image_paths(["01", "02", "03"]))
    config = from_dataset(data, merged(TINY, MEAN), persons={"mapping": {"01": "A", "02": "A", "03": "B"}})
    return start(repository, folder / "work", config, *TARGETS)


def stem(run: Run, subject: str, label: str) -> Path:
    return run.results / f"models/{subject}/anat/{subject}_desc-{label}_T2w"


def others_of(subject: str) -> list[str]:
    return ["sub-01", "sub-02"] if subject == "sub-03" else ["sub-03"]


@pytest.mark.slow
def test_models_say_whom_they_started_from(run: Run) -> None:
    """Other persons, never another scan of the one under test; by record, model file and what Snakemake wrote down."""
    for subject in SUBJECTS:
        own = stem(run, subject, MEAN_LABEL)
        record = json.loads(own.with_suffix(".json").read_text())
        model = load_model(own.with_suffix(".safetensors"))
        assert record["population"] == model.provenance["population"] == others_of(subject)
        assert record["hyperparameters"]["initial"] == "mean"
        random = json.loads(stem(run, subject, RANDOM_LABEL).with_suffix(".json").read_text())
        assert "population" not in random and "initial" not in random["hyperparameters"]
        target = own.with_suffix(".json").relative_to(run.directory)
        told = run.again("--detailed-summary", str(target)).output
        line = next(line for line in told.splitlines() if line.startswith(str(target)))
        used = [path for path in line.replace(",", "\t").split("\t") if path.startswith("results/models/")]
        used = [path for path in used if f"desc-{RANDOM_LABEL}" in path]
        assert sorted(path.split("/")[2] for path in used) == others_of(subject)


@pytest.mark.slow
def test_table_and_pages_show_both_starts(run: Run) -> None:
    rows = [row for row in read_rows(run.results / "metrics.tsv") if row["region"] == "whole"]
    assert {(row["method"], row["initial"]) for row in rows} == {
        ("fourier", "mean"),
        ("fourier-initial-random", "random"),
        ("linear", "n/a"),
    }
    assert len(rows) == 9 and all(float(row["psnr"]) > 10 for row in rows)
    text = (run.results / "report/methods.html").read_text()
    assert "1 to 2 for each image and never of the one under test" in text
    assert (run.results / "figures/ablation_start.png").stat().st_size > 1000


@pytest.mark.slow
def test_a_second_run_does_nothing(run: Run) -> None:
    assert "Nothing to be done" in run.again(*TARGETS).succeeded().output


@pytest.mark.slow
def test_who_is_averaged_is_a_param(run: Run, tmp_path: Path) -> None:
    """Networks start anew where others or their persons change; those from random weights stay."""
    config = run.config | {"dataset": run.config["dataset"] | {"persons": None}}
    own = run.copy(tmp_path)
    own.again("results/manifest.tsv", config=config).succeeded()
    planned = own.again(*TARGETS, "-n", config=config).succeeded().output
    trained = {Path(path).name for path in re.findall(r"output: (results/models/\S+[.]safetensors)", planned)}
    assert trained == {f"{subject}_desc-{MEAN_LABEL}_T2w.safetensors" for subject in SUBJECTS}


def test_one_person_is_refused_before_any_job_of_an_image(repository: Path, tmp_path: Path) -> None:
    data = make_crops(tmp_path / "data", image_paths(["01"]))
    outcome = plan(repository, tmp_path / "work", config=from_dataset(data, merged(TINY, MEAN)))
    assert outcome.code and "recipes.fourier.initial: starts from networks of other persons" in outcome.output
