"""Every rule against the table of outputs, from which jobs, exports and checks of memory are derived."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from support.datasets import image_paths, make_bids
from support.plans import ACQUIRED, SHIPPED
from support.snakemake import REPOSITORY, from_dataset, snakemake

from isospine.plan.cost import ACQUIRED_STEPS, STEPS
from isospine.plan.outputs import steps_of
from isospine.plan.steps import Step

pytestmark = pytest.mark.workflow

LISTING = (sys.executable, "-P", str(REPOSITORY / "tests" / "support" / "list_rules.py"))
#: Rules that make no file of a run.
WITHOUT_FILES = {"all", "status", "leave_out", "leave_out_unfinished", "export", "export_datalad"}


@pytest.fixture(scope="module", params=["simulated", "acquired"])
def listed(
    request: pytest.FixtureRequest, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], dict[str, Step]]:
    """Give the rules of a mode, and its table of outputs."""
    acquired = request.param == "acquired"
    folder = tmp_path_factory.mktemp(request.param)
    paths = image_paths(["01"], acquisitions=["ax", "sag"])
    contrasts = {"contrast": ["T1w", "T2w"]}
    config = from_dataset(make_bids(folder / "data", paths), ACQUIRED if acquired else SHIPPED, **contrasts)
    config["dataset"] = {"source": str(folder / "data")} | contrasts
    outcome = snakemake(repository, folder, config=config, program=LISTING).succeeded()
    line = next(line for line in outcome.output.splitlines() if line.startswith("RULES "))
    steps = steps_of(acquired, "1mm" if acquired else "reference", ["T1w", "T2w"])
    return json.loads(line.removeprefix("RULES ")), steps


def test_every_rule_that_makes_files_is_in_the_table(listed: tuple[dict[str, Any], dict[str, Step]]) -> None:
    rules, steps = listed
    assert rules.keys() - WITHOUT_FILES == steps.keys() - {"demo_dataset"}
    for name, rule in rules.items():
        if name not in WITHOUT_FILES:
            step = steps[name]
            assert rule["unnamed"] == 0 and rule["files"] == dict(step.files), name
            assert rule["log"] == [step.log], name
            assert rule["shown"] == [file for file in step.files if file in step.shown], name


def test_jobs_ask_for_what_the_cost_model_says(listed: tuple[dict[str, Any], dict[str, Step]]) -> None:
    rules, steps = listed
    known = STEPS | ACQUIRED_STEPS
    for name, step in steps.items():
        if name in rules:
            assert bool(step.cost) == bool(rules[name]["asks"]), name
            # what runs a method costs what that is: a network or a baseline
            assert not step.cost or {step.cost, f"{step.cost}_network"} & known.keys(), name
            assert bool(step.cost) == ("image" in step.over), f"{name}: costs are those of a job of one image"
