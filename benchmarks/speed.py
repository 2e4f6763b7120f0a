"""Speed of training on one thread: against the machine's own peak, and against the training of karthik2023.

Seconds are of the processor, which other jobs of a shared machine disturb less than those of the clock.
"""

import time
from collections.abc import Callable
from itertools import islice
from typing import Any

import numpy as np
import torch
from karthik2023 import NotebookTraining
from torch import nn
from view_sets import train_views

from isospine.dataset.demo.phantom import spine_phantom
from isospine.evaluation.metrics import psnr
from isospine.geometry.crops import crop_for_views, cropping
from isospine.geometry.grid import Grid, Volume
from isospine.physics.simulate import acquire
from isospine.physics.view import View
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.hyperparameters import Hyperparameters
from isospine.training.precision import product_format

SPECS = [("axial", 5.0), ("sagittal", 5.0)]

#: Voxels of the image that steps are timed on, those of sub-sct08mm, and of the one that quality is compared on.
TIMED, COMPARED = (25, 95, 99), (20, 40, 40)


def case(shape: tuple[int, int, int]) -> tuple[Volume, Grid, list[View]]:
    """Phantom, its grid and its views."""
    phantom = spine_phantom(0, shape)
    start, grid = crop_for_views(Grid(shape, phantom.affine), SPECS)
    reference = phantom.intensity[cropping(start, grid)]
    return reference, grid, [acquire(reference, grid, plane, factor, "box") for plane, factor in SPECS]


def recipe(name: str, **changes: Any) -> Hyperparameters:
    return Hyperparameters(**(known_recipes()[name] | {"data_consistency": False} | changes))


def processor_seconds(run: Callable[[], Any]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def peak(rows: int, width: int, number_format: torch.dtype) -> float:
    """GFLOP/s of the fastest of some products of (rows, width) and (width, width) matrices."""
    left, right = (torch.randn(n, width).to(number_format) for n in (rows, width))
    work = 2e-9 * rows * width * width
    times = max(5, int(50 / work))  # about half a second
    return work / min(processor_seconds(lambda: torch.matmul(left, right)) for _ in range(times))


def network_work(settings: Hyperparameters) -> float:
    """GFLOP of one step's matrix products: three for each weight, but no gradient of the features."""
    first = 2 * settings.L * settings.width
    others = (settings.hidden_layers - 1) * settings.width**2 + settings.width
    return 2e-9 * (2 * first + 3 * others) * settings.batch * settings.samples_per_slice


def seconds_per_step(views: list[View], settings: Hyperparameters) -> float:
    """Whole training over its steps: drawing, encoding, network, optimiser, and what there is around."""
    curves = []
    seconds = processor_seconds(lambda: curves.append(train_views(views, settings)[1]))
    return seconds / curves[0][-1]["step"]


def steps_against_peak(views: list[View]) -> None:
    kinds = [
        ("karthik2023", {}),
        ("fourier", {"width": 512}),
        ("fourier", {"width": 256}),
        ("fourier", {}),
    ]
    for precision in ("auto", "float32"):
        number_format = product_format(precision, torch.device("cpu"))
        for name, changes in kinds:
            settings = recipe(name, epochs=1, precision=precision, **changes)
            rows = settings.batch * settings.samples_per_slice
            best = peak(rows, settings.width, number_format)
            seconds = seconds_per_step(views, settings)
            best = max(best, peak(rows, settings.width, number_format))
            rate = network_work(settings) / seconds
            print(
                f"  {name:<12} width {settings.width:<5} batch {rows:<5} {number_format!s:<15} "
                f"{1e3 * seconds:8.2f} ms  {rate:6.0f} of {best:4.0f} GFLOP/s  {rate / best:4.0%}",
                flush=True,
            )


def against_karthik2023(views: list[View], grid: Grid) -> None:
    settings = recipe("karthik2023", epochs=1)
    notebook = NotebookTraining(views, grid, settings, 0)
    per_epoch, steps = len(notebook.batches), 10
    part = Grid((2, *grid.shape[1:]), grid.affine)
    rounds = []
    for _ in range(3):  # in turn, so that what else the machine does meets both
        epoch = notebook.epoch()
        next(epoch)
        theirs = processor_seconds(lambda epoch=epoch: list(islice(epoch, steps))) / steps
        inference = processor_seconds(lambda: notebook.infer(part)) * grid.shape[0] / part.shape[0]
        rounds.append((theirs, inference, seconds_per_step(views, settings)))
    theirs, inference, ours = np.median(rounds, axis=0)
    print(f"  karthik2023   {1e3 * theirs:6.1f} ms a step, {inference:5.1f} s for the fine grid")
    print(f"  isospine      {1e3 * ours:6.1f} ms a step")
    print(f"  ratio of the steps: {theirs / ours:.2f}")
    ratio = (per_epoch * theirs + inference) / (per_epoch * ours)
    print(f"  ratio of an epoch, with the notebook's inference after it: {ratio:.2f}", flush=True)


def equal_updates() -> None:
    reference, grid, views = case(COMPARED)
    settings = recipe("karthik2023", width=256, batch=256, epochs=30, learning_rate=1e-3)
    span = float(np.ptp(reference))
    for draw in range(3):
        notebook = NotebookTraining(views, grid, settings, draw)
        for _ in range(settings.epochs):
            list(notebook.epoch())
        theirs = psnr(reference, notebook.infer(grid), span)
        ours = psnr(reference, train_views(views, settings, draw)[0].evaluate(grid), span)
        print(
            f"  seed {draw}: karthik2023 {theirs:.2f} dB, isospine {ours:.2f} dB, {ours - theirs:+.2f}",
            flush=True,
        )


def several_networks(count: int = 4, width: int = 128, rows: int = 768, features: int = 512) -> None:
    """Steps of several networks one after another, and as one batch of matrices."""
    sizes = [(features, width), (width, width), (width, width), (width, 1)]
    number_format = product_format("auto", torch.device("cpu"))
    inputs = torch.randn(count, rows, features).to(number_format)
    weights = [(torch.randn(count, n, m) / n**0.5).to(number_format).requires_grad_() for n, m in sizes]
    single = [[weight[k].detach().clone().requires_grad_() for weight in weights] for k in range(count)]

    def step(values: torch.Tensor, layers: list[torch.Tensor], product: Callable[..., torch.Tensor]) -> None:
        for weight in layers:
            values = nn.functional.relu(product(values, weight))
        values.float().square().mean().backward()

    def separate() -> None:
        for k in range(count):
            step(inputs[k], single[k], torch.mm)

    timed: dict[str, list[float]] = {"one after another": [], "as one batch": []}
    for _ in range(40):
        timed["one after another"].append(processor_seconds(separate))
        timed["as one batch"].append(processor_seconds(lambda: step(inputs, weights, torch.bmm)))
    for name, seconds in timed.items():
        print(
            f"  {count} networks of width {width}, {name:<17} {1e3 * np.median(seconds):7.2f} ms a step",
            flush=True,
        )


def run() -> None:
    torch.set_num_threads(1)
    _, grid, views = case(TIMED)
    steps_against_peak(views)
    against_karthik2023(views, grid)
    equal_updates()
    several_networks()


if __name__ == "__main__":
    run()
