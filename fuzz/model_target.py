"""CoordinateModel files of any content are loaded and evaluated, or refused with an `InputError` of one line."""

import json
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from isospine.errors import InputError
from isospine.geometry.grid import Grid
from isospine.models.coordinate.model import CoordinateModel, coordinate_network
from isospine.models.load import load_model
from isospine.models.prior.train import untrained_prior
from isospine.physics.simulate import acquire
from isospine.physics.view import View
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.hyperparameters import Hyperparameters, PriorHyperparameters
from isospine.training.files import save_model
from isospine.training.session import Session

FOLDER = tempfile.TemporaryDirectory()
PATH = Path(FOLDER.name) / "model.safetensors"
#: Voxels of the largest model that is evaluated.
SMALL = 10_000
GRID = Grid((4, 4, 6), np.diag([0.8, 0.8, 0.8, 1.0]))


def views() -> list[View]:
    """Two thick-slice views of a few voxels."""
    image = np.random.default_rng(0).random(GRID.shape, np.float32)
    return [acquire(image, GRID, plane, 2, "box") for plane in ("axial", "sagittal")]


def coordinate_model() -> CoordinateModel:
    """A network of a few weights."""
    small = {"L": 2, "width": 2, "hidden_layers": 1}
    settings = Hyperparameters(**(known_recipes()["fourier"] | small))
    frequencies = np.random.default_rng(0).normal(size=(2, 3))
    network = coordinate_network(settings, frequencies)
    about = {"image": "sub-1_T2w", "method": "fourier"}
    residuals = tuple(views()[:1])
    return CoordinateModel(
        network, frequencies, GRID.centre, GRID.radius, 0.0, 1.0, GRID, residuals, settings, about
    )


def files() -> Iterator[bytes]:
    """A small file of each kind of model."""
    small = {"L": 1, "width": 2, "hidden_layers": 1}
    settings = PriorHyperparameters(**(known_recipes()["self-prior"] | small))
    prior = untrained_prior(views(), views(), GRID, settings, Session(provenance={"image": "sub-1_T2w"}))
    for model in (coordinate_model(), prior):
        save_model(model, PATH)
        yield PATH.read_bytes()


FILES = list(files())


def parts(file: bytes) -> tuple[dict[str, object], bytes]:
    """Header and data of a safetensors file."""
    length = struct.unpack("<Q", file[:8])[0]
    return json.loads(file[8 : 8 + length]), file[8 + length :]


def seeds() -> Iterator[bytes]:
    """A file as it is, its header alone, and its description alone, for each kind of model."""
    for number, file in enumerate(FILES):
        header, _ = parts(file)
        metadata = header.pop("__metadata__")
        yield bytes([0, number]) + file
        yield bytes([1, number]) + json.dumps(header).encode()
        yield bytes([2, number]) + metadata["isospine"].encode()


def changed(content: bytes) -> bytes:
    """File of which all is as given, or the header, or the description; the first two bytes say which of what file."""
    way, number, rest = content[0] % 3, content[1] % len(FILES), content[2:]
    if way == 0:
        return rest
    header, data = parts(FILES[number])
    text = rest.decode("utf-8", "replace")
    if way == 2:
        header["__metadata__"] = {"isospine": text}
        head = json.dumps(header).encode()
    else:
        kept = json.dumps(header["__metadata__"])
        head = f'{{"__metadata__":{kept},{text.strip().removeprefix("{")}'.encode()
    head += b" " * (-len(head) % 8)
    return struct.pack("<Q", len(head)) + head + data


def check(content: bytes) -> None:
    """Load a file and evaluate what is in it."""
    PATH.write_bytes(changed(content.ljust(2, b"\0")))
    try:
        model = load_model(PATH)
    except InputError as error:
        assert str(PATH) in str(error) and "\n" not in str(error)
        return
    assert isinstance(model.provenance, dict) and model.parameters > 0
    if np.prod(model.grid.shape) <= SMALL:
        image = model.reconstruct(model.grid)
        assert image.shape == model.grid.shape and image.dtype == np.float32
