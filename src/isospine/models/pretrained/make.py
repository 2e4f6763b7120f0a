"""Make the weights of the pretrained prior from isotropic images of bodies: `make weights BODIES="a.nii.gz b.nii.gz"`."""

import argparse
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from isospine.errors import InputError
from isospine.geometry.grid import Volume
from isospine.jobs.device import command_device, device_name, enough_memory
from isospine.jobs.provenance import software_versions
from isospine.models.pretrained.bodies import fingerprints, in_unit_range
from isospine.models.pretrained.examples import Variety, draw_examples
from isospine.models.pretrained.fit import Fitting, fit_network
from isospine.models.pretrained.gather import gather_bodies
from isospine.models.pretrained.network import cell_network
from isospine.models.pretrained.weights import NETWORKS, save_weights


@dataclass(frozen=True)
class Training:
    """Settings of one network's training.

    Attributes
    ----------
    cells : int
        About how many cells to learn from.
    width, hidden_layers : int
        Size of the network.
    fitting : Fitting
        Steps and learning rate.
    seed : int
        Of whatever is drawn.
    """

    cells: int
    width: int
    fitting: Fitting
    hidden_layers: int = 3
    seed: int = 0


@dataclass(frozen=True)
class Plan:
    """How the weights that come with isospine are made: how slices vary, and a training for each number of views."""

    variety: Variety = field(default_factory=Variety)
    trainings: Mapping[int, Training] = field(
        default_factory=lambda: {
            2: Training(cells=1_500_000, width=512, fitting=Fitting(steps=400_000)),
            1: Training(cells=1_300_000, width=256, fitting=Fitting(steps=260_000)),
        }
    )


def body_digest(volume: Volume) -> str:
    """SHA-256 of the voxels of an image, whatever the compression of its file."""
    data = np.ascontiguousarray(volume, "<f4")
    return hashlib.sha256(repr(data.shape).encode() + data.tobytes()).hexdigest()


def make_weights(bodies: Mapping[str, Volume], plan: Plan, path: Path, device: str = "cpu") -> None:
    """Train a network for each number of views on bodies, and write them to one file with their card.

    Parameters
    ----------
    bodies : mapping of str to (I, J, K) array
        Names and isotropic images.
    plan : Plan
        How.
    path : Path
        The file.
    device : str
        Where to train.

    Raises
    ------
    InputError
        If an image is constant, or the memory of a GPU is too small.
    """
    scaled = in_unit_range(bodies)
    networks, losses = {}, {}
    for views, training in plan.trainings.items():
        random = np.random.default_rng(training.seed)
        examples = draw_examples(scaled, plan.variety, views, training.cells, random)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(training.seed)
            network = cell_network(training.width, training.hidden_layers).to(torch.device(device))
        curve = fit_network(network, examples, views, training.fitting, training.seed)
        networks[views] = network
        losses[NETWORKS[views]] = float(np.mean(curve[-max(1, len(curve) // 100) :]))
    card = {
        "bodies": {name: body_digest(volume) for name, volume in bodies.items()},
        "variety": asdict(plan.variety),
        "trainings": {NETWORKS[views]: asdict(training) for views, training in plan.trainings.items()},
        "loss": losses,
        "device": device_name(device),
        "software": software_versions(),
    }
    prints = {name: fingerprints(volume) for name, volume in bodies.items()}
    save_weights(networks, prints, card, path)


def check_output(path: Path) -> None:
    """Refuse a file of weights that could not be written or used, before hours of training.

    Raises
    ------
    InputError
        If it is not called .safetensors, or its folder is missing.
    """
    if path.suffix != ".safetensors":
        raise InputError(f"{path}: expected a name that ends with .safetensors (--output)")
    if not path.parent.is_dir():
        raise InputError(f"{path.parent}: no such folder; make it, or write the weights elsewhere (--output)")


def main(arguments: Sequence[str] | None = None) -> None:
    """Make weights from the files and datasets that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "bodies",
        nargs="+",
        type=Path,
        help="isotropic images, or folders of BIDS datasets, of other persons than are tested",
    )
    parser.add_argument("--contrast", default="T2w", help="BIDS suffix of a dataset's images; default: T2w")
    parser.add_argument("--output", type=Path, required=True, help="the file of weights, .safetensors")
    parser.add_argument(
        "--views",
        type=int,
        nargs="+",
        choices=NETWORKS,
        default=list(NETWORKS),
        help="networks to train, by the number of views",
    )
    parser.add_argument(
        "--device",
        choices=["auto", "cpu", "cuda"],
        default="auto",
        help="what to train on: a GPU (cuda) or the CPU; default: a GPU where PyTorch sees one",
    )
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    plan = Plan()
    chosen = {views: training for views, training in plan.trainings.items() if views in options.views}
    try:
        device = command_device(options.device)
        check_output(options.output)
        bodies = gather_bodies(options.bodies, options.contrast)
        with enough_memory(device, "choose --device cpu"):
            make_weights(bodies, replace(plan, trainings=chosen), options.output, device)
    except InputError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
