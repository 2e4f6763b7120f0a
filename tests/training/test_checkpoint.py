"""Trainings that stop in the middle, and what the next attempt makes of what they left."""

import re
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from support.datasets import refuses
from support.quick_training import make_case
from support.resumable import NEVER, TRAININGS, Trained, at_step, coordinate, kill

from isospine.geometry.grid import Grid
from isospine.physics.magnitude import near_one
from isospine.physics.view import View
from isospine.training.checkpoint import Checkpoint, read_checkpoint
from isospine.training.files import save_model
from isospine.training.optimiser import DivergenceError


def model_bytes(trained: Trained, folder: Path) -> bytes:
    save_model(trained[0], folder / "model.safetensors")
    return (folder / "model.safetensors").read_bytes()


def losses(trained: Trained) -> list[list[tuple[str, float]]]:
    """Training curve but for its seconds, with the order of its columns."""
    return [[(key, value) for key, value in row.items() if key != "seconds"] for row in trained[1]]


@cache
def uninterrupted(kind: str, **changes: Any) -> Trained:
    return TRAININGS[kind](None, **changes)


def stop() -> None:
    signal.raise_signal(signal.SIGTERM)


#: Steps that each attempt dies in, counted from its beginning: within and between epochs, stages and networks.
DEATHS = [
    ("coordinate", [8]),
    ("coordinate", [17, 1, 9]),
    ("coordinate", [33, 16]),
    ("prior", [26, 25]),
    ("prior", [60]),
    ("population", [7, 20]),
    ("population", [46, 40, 3]),
    ("pretrained", [7, 12]),
]


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize(("kind", "deaths"), DEATHS)
def test_a_killed_training_ends_with_the_same_bytes(
    kind: str, deaths: Sequence[int], precision: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "checkpoint.safetensors"
    expected = uninterrupted(kind, precision=precision)
    for step in deaths:
        kill(kind, path, step, precision=precision)
    with Checkpoint(path) as checkpoint:
        found = TRAININGS[kind](checkpoint, precision=precision)
    done, total = sum(deaths) - len(deaths), int(expected[1][-1]["step"])
    assert f"training: resumed at step {done} of {total}\n" in capsys.readouterr().out
    assert losses(found) == losses(expected)
    assert model_bytes(found, tmp_path) == model_bytes(expected, tmp_path)
    assert all(late["seconds"] > early["seconds"] for early, late in pairwise(found[1]))
    assert not path.exists()


def test_the_seconds_of_all_attempts_add_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that goes on by one second a look, and is somewhere else in each attempt."""
    path, now = tmp_path / "checkpoint.safetensors", 1000.0

    def clock() -> float:
        nonlocal now
        now += 1
        return now

    monkeypatch.setattr("isospine.models.coordinate.train.time.perf_counter", clock)
    kill("coordinate", path, 21)
    kept = read_checkpoint(path)[0].numbers["seconds"]
    assert 20 <= kept <= 24
    now = 0.0
    with Checkpoint(path, interval=NEVER) as checkpoint:
        _, curve = coordinate(checkpoint)
    assert kept < curve[1]["seconds"] < curve[2]["seconds"] <= kept + 6


@pytest.fixture
def not_ignored() -> Iterator[None]:
    """Handle SIGINT as in a terminal; a shell ignores it in what it starts in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("not_ignored")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("kind", TRAININGS)
def test_a_signal_keeps_the_last_step(
    kind: str, number: signal.Signals, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "checkpoint.safetensors"
    before = signal.getsignal(number)
    with (
        at_step(13, lambda: signal.raise_signal(number)),
        refuses(f"stopped by {number.name}", "the next run goes on after step 13 of"),
        Checkpoint(path, interval=NEVER) as checkpoint,
    ):
        TRAININGS[kind](checkpoint)
    assert signal.getsignal(number) == before
    with Checkpoint(path) as checkpoint:
        found = TRAININGS[kind](checkpoint)
    assert "resumed at step 13 of" in capsys.readouterr().out
    assert model_bytes(found, tmp_path) == model_bytes(uninterrupted(kind), tmp_path)


def test_a_training_that_keeps_nothing_is_stopped_too() -> None:
    with (
        at_step(13, lambda: signal.raise_signal(signal.SIGTERM)),
        refuses("stopped by SIGTERM", "after its first step"),
        Checkpoint() as checkpoint,
    ):
        coordinate(checkpoint)


def test_a_signal_outside_the_steps_stops_at_once(tmp_path: Path) -> None:
    with refuses("stopped by SIGTERM", "after its first step"), Checkpoint(tmp_path / "x") as _:
        signal.raise_signal(signal.SIGTERM)
        raise AssertionError


def test_an_ignored_signal_stays_ignored(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Checkpoint(tmp_path / "x"):
            signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def damage(path: Path, content: Callable[[bytes], bytes]) -> None:
    path.write_bytes(content(path.read_bytes()))


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "cut": lambda content: content[: len(content) // 2],
    "a bit": lambda content: content[:-9] + bytes([content[-9] ^ 1]) + content[-8:],
    "the numbers": lambda content: content.replace(b'\\"step\\": 20', b'\\"step\\": 21'),
    "text": lambda content: b"not a checkpoint",
    "a model": lambda content: Path("model.safetensors").read_bytes(),
}


@pytest.mark.parametrize("kind", DAMAGES)
def test_a_damaged_checkpoint_is_ignored(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    expected = model_bytes(uninterrupted("coordinate"), tmp_path)
    path = tmp_path / "checkpoint.safetensors"
    kill("coordinate", path, 21)
    whole = path.read_bytes()
    damage(path, DAMAGES[kind])
    assert path.read_bytes() != whole
    with Checkpoint(path) as checkpoint:
        found = coordinate(checkpoint)
    output = capsys.readouterr().out
    assert len(output.splitlines()) == 1
    assert re.search(
        r"^WARNING: training: starts over: the checkpoint .*checkpoint.safetensors is damaged \(.",
        output,
    )
    assert model_bytes(found, tmp_path) == expected


OTHERS: list[tuple[str, dict[str, Any], str]] = [
    ("coordinate", {"seed": 1}, "provenance"),
    ("coordinate", {"learning_rate": 1e-4}, "hyperparameters"),
    ("coordinate", {"precision": "bfloat16"}, "hyperparameters, number format"),
    ("population", {"seed": 1}, "provenance"),
]


@pytest.mark.parametrize(("kind", "changes", "named"), OTHERS)
def test_a_checkpoint_of_other_settings_is_ignored(
    kind: str, changes: dict[str, Any], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "checkpoint.safetensors"
    kill(kind, path, 21, **changes)
    with Checkpoint(path) as checkpoint:
        found = TRAININGS[kind](checkpoint)
    assert capsys.readouterr().out.endswith(f"has another {named}\n")
    assert model_bytes(found, tmp_path) == model_bytes(uninterrupted(kind), tmp_path)


def changed_views() -> dict[str, list[View]]:
    first, *others = make_case().views
    moved = first.grid.affine + 0.1 * np.eye(4, k=3)
    data = first.data.copy()
    data.flat[7] += 1
    return {
        "intensity": [replace(first, data=data), *others],
        "place": [replace(first, grid=Grid(first.grid.shape, moved)), *others],
        "thickness": [replace(first, thickness=3.9), *others],
        "profile": [replace(first, profile="gaussian"), *others],
        "order": [*others, first],
    }


def test_a_checkpoint_of_other_data_code_or_threads_is_ignored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "checkpoint.safetensors"
    kill("coordinate", path, 21)
    model, threads = uninterrupted("coordinate")[0], torch.get_num_threads()
    views, _ = near_one(make_case().views)  # as a trainer is given them
    volume = (np.ones((2, 2, 2)), np.eye(4))

    def reason(views: Sequence[View] = views, code: str = "", **references: Any) -> str:
        assert Checkpoint(path, code).open(model, views, 48, references) is None
        return capsys.readouterr().out.split("has another ")[-1].strip()

    assert Checkpoint(path).open(model, views, 48)
    assert reason(code="other") == "code"
    assert reason(sub_01=volume) == "data"
    assert {name: reason(views) for name, views in changed_views().items()} == dict.fromkeys(
        changed_views(), "data"
    )
    with monkeypatch.context() as patch:
        patch.setenv("OPENBLAS_CORETYPE", "Nehalem")
        assert reason() == "environment"
    torch.set_num_threads(threads + 1)
    try:
        assert reason() == "threads"
    finally:
        torch.set_num_threads(threads)


def test_an_attempt_begins_anew_over_a_checkpoint_that_it_ignored(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    kill("coordinate", path, 21, seed=1)
    kill("coordinate", path, 9)
    kept, _ = read_checkpoint(path)
    assert kept.step == 8


def test_nothing_is_written_before_its_time(tmp_path: Path) -> None:
    kill("coordinate", tmp_path / "checkpoint.safetensors", 30, interval=NEVER)
    assert not list(tmp_path.iterdir())


def test_no_checkpoint_survives_a_divergence(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    kill("coordinate", path, 1, learning_rate=1e30)
    with pytest.raises(DivergenceError), Checkpoint(path, interval=0) as checkpoint:
        coordinate(checkpoint, learning_rate=1e30)
    assert not path.exists()


def test_a_state_that_is_not_finite_is_not_kept(tmp_path: Path) -> None:
    """The divergence is noticed when the state would be written, not by the next attempt."""
    with (
        at_step(3, stop),
        pytest.raises(DivergenceError, match="step 2 of 48"),
        Checkpoint(tmp_path / "checkpoint.safetensors", interval=NEVER) as checkpoint,
    ):
        coordinate(checkpoint, learning_rate=1e30)
    assert not list(tmp_path.iterdir())


def test_a_training_goes_on_where_no_checkpoint_can_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    with (
        at_step(45, stop),
        refuses("goes on after its first step"),
        Checkpoint(tmp_path / "file" / "checkpoint.safetensors", interval=0) as checkpoint,
    ):
        coordinate(checkpoint)
    output = capsys.readouterr().out
    assert f"WARNING: training: no checkpoint at step 45: {tmp_path / 'file'}: cannot write there" in output


def test_a_checkpoint_is_small_and_hidden_beside_its_model(tmp_path: Path) -> None:
    checkpoint = Checkpoint.beside(tmp_path / "sub-01_desc-fourier.p5_T2w.safetensors", "")
    assert checkpoint.path == tmp_path / ".sub-01_desc-fourier.p5_T2w.checkpoint.safetensors"
    kill("coordinate", checkpoint.path, 40)
    weights = uninterrupted("coordinate")[0].parameters * 4
    assert checkpoint.path.stat().st_size < 3 * weights + 5000
