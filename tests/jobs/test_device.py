from pathlib import Path

import pytest
import torch
from support.datasets import refuses

from isospine.jobs.device import command_device, device_name, enough_memory, job_device


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.fixture
def three_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "Example 80GB")


@pytest.mark.usefixtures("three_gpus")
@pytest.mark.parametrize(("wanted", "gpus"), [("auto", 0), ("cpu", 0), ("cpu", 1)])
def test_a_job_without_a_gpu_is_on_the_processor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], wanted: str, gpus: int
) -> None:
    with job_device(wanted, gpus, tmp_path / "gpus") as device:
        assert device == "cpu"
    assert not (tmp_path / "gpus").exists()
    assert capsys.readouterr().out == "device: cpu\n"


@pytest.mark.usefixtures("no_gpu")
@pytest.mark.parametrize(("wanted", "gpus"), [("auto", 1), ("cuda", 0), ("cuda", 1)])
def test_a_gpu_that_is_not_there(tmp_path: Path, wanted: str, gpus: int) -> None:
    with (
        refuses("wants a GPU", "resources.device", "nvidia-smi", "CUDA_VISIBLE_DEVICES"),
        job_device(wanted, gpus, tmp_path),
    ):
        pass


@pytest.mark.usefixtures("three_gpus")
def test_jobs_at_a_time_are_spread_over_the_gpus(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def gpu(wanted: str = "auto"):
        return job_device(wanted, 1, tmp_path)

    with gpu() as first, gpu("cuda") as second:
        with gpu() as third, gpu() as fourth:
            assert [first, second, third, fourth] == ["cuda:0", "cuda:1", "cuda:2", "cuda:0"]
        with gpu() as next_job:
            assert next_job == "cuda:2"
    assert capsys.readouterr().out == "device: cuda (Example 80GB)\n" * 5


@pytest.mark.usefixtures("three_gpus")
def test_a_gpu_is_given_back_by_a_job_that_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), job_device("auto", 1, tmp_path):
        raise ZeroDivisionError
    with job_device("auto", 1, tmp_path) as device:
        assert device == "cuda:0"


@pytest.mark.usefixtures("three_gpus")
def test_a_gpu_whose_memory_is_too_small(tmp_path: Path) -> None:
    with (
        refuses("Example 80GB", "memory is too small", "CUDA out of memory", "resources.device to cpu"),
        job_device("cuda", 1, tmp_path),
    ):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9.00 GiB. GPU 0 has ...")
    with refuses("choose --device cpu"), enough_memory("cuda", "choose --device cpu"):
        raise torch.OutOfMemoryError("CUDA out of memory.")


@pytest.mark.usefixtures("three_gpus")
def test_the_command_takes_a_gpu_where_there_is_one() -> None:
    assert [command_device(wanted) for wanted in ("auto", "cuda", "cpu")] == ["cuda", "cuda", "cpu"]
    assert device_name("cuda:2") == "cuda (Example 80GB)" and device_name(torch.device("cpu")) == "cpu"


@pytest.mark.usefixtures("no_gpu")
def test_the_command_is_on_the_processor_elsewhere() -> None:
    assert [command_device(wanted) for wanted in ("auto", "cpu")] == ["cpu", "cpu"]
    with refuses("--device cuda", "PyTorch sees no GPU", "--device cpu"):
        command_device("cuda")
