"""What jobs that run networks compute on, without Snakemake and without a GPU."""

from pathlib import Path
from typing import Any

import pytest
from support.datasets import image_paths, refuses
from support.plans import ACQUIRED, Wildcards, acquired, simulated
from support.snakemake import TINY

from isospine.plan.devices import check_given, check_local, requested_gpus
from isospine.plan.requests import requests

NETWORKS: dict[str, Any] = {"recipes": {"self-prior": {}, "fourier": {}}}


@pytest.mark.parametrize(
    ("wanted", "here", "gpus"),
    [
        ("auto", True, 1),
        ("auto", False, 0),
        ("cpu", True, 0),
        ("cpu", False, 0),
        ("cuda", True, 1),
        ("cuda", False, 1),
    ],
)
def test_gpus_that_a_job_requests(wanted: str, here: bool, gpus: int) -> None:
    assert requested_gpus(wanted, lambda: here) == gpus


def test_a_profile_and_the_configuration_that_contradict_each_other() -> None:
    check_given("cpu", {"train": "0"})
    for wanted in ("auto", "cuda"):
        check_given(wanted, {"train": "1"})
    with refuses("resources.device", "is cpu", "train, evaluate", "slurm-gpu"):
        check_given("cpu", {"train": "1", "reconstruct": "0", "evaluate": "2"})


def test_a_gpu_that_this_machine_lacks() -> None:
    for wanted in ("auto", "cpu"):
        check_local(wanted, lambda: False)
    check_local("cuda", lambda: True)
    with refuses("resources.device", "is cuda", "no GPU on this machine", "auto or cpu"):
        check_local("cuda", lambda: False)


@pytest.mark.parametrize("word", ["auto", "cpu", "cuda"])
def test_jobs_that_run_networks_have_the_word_as_a_param(tmp_path: Path, word: str) -> None:
    """And no other job has: another device reruns what it changes, and nothing else."""
    run = simulated(tmp_path, image_paths(["01"]), TINY | NETWORKS | {"resources": {"device": word}})
    for rule in ("train", "reconstruct"):
        for method in run.methods:
            assert run.device(rule, Wildcards(method=method)) == word
    evaluated = {label: run.device("evaluate", Wildcards(label=label)) for label in run.labels}
    others = dict.fromkeys(["selfpriorseed0", "pretrainedseed0", "linear"], "cpu")
    assert evaluated == {"fourierseed0": word} | others


def test_only_jobs_that_run_networks_request_a_gpu(tmp_path: Path) -> None:
    run = simulated(tmp_path, image_paths(["01"]), TINY | {"resources": {"device": "cuda"}})

    def gpus(rule: str, **wildcards: str) -> int | None:
        asked = requests(run, rule, elsewhere=lambda: True, has_gpu=lambda: False)
        return asked["gpu"](Wildcards(wildcards)) if "gpu" in asked else None

    able = {rule for rule, step in run.steps.items() if step.runs_networks}
    steps = {
        "train",
        "train_shared",
        "reconstruct",
        "evaluate",
        "fixed_point",
        "code_network",
        "virtual_slices",
    }
    assert able == steps
    assert gpus("train", method="fourierseed0") == gpus("evaluate", label="fourierseed0") == 1
    assert gpus("evaluate", label="linear") == 0
    assert gpus("baseline", baseline="linear") is None


def test_scores_of_a_baseline_need_no_gpu(tmp_path: Path) -> None:
    run = acquired(tmp_path, ["01"], ACQUIRED | {"resources": {"device": "cuda"}})
    for rule in ("held_out", "trial"):
        assert run.steps[rule].runs_networks
        assert run.device(rule, Wildcards(label="tv")) == "cpu"
        assert run.device(rule, Wildcards(label="fourierseed0")) == "cuda"
