"""The workflow through its other Snakefile, and as a module of another workflow."""

from pathlib import Path

import pytest
from support.datasets import image_paths
from support.snakemake import TINY, Outcome, from_dataset, make_crops, snakemake

pytestmark = pytest.mark.workflow

METRICS = "results/metrics.tsv"
#: Among the jobs of a plan of everything, which is of one image.
KNOWN = {
    "clone": 1,
    "index": 1,
    "dataset_description": 1,
    "metrics": 1,
    "train": 1,
    "evaluate": 2,
    "methods": 1,
}


def outer(folder: Path, repository: Path, lines: str = "", names: str = "", own: str = "") -> Path:
    """Write a workflow that uses isospine as a module, with the configuration of its key `isospine`."""
    folder.mkdir(exist_ok=True)
    (folder / "Snakefile").write_text(
        f'''
{own}
module isospine:
    snakefile: "{repository}/workflow/Snakefile"
    config: config["isospine"]
{lines}

use rule * from isospine{names}
'''
    )
    return folder


def started(workflow: Path, directory: Path, config: dict, *arguments: str) -> Outcome:
    return snakemake(workflow, directory, *arguments, config=config)


@pytest.fixture
def config(tmp_path: Path) -> dict:
    return from_dataset(make_crops(tmp_path / "data", image_paths(["01"])), TINY)


def test_the_snakefile_of_the_catalog_plans_everything(
    repository: Path, tmp_path: Path, config: dict
) -> None:
    plan = started(repository / "workflow", tmp_path / "work", config, "-n", "--quiet", "rules").succeeded()
    assert plan.jobs.items() >= KNOWN.items()


@pytest.mark.parametrize("prefix", ["", "isospine_"])
def test_a_module_plans_everything(prefix: str, repository: Path, tmp_path: Path, config: dict) -> None:
    workflow = outer(tmp_path / "outer", repository, names=f" as {prefix}*" if prefix else "")
    directory = tmp_path / "work"
    plan = started(workflow, directory, {"isospine": config}, "-n", "--quiet", "rules").succeeded()
    assert plan.jobs.items() >= {prefix + rule: count for rule, count in KNOWN.items()}.items()
    assert all(rule.startswith(prefix) for rule in plan.jobs)


def test_a_module_runs_beside_rules_of_others_and_its_results_are_those_of_the_workflow_itself(
    repository: Path, tmp_path: Path, config: dict
) -> None:
    own = f"""
rule best:
    input: "{METRICS}"
    output: "best.txt"
    shell: "wc -l < {{input}} > {{output}}"
"""
    workflow = outer(tmp_path / "outer", repository, names=" as isospine_*", own=own)
    directory = tmp_path / "work"
    whole = {"isospine": config, "mine": 3}
    started(workflow, directory, whole, "best.txt").succeeded()
    assert (directory / METRICS).is_file() and int((directory / "best.txt").read_text()) > 1
    itself = started(repository, directory, config, "-n", METRICS).succeeded()
    assert "Nothing to be done" in itself.output, itself.output


def test_what_a_module_cannot_have_is_refused(repository: Path, tmp_path: Path, config: dict) -> None:
    workflow = outer(tmp_path / "outer", repository, lines='    prefix: "elsewhere"')
    refused = started(workflow, tmp_path / "work", {"isospine": config}, "-n")
    assert refused.code != 0 and "module isospine: has a prefix" in refused.output
