from pathlib import Path

import pytest
import torch
from support.datasets import refuses

from isospine.jobs.device import job_device


@pytest.fixture
def three_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)


def test_no_gpu_is_the_processor(tmp_path: Path) -> None:
    with job_device(0, tmp_path / "gpus") as device:
        assert device == "cpu"
    assert not (tmp_path / "gpus").exists()


def test_a_gpu_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with refuses("given a GPU", "nvidia-smi", "CUDA_VISIBLE_DEVICES"), job_device(1, tmp_path):
        pass


@pytest.mark.usefixtures("three_gpus")
def test_jobs_at_a_time_are_spread_over_the_gpus(tmp_path: Path) -> None:
    with job_device(1, tmp_path) as first, job_device(1, tmp_path) as second:
        with job_device(1, tmp_path) as third, job_device(1, tmp_path) as fourth:
            assert [first, second, third, fourth] == ["cuda:0", "cuda:1", "cuda:2", "cuda:0"]
        with job_device(1, tmp_path) as next_job:
            assert next_job == "cuda:2"


@pytest.mark.usefixtures("three_gpus")
def test_a_gpu_is_given_back_by_a_job_that_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), job_device(1, tmp_path):
        raise ZeroDivisionError
    with job_device(1, tmp_path) as device:
        assert device == "cuda:0"
