"""Keep the state of a training on disk, so that one that was stopped or killed continues.

It ends with the same bytes as if it had run through: the state is all that the following steps depend on.
"""

import hashlib
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from isospine.errors import InputError
from isospine.io.atomic import atomic_path
from isospine.jobs.energy import POWERCAP, EnergyMeter
from isospine.jobs.steering import chosen_instructions
from isospine.physics.view import View
from isospine.training.optimiser import DivergenceError
from isospine.training.precision import product_format
from isospine.training.trainable import Trainable

Item = TypeVar("Item")

#: Seconds of training between two checkpoints.
INTERVAL = 10.0

#: Signals by which a scheduler or a person stops a job.
SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StoppedError(InputError):
    """The training was asked to stop, and can be continued."""


@dataclass(frozen=True)
class State:
    """Everything that the remaining steps depend on.

    Attributes
    ----------
    step : int
        Steps done.
    tensors : dict of tensors
        Weights, moments and other large arrays.
    numbers : dict
        The rest, JSON-serialisable.
    """

    step: int
    tensors: dict[str, torch.Tensor]
    numbers: dict[str, Any]


class Checkpoint:
    """Keep the state of one training in a file, every few seconds and when the process is asked to stop.

    As a context it takes SIGTERM and SIGINT, which end the training with a `StoppedError` after a last
    checkpoint. It removes the file at the end, unless it is needed: also after a `DivergenceError`, which
    would come again.

    Parameters
    ----------
    path : Path or None
        The file; None keeps nothing.
    code : str
        Identifies the code that trains. A checkpoint of other code is ignored.
    interval : float
        Seconds between two checkpoints. Results do not depend on it.
    """

    def __init__(self, path: Path | None = None, code: str = "", interval: float = INTERVAL) -> None:
        self.path, self._code, self._interval = path, code, interval
        self._meter: EnergyMeter | None = None
        self._joules_before: float | None = 0.0
        self._identity: dict[str, Any] = {}
        self._total, self._kept_step, self._kept_time = 0, 0, time.monotonic()
        self._following, self._stop = False, ""
        self._handlers: dict[signal.Signals, Any] = {}

    @classmethod
    def beside(cls, model_path: str | Path, code: str) -> Self:
        """Keep it as a hidden file beside the model: a declared output would be deleted with a failed job."""
        path = Path(model_path)
        return cls(path.with_name(f".{path.stem}.checkpoint{path.suffix}"), code)

    def __enter__(self) -> Self:
        """Handle the signals, where that is possible and they are not ignored."""
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                if signal.getsignal(number) != signal.SIG_IGN:
                    self._handlers[number] = signal.signal(number, self._stopped)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Restore the signal handlers, and remove the file if no training will continue from it."""
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        if self.path is not None and (kind is None or issubclass(kind, DivergenceError)):
            self.path.unlink(missing_ok=True)

    @property
    def joules(self) -> float | None:
        """Energy of the steps of all attempts, as far as they were kept; None where it cannot be read."""
        here = None if self._meter is None else self._meter.joules
        return None if here is None or self._joules_before is None else self._joules_before + here

    def open(
        self,
        model: Trainable,
        views: Iterable[View],
        total: int,
        references: Mapping[str, tuple[NDArray[Any], NDArray[Any]]] | None = None,
    ) -> State | None:
        """Identify the training, and return the state in which it was left.

        Parameters
        ----------
        model : Trainable
            To be trained; its settings, provenance and device are part of the identity.
        views : sequence of View
            What it is trained on.
        total : int
            Steps of the whole training.
        references : mapping of str to (volume, affine), optional
            Other images that it is trained on.

        Returns
        -------
        State or None
            None if there is no checkpoint, or it is damaged or of another training, which is printed.
        """
        self._total, self._kept_time = total, time.monotonic()
        self._meter = EnergyMeter(str(model.device), POWERCAP)
        if self.path is None:
            return None
        learned: list[tuple[Any, ...]] = [
            (v.data, v.grid.affine, v.axis, v.thickness, v.profile) for v in views
        ]
        learned += [(name, *volume) for name, volume in sorted((references or {}).items())]
        identity = {
            "data": content_hash(part for parts in learned for part in parts),
            "hyperparameters": model.hyperparameters.as_dict(),
            "provenance": model.provenance,
            "code": self._code,
            "device": model.device.type,
            "threads": torch.get_num_threads(),
            "environment": chosen_instructions(),
            "number format": str(product_format(model.hyperparameters.precision, model.device)),
        }
        self._identity = json.loads(json.dumps(identity))  # as it is read back
        try:
            state, found = read_checkpoint(self.path)
        except FileNotFoundError:
            return None
        except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
            self._warn(f"starts over: the checkpoint {self.path} is damaged ({error})")
            return None
        differing = [key for key, value in self._identity.items() if found.get(key) != value]
        if differing:
            self._say(f"starts over: the checkpoint {self.path} has another {', '.join(differing)}")
            return None
        self._kept_step, self._joules_before = state.step, state.numbers["joules"]
        self._say(f"resumed at step {state.step} of {total}")
        return state

    def follow(self, items: Iterable[Item], state: Callable[[], State]) -> Iterator[Item]:
        """Yield the items of a loop over steps, and keep the state between two steps when that is due.

        Parameters
        ----------
        items : iterable
            One for each step.
        state : callable
            Gives the state after the last step.

        Raises
        ------
        StoppedError
            If the process was asked to stop, after the state was kept.
        """
        self._following = True
        try:
            for item in items:
                yield item
                if self._stop or time.monotonic() - self._kept_time >= self._interval:
                    self._measure()
                    if self.path is not None:
                        self._keep(self.path, state())
                    self._kept_time = time.monotonic()
                if self._stop:
                    raise self._stopped_error()
        finally:
            self._following = False
            self._measure()

    def _measure(self) -> None:
        if self._meter is not None:
            self._meter.update()

    def _keep(self, path: Path, state: State) -> None:
        """Write the state; a failure to write does not end the training."""
        state = replace(state, numbers=state.numbers | {"joules": self.joules})
        try:
            write_checkpoint(path, state, self._identity)
            self._kept_step = state.step
        except (InputError, OSError) as error:
            self._warn(f"no checkpoint at step {state.step}: {error}")

    def _stopped(self, number: int, frame: FrameType | None) -> None:
        """React to a signal: at the end of the step, or at once between loops."""
        self._stop = signal.Signals(number).name
        if not self._following:
            raise self._stopped_error()

    def _stopped_error(self) -> StoppedError:
        where = f"step {self._kept_step} of {self._total}" if self._kept_step else "its first step"
        return StoppedError(f"training: stopped by {self._stop}; the next run goes on after {where}")

    def _say(self, text: str) -> None:
        print(f"training: {text}", flush=True)

    def _warn(self, text: str) -> None:
        print(f"WARNING: training: {text}", flush=True)


def write_checkpoint(path: Path, state: State, identity: dict[str, Any]) -> None:
    """Write a safetensors file that stays whole if the machine crashes."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in state.tensors.items()}
    description = {"step": state.step, "numbers": state.numbers, "identity": identity}
    text = json.dumps(description)  # in the order given, which is that of the curve's columns
    metadata = {"checkpoint": text, "sha256": _digest(text, tensors)}
    with atomic_path(path) as temporary:
        save_file(tensors, temporary, metadata=metadata)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())


def read_checkpoint(path: Path) -> tuple[State, dict[str, Any]]:
    """Read the state and the identity in a checkpoint.

    Raises
    ------
    OSError, SafetensorError, KeyError, TypeError, ValueError
        If it is missing, or anything about it is wrong.
    """
    with safe_open(path, framework="pt", device="cpu") as file:
        metadata = file.metadata() or {}
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    if metadata["sha256"] != _digest(metadata["checkpoint"], tensors):
        raise ValueError("its checksum is wrong")
    description = json.loads(metadata["checkpoint"])
    return State(description["step"], tensors, description["numbers"]), description["identity"]


def _digest(text: str, tensors: dict[str, torch.Tensor]) -> str:
    return content_hash([text, *(tensors[name].numpy() for name in sorted(tensors))])


def content_hash(parts: Iterable[Any]) -> str:
    """Hash arrays, numbers and texts with their types and shapes (SHA-256)."""
    digest = hashlib.sha256()
    for part in parts:
        array = np.ascontiguousarray(part)
        digest.update(f"{array.dtype.str}{array.shape}".encode() + array.tobytes())
    return digest.hexdigest()
