"""Networks as codes of a volume beside codecs at equal rates: bytes that were written, and PSNR of what they decode to.

Each network is fitted to the volume that it codes, as no recipe of isospine is. The partition has four blocks, whose
networks share their first layers (TINC, Yang et al., CVPR 2023). `fourier` learns from two thick views, as in a run.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn
from view_sets import train_views

from isospine.evaluation.compression import codec_rows, scored
from isospine.geometry.crops import crop_for_views, cropping
from isospine.geometry.grid import Grid, Volume
from isospine.io.nifti import load_volume
from isospine.models.coordinate.coded import code_network, decode_network
from isospine.models.coordinate.model import CoordinateModel
from isospine.models.mlp import activation_layer, initialise_siren
from isospine.models.quantised import code_levels, quantise
from isospine.physics.simulate import acquire
from isospine.physics.view import View
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.kinds import settings_of

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results" / "compression.tsv"
FOLDER = ROOT.parent / "shared" / "data" / "real-t2w"

VOLUMES = ("sub-sct08mm", "sub-sct1mm", "sub-unf01")
#: Voxels of a crop along its longest, middle and shortest axis.
CROP = (72, 72, 24)
#: Bits per voxel that networks take, about.
RATES = (0.12, 0.4, 0.9)
#: Those of the partition.
PARTITION_RATES = (0.12, 0.4)
BITS = (8, 10)
HIDDEN_LAYERS, OMEGA, STEPS, BATCH, LEARNING_RATE = 3, 30.0, 1500, 4096, 2e-3
#: Bytes of a coded network beside its weights, and of a weight of 8 bits: for the choice of widths only.
BESIDE, PER_WEIGHT = 190, 0.96
VIEWS = [("axial", 5.0), ("sagittal", 5.0)]


def crop(volume: Volume, affine: np.ndarray) -> tuple[Volume, Grid]:
    """The middle of a volume, and its grid."""
    order = np.argsort(volume.shape)
    kept = np.empty(3, int)
    kept[order] = [min(volume.shape[axis], n) // 2 * 2 for axis, n in zip(order, sorted(CROP), strict=True)]
    first = (np.array(volume.shape) - kept) // 2
    start, shape = tuple(map(int, first)), tuple(map(int, kept))
    grid = Grid(volume.shape, affine).cropped(start, shape)
    return np.ascontiguousarray(volume[cropping(start, grid)]), grid


def weights_of(width: int, blocks: int = 1) -> int:
    """Weights of a SIREN, or of several that share all but their last hidden layer and output."""
    own = width * (width + 1) + width + 1
    return 4 * width + (HIDDEN_LAYERS - 2) * width * (width + 1) + blocks * own


def width_at(rate: float, voxels: int, blocks: int = 1) -> int:
    """Largest width whose code of 8 bits is about as large as the rate allows."""
    beside = BESIDE + (blocks - 1) * 4 * 8
    budget = rate * voxels / 8
    return max(w for w in range(4, 400) if PER_WEIGHT * weights_of(w, blocks) + beside <= budget or w == 4)


def fitted(volume: Volume, grid: Grid, width: int) -> CoordinateModel:
    """A SIREN that was fitted to a volume by the trainer of coordinate networks."""
    changed = {
        "width": width,
        "hidden_layers": HIDDEN_LAYERS,
        "batch": BATCH,
        "learning_rate": LEARNING_RATE,
        "epochs": max(1, round(STEPS * BATCH / volume.size)),
        "precision": "float32",
    }
    settings = settings_of(known_recipes()["siren2020"] | changed)
    thin = View(volume, grid, 2, float(grid.spacing[2]), "box")
    return _trained([thin], settings, grid)


def _trained(views: list[View], settings: Any, grid: Grid) -> CoordinateModel:
    model, _ = train_views(views, settings, grid=grid, provenance={"image": "sub-01"})
    assert isinstance(model, CoordinateModel)
    return model


class Partition(nn.Module):
    """Networks of 2 x 2 blocks of a volume, which share their first layers and have a last hidden one of their own."""

    def __init__(self, width: int, blocks: int) -> None:
        super().__init__()
        shared: list[nn.Module] = []
        for number in range(1, HIDDEN_LAYERS):
            shared += self._layer(3 if number == 1 else width, width, first=number == 1)
        self.shared = nn.Sequential(*shared)
        self.own = nn.ModuleList(
            nn.Sequential(*self._layer(width, width), self._linear(width, 1)) for _ in range(blocks)
        )

    def _linear(self, inputs: int, outputs: int, first: bool = False) -> nn.Linear:
        linear = nn.Linear(inputs, outputs)
        initialise_siren(linear, OMEGA, first)
        return linear

    def _layer(self, inputs: int, outputs: int, first: bool = False) -> list[nn.Module]:
        return [self._linear(inputs, outputs, first), activation_layer("sine", OMEGA, 1.0)]

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        """Map the points of each block (blocks, N, 3) to intensities (blocks, N)."""
        features = self.shared(points)
        values = [head(part).squeeze(-1) for head, part in zip(self.own, features, strict=True)]
        return torch.stack(values)


def blocks_of(volume: Volume) -> np.ndarray:
    """Voxel indices of 2 x 2 blocks in the plane of the two longest axes, (4, N)."""
    first, second = np.argsort(volume.shape)[1:]
    indices = np.arange(volume.size).reshape(volume.shape)
    halves = [half for part in np.split(indices, 2, first) for half in np.split(part, 2, second)]
    return np.stack([half.ravel() for half in halves])


def partitioned(volume: Volume, rate: float) -> tuple[int, Volume]:
    """Bytes and decoded volume of a partition of 8 bits, fitted in as many steps as one network."""
    torch.manual_seed(0)
    places = blocks_of(volume)
    # as long as the sides, as in the coordinates of one network
    axes = [np.linspace(-1, 1, n, dtype=np.float32) * n / max(volume.shape) for n in volume.shape]
    points = torch.from_numpy(np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)[places])
    low, span = float(volume.min()), float(np.ptp(volume))
    targets = torch.from_numpy(((volume.ravel() - low) / span)[places])
    network = Partition(width_at(rate, volume.size, len(places)), len(places))
    optimiser = torch.optim.Adam(network.parameters(), LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS)
    for _ in range(STEPS):
        chosen = torch.randint(points.shape[1], (BATCH // len(places),))
        loss = nn.functional.mse_loss(network(points[:, chosen]), targets[:, chosen])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    arrays = [quantise(weights.detach().numpy(), 8) for weights in network.parameters()]
    with torch.no_grad():
        for weights, array in zip(network.parameters(), arrays, strict=True):
            weights.copy_(torch.from_numpy(array.values))
        decoded = network(points).numpy() * span + low
    image = np.empty(volume.size, np.float32)
    image[places] = decoded
    code = code_levels(np.concatenate([one.levels.ravel() for one in arrays]), 8)
    # the description is as long as that of one network
    return len(code) + 8 * len(arrays) + 125, image.reshape(volume.shape)


def coded_rows(model: CoordinateModel, name: str, volume: Volume) -> Iterator[dict[str, Any]]:
    """Rows of a network as it was trained, and of its codes; each is decoded and evaluated."""
    regions = {"whole": np.ones(volume.shape, bool)}
    size = 4 * model.parameters
    yield from scored("network", name, size, model.evaluate(model.grid), volume, regions, 32)
    for bits in BITS:
        data = code_network(model, bits)
        image = decode_network(data).evaluate(model.grid)
        yield from scored("network", name, len(data), image, volume, regions, bits)


def measure(name: str) -> Iterator[dict[str, Any]]:
    """Rows of one volume."""
    whole, affine = load_volume(FOLDER / name / "anat" / f"{name}_T2w.nii.gz")
    volume, grid = crop(whole, affine)
    regions = {"whole": np.ones(volume.shape, bool)}
    for rate in RATES:
        begin = time.process_time()
        rows = list(coded_rows(fitted(volume, grid, width_at(rate, volume.size)), "siren", volume))
        seconds = time.process_time() - begin
        yield from ({"rate": rate, "seconds": seconds} | row for row in rows)
        budgets = [row["bytes"] for row in rows if row["bits"] in BITS]
        for row in codec_rows(volume, regions, budgets):
            if row["kind"] == "lossy" or rate == RATES[0]:
                yield {"rate": rate if row["kind"] == "lossy" else None} | row
        if rate in PARTITION_RATES:
            size, image = partitioned(volume, rate)
            for row in scored("network", "partition", size, image, volume, regions, 8):
                yield {"rate": rate} | row
    yield from ({"rate": None} | row for row in from_views(volume, grid))


def from_views(volume: Volume, grid: Grid) -> Iterator[dict[str, Any]]:
    """Rows of `fourier`, which sees two thick views of the volume."""
    kept, cropped = crop_for_views(grid, VIEWS)
    seen = volume[cropping(kept, cropped)]
    views = [acquire(seen, cropped, plane, factor, "box") for plane, factor in VIEWS]
    settings = settings_of(known_recipes()["fourier"] | {"data_consistency": False, "precision": "float32"})
    yield from coded_rows(_trained(views, settings, cropped), "fourier", seen)


def main() -> None:
    """Measure volumes, and put their rows into the table; the others keep theirs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=VOLUMES, nargs="+", default=VOLUMES, help="volumes to measure")
    torch.set_num_threads(1)
    for name in parser.parse_args().only:
        rows = []
        for row in measure(name):
            rows.append({"image": name} | row)
            print(rows[-1], flush=True)
        write(pd.DataFrame(rows).drop(columns="region"))


def write(rows: pd.DataFrame) -> None:
    """Replace the rows of a volume in the table of results."""
    rows = rows.round({"bits_per_voxel": 4, "psnr": 2, "seconds": 1})
    rows["bits"] = rows["bits"].astype("Int64")
    if RESULTS.exists():
        known = pd.read_csv(RESULTS, sep="\t", dtype={"bits": "Int64"})
        rows = pd.concat([known[~known["image"].isin(rows["image"])], rows], ignore_index=True)
    rows = rows.sort_values("image", kind="stable")
    rows.to_csv(RESULTS, sep="\t", index=False, na_rep="n/a", lineterminator="\n")


if __name__ == "__main__":
    main()
