"""Whether this machine has a GPU, asked of a PyTorch of another process."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from isospine.jobs import gpus


@pytest.fixture(autouse=True)
def asked_anew() -> Iterator[None]:
    gpus.machine_has_gpu.cache_clear()
    yield
    gpus.machine_has_gpu.cache_clear()


def test_without_a_driver_nothing_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpus, "DRIVERS", (tmp_path / "nvidiactl",))
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("PyTorch was loaded"))
    assert not gpus.machine_has_gpu()


@pytest.mark.parametrize(
    ("answer", "found"),
    [("True\n", True), ("a library says: hello\nTrue\n", True), ("False\n", False), ("", False)],
)
def test_with_a_driver_pytorch_is_asked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, found: bool
) -> None:
    questions = []

    def run(command: list[str], **_: object) -> SimpleNamespace:
        questions.append(command[-1])
        return SimpleNamespace(stdout=answer)

    monkeypatch.setattr(gpus, "DRIVERS", (tmp_path,))
    monkeypatch.setattr(subprocess, "run", run)
    assert [gpus.machine_has_gpu() for _ in range(2)] == [found] * 2
    assert questions == ["import torch; print(torch.cuda.is_available())"]


def test_the_question_can_be_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer of PyTorch without any visible GPU is no."""
    monkeypatch.setattr(gpus, "DRIVERS", (tmp_path,))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert not gpus.machine_has_gpu()
