"""What checkpoints cost, and what a stopped or killed training loses: `python benchmarks/resume.py`.

A checkpoint is timed by itself, since its share of a training, a few thousandths, is less than two trainings of a
shared machine differ by; the ratio is that of trainings with a checkpoint every second, of which there are 10 times
too many.
"""

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from speed import TIMED, case
from view_sets import train_views

from isospine.recipes.catalogue import known_recipes
from isospine.recipes.kinds import settings_of
from isospine.training import checkpoint as library
from isospine.training.checkpoint import INTERVAL, Checkpoint, read_checkpoint

#: Recipes, and what makes their trainings last some seconds.
TRAININGS: dict[str, dict[str, Any]] = {
    "self-prior": {"steps": 2000},
    "fourier": {"epochs": 1, "data_consistency": False},
    "karthik2023": {"epochs": 1, "width": 512},
}


def training(name: str, changes: dict[str, Any], checkpoint: Checkpoint | None) -> float:
    """Seconds of the processor, which other jobs of a shared machine disturb less than those of the clock."""
    settings = settings_of(known_recipes()[name] | changes)
    views, start = case(TIMED)[2], time.process_time()
    train_views(views, settings, checkpoint=checkpoint or Checkpoint())
    return time.process_time() - start


def timed(function: Callable[..., None], seconds: list[float]) -> Callable[..., None]:
    def call(*arguments: Any) -> None:
        start = time.perf_counter()
        function(*arguments)
        seconds.append(time.perf_counter() - start)

    return call


def cost(folder: Path) -> None:
    write = library.write_checkpoint
    for name, changes in TRAININGS.items():
        path, writes, size = folder / f"{name}.safetensors", [], 0
        without, kept = [], []
        library.write_checkpoint = timed(write, writes)
        for _ in range(5):  # in turn, so that what else the machine does meets both
            without.append(training(name, changes, None))
            with Checkpoint(path, interval=1) as checkpoint:
                kept.append(training(name, changes, checkpoint))
                size = path.stat().st_size
        library.write_checkpoint = write
        share = np.median(writes) / INTERVAL
        print(
            f"  {name:<12} {size / 1e6:5.1f} MB, {1e3 * np.median(writes):5.1f} ms each, {share:.2%} of a training; "
            f"one every second: {min(kept) / min(without):.3f} times as long",
            flush=True,
        )


def loss(folder: Path, number: signal.Signals, after: float) -> None:
    """Print what a signal costs a training that has run for some seconds."""
    path = folder / "lost.safetensors"
    command = [sys.executable, __file__, "--train", str(path)]
    attempt = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    attempt.stderr.read(1)  # of the bar that the first step draws
    time.sleep(after)
    sent = time.time()
    attempt.send_signal(number)
    attempt.wait()
    ended = time.time() - sent
    kept, _ = read_checkpoint(path)
    lost = max(0.0, sent - path.stat().st_mtime)
    print(
        f"  {number.name:<12} after {after:.0f} s: ended in {ended:.2f} s at step {kept.step}, {lost:.1f} s of work lost",
        flush=True,
    )


def run() -> None:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        cost(Path(folder))
        loss(Path(folder), signal.SIGTERM, 5)
        loss(Path(folder), signal.SIGKILL, 28)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--train"]:
        torch.set_num_threads(1)
        with Checkpoint(Path(sys.argv[2])) as kept:
            training("self-prior", {"steps": 10**6}, kept)
    else:
        run()
