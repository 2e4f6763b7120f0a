"""Code a coordinate network in few bytes: weights of 8 or so bits, entropy coded, in a file of its own.

The network alone is coded, without the views' residuals. What the file begins with is deflated JSON; then come the levels of
each array as two float32, the frequencies and the weights. Nothing in it is executed, and no size in it is believed.

Sources: Dupont et al., COIN: compression with implicit neural representations, ICLR workshop on neural compression, 2021;
Strümpler et al., Implicit neural representations for image compression, ECCV 2022, who quantise and entropy code weights.
"""

import json
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import torch

from isospine.errors import InputError
from isospine.io.text import check_regular
from isospine.models.coordinate.model import CoordinateModel, coordinate_network, unpack_extent
from isospine.models.quantised import Quantised, code_levels, decode_levels, quantise
from isospine.recipes.encodings import ENCODINGS
from isospine.recipes.hyperparameters import Hyperparameters
from isospine.recipes.kinds import read_hyperparameters
from isospine.training.stored_views import unpack_number

#: First bytes of a file; the last one is the version of its layout.
MAGIC = b"isoINR\x01"
#: Bits of a weight, and bytes of the description, of the frequencies' code.
HEAD = struct.Struct("<BHI")
#: Value of the first level, and the step between levels.
RANGE = struct.Struct("<ff")
#: Frequencies are phases of all features: they keep bits enough.
FREQUENCY_BITS = 16
#: Bytes of a description, and weights of a network, that no coded file has.
LONGEST_DESCRIPTION = 2**16
MOST_WEIGHTS = 2**26
LARGEST_FILE = 4 * MOST_WEIGHTS
#: What reading damaged bytes may raise.
DAMAGE = (
    InputError,
    KeyError,
    TypeError,
    ValueError,
    RuntimeError,
    ArithmeticError,
    struct.error,
    zlib.error,
)
#: Text that descriptions share, so that deflating leaves only what is particular; part of the layout.
SHARED = (
    b'{"affine": [[0.0, 0.0, 1.0, -0.0], [0.0, 0.0, 0.0, 1.0]], "centre": [0.0, 0.0, 0.0], "frequencies": 256, '
    b'"frequencies": null, "hyperparameters": {"L": 256, "activation": "sine", "activation": "relu", "bandwidth": 0.0375, '
    b'"batch": 1024, "contrasts": "separate", "data_consistency": false, "encoding": "gaussian", "encoding": "none", '
    b'"epochs": 100, "gabor_scale": 6.0, "hidden_layers": 3, "learning_rate": 0.002, "model": "coordinate", "omega": 30.0, '
    b'"precision": "auto", "samples_per_slice": 1, "skip_every": 0, "supervision": "profile", "width": 128}, "offset": 0.0, '
    b'"radius": 1.0, "scale": 1.0, "shape": [64, 64, 64]}'
)


def code_network(model: CoordinateModel, bits: int) -> bytes:
    """Code the network of a model, which `decode_network` evaluates again.

    Parameters
    ----------
    model : CoordinateModel
        Its residuals and provenance are not coded.
    bits : int
        Of each weight, 2 to 16; each array of weights has levels of its own.

    Raises
    ------
    ValueError
        If it has more weights than a coded file may have.
    """
    if model.parameters > MOST_WEIGHTS:
        raise ValueError(f"a network of {model.parameters} weights; at most {MOST_WEIGHTS} are coded")
    arrays = [quantise(weights.numpy(), bits) for weights in _weights(model).values()]
    frequencies = b""
    if model.frequencies is not None:
        arrays.insert(0, quantise(model.frequencies, FREQUENCY_BITS))
        frequencies = code_levels(arrays[0].levels.ravel(), FREQUENCY_BITS)
    coded = arrays[model.frequencies is not None :]
    weights = code_levels(np.concatenate([one.levels.ravel() for one in coded]), bits)
    description = _deflated(_description(model))
    ranges = b"".join(RANGE.pack(one.low, one.step) for one in arrays)
    return (
        MAGIC
        + HEAD.pack(bits, len(description), len(frequencies))
        + description
        + ranges
        + frequencies
        + weights
    )


def decode_network(data: bytes, device: str | torch.device = "cpu") -> CoordinateModel:
    """Restore a network from its code, with the rounded weights, no residuals and no provenance.

    Raises
    ------
    InputError
        If it is not the code of a network, or is damaged.
    """
    if not data.startswith(MAGIC):
        raise InputError("coded network: does not begin as one; expected a file that isospine coded")
    try:
        return _decoded(data[len(MAGIC) :], torch.device(device))
    except DAMAGE as error:
        reason = " ".join(repr(error).split())
        raise InputError(f"coded network: damaged ({reason}); code the model again") from error


def read_coded(path: str | Path, device: str | torch.device = "cpu") -> CoordinateModel:
    """Read a file that holds a coded network.

    Raises
    ------
    InputError
        If it is missing, too large, or damaged.
    """
    try:
        check_regular(path)
        if Path(path).stat().st_size > LARGEST_FILE:
            raise InputError(f"{path}: larger than any coded network")
        return decode_network(Path(path).read_bytes(), device)
    except OSError as error:
        raise InputError(f"{path}: not readable ({error})") from error
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _weights(model: CoordinateModel) -> dict[str, torch.Tensor]:
    return {name: value.detach().cpu() for name, value in model.network.state_dict().items()}


def _description(model: CoordinateModel) -> dict[str, Any]:
    extent = {} if model.extent is None else {"extent": list(model.extent)}
    return extent | {
        "affine": model.grid.affine[:3].tolist(),
        "centre": model.centre.tolist(),
        "frequencies": None if model.frequencies is None else len(model.frequencies),
        "hyperparameters": model.hyperparameters.as_dict(),
        "offset": model.offset,
        "radius": model.radius,
        "scale": model.scale,
        "shape": list(model.grid.shape),
    }


def _deflated(description: dict[str, Any]) -> bytes:
    coder = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=SHARED)
    return coder.compress(json.dumps(description, sort_keys=True).encode()) + coder.flush()


def _inflated(data: bytes) -> dict[str, Any]:
    coder = zlib.decompressobj(-zlib.MAX_WBITS, zdict=SHARED)
    text = coder.decompress(data, LONGEST_DESCRIPTION)
    if not coder.eof or coder.unused_data:
        raise ValueError("its description is cut or too long")
    description = json.loads(text)
    if not isinstance(description, dict):
        raise TypeError("its description is not a table")
    return description


def _decoded(data: bytes, device: torch.device) -> CoordinateModel:
    bits, size, frequency_size = HEAD.unpack_from(data)
    place = HEAD.size + size
    description = _inflated(data[HEAD.size : place])
    settings = read_hyperparameters(description["hyperparameters"])
    count = description.pop("frequencies")
    if not isinstance(settings, Hyperparameters) or not (count is None or type(count) is int):
        raise TypeError("it is not of a coordinate network")
    if count is not None and not 0 < count <= 3 * settings.L:
        raise ValueError(f"it has {count} frequencies")
    shapes = _shapes(settings, count, description)
    ranges = []
    for _ in range(len(shapes) + (count is not None)):
        ranges.append(RANGE.unpack_from(data, place))
        place += RANGE.size
    tensors = {"centre": torch.tensor(description.pop("centre"), dtype=torch.float64)}
    tensors["affine"] = torch.tensor([*description.pop("affine"), [0, 0, 0, 1]], dtype=torch.float64)
    if count is not None:
        code = data[place : place + frequency_size]
        levels = decode_levels(code, 3 * count, FREQUENCY_BITS).reshape(count, 3)
        values = Quantised(levels, *ranges.pop(0)).values.astype(np.float64)
        tensors["frequencies"] = torch.from_numpy(values)
    total = sum(shape.numel() for shape in shapes.values())
    levels = decode_levels(data[place + frequency_size :], total, bits)
    for (name, shape), limits in zip(shapes.items(), ranges, strict=True):
        own, levels = levels[: shape.numel()], levels[shape.numel() :]
        tensors[f"network.{name}"] = torch.from_numpy(Quantised(own, *limits).values.reshape(shape))
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise ValueError(f"{name} holds NaN or infinite numbers")
    return CoordinateModel.from_contents(tensors, description | {"views": [], "provenance": {}}, device)


def _shapes(
    settings: Hyperparameters, frequencies: int | None, description: dict[str, Any]
) -> dict[str, torch.Size]:
    """Shape of each array of weights; refused where there are more weights than a coded file has."""
    inputs = 3 if frequencies is None else 2 * frequencies
    most = settings.hidden_layers * settings.width * (settings.width + inputs + 1)
    if most > 2 * MOST_WEIGHTS:
        raise ValueError("its network has more weights than a coded file")
    radius = unpack_number(description["radius"], above=0)
    extent = unpack_extent(description) if ENCODINGS[settings.encoding].trained else None
    empty = None if frequencies is None else np.empty((frequencies, 3))
    with torch.device("meta"):
        network = coordinate_network(settings, empty, radius=radius, extent=extent)
    return {name: value.shape for name, value in network.state_dict().items()}
