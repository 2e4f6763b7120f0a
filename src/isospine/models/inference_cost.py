"""Count what one voxel costs a coordinate network: multiply-adds, bytes moved and energy, from its hyperparameters.

The energies are those of single operations; clock, control, wires between units and leakage are not among them, so that
the sums rank networks and number formats, and are below what any chip takes.

Sources: 45 nm: Horowitz, Computing's energy problem (and what we can do about it), ISSCC 2014. 7 nm: Jouppi et al., Ten
lessons from three generations shaped Google's TPUv4i, ISCA 2021, table 2.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from isospine.recipes.encodings import ENCODINGS

#: Voxels that are computed together, so that each weight is read once for all of them: two layers' activations of 256 units
#: and 8 bits fill one memory of `Process.memory_access`.
TOGETHER = 64
#: Bits of one access to memory.
ACCESS_BITS = 64
#: Bits of a weight and of an activation, by the name of the number format.
FORMATS = {"float32": 32, "int16": 16, "int12": 12, "int8": 8}


@dataclass(frozen=True)
class Process:
    """Energy of single operations of a semiconductor process, in pJ.

    Attributes
    ----------
    name : str
        In tables.
    multiply_float32, add_float32 : float
        Of two float32 numbers.
    multiply_int8, multiply_int32 : float
        Of two integers.
    add_int32 : float
        Of two integers, as sums of products have them.
    memory_access : float
        Of 64 bits in a memory of 32 KB on the chip.
    """

    name: str
    multiply_float32: float
    add_float32: float
    multiply_int8: float
    multiply_int32: float
    add_int32: float
    memory_access: float

    def multiply_add(self, number_format: str) -> float:
        """Return the energy (pJ) of a product and its sum; products between 8 and 32 bits lie on a power law."""
        if number_format == "float32":
            return self.multiply_float32 + self.add_float32
        power = math.log(self.multiply_int32 / self.multiply_int8) / math.log(32 / 8)
        return self.multiply_int8 * (FORMATS[number_format] / 8) ** power + self.add_int32


#: By name.
PROCESSES = {
    process.name: process
    for process in (
        Process(
            "45nm",
            multiply_float32=3.7,
            add_float32=0.9,
            multiply_int8=0.2,
            multiply_int32=3.1,
            add_int32=0.1,
            memory_access=20.0,
        ),
        Process(
            "7nm",
            multiply_float32=1.31,
            add_float32=0.38,
            multiply_int8=0.07,
            multiply_int32=1.48,
            add_int32=0.03,
            memory_access=8.5,
        ),
    )
}


@dataclass(frozen=True)
class InferenceCost:
    """What one voxel costs in one number format.

    Attributes
    ----------
    parameters : int
        Trained weights and biases.
    weight_bytes : float
        Bytes of them.
    multiply_adds : int
        Of a voxel, of its features and of all layers.
    bytes_moved : float
        Of a voxel: of each layer its inputs are read and its outputs written, and its weights are read once for
        `TOGETHER` voxels.
    nanojoules : dict of str to float
        Of a voxel, by the name of the process.
    """

    parameters: int
    weight_bytes: float
    multiply_adds: int
    bytes_moved: float
    nanojoules: dict[str, float]


def layer_sizes(settings: Mapping[str, Any]) -> list[tuple[int, int]]:
    """List inputs and outputs of each fully connected layer of a coordinate recipe, the last one included."""
    features = ENCODINGS[settings["encoding"]].features(settings["L"])
    width, count, every = settings["width"], settings["hidden_layers"], settings["skip_every"]
    sizes = [(features, width)]
    for number in range(1, count):
        joined = features if every and number % every == 0 else 0
        sizes.append((width + joined, width))
    return [*sizes, (width, 1)]


def encoding_multiply_adds(settings: Mapping[str, Any]) -> int:
    """Count the multiply-adds of the features of a voxel of a regular grid, whose phases are products of tables."""
    encoding = ENCODINGS[settings["encoding"]]
    if encoding.is_position:
        return 0
    if encoding.trained:
        # the eight vertices of a cell
        return 8 * encoding.features(settings["L"])
    # a complex product for each two features
    return 2 * encoding.features(settings["L"])


def inference_cost(settings: Mapping[str, Any], number_format: str) -> InferenceCost:
    """Count what one voxel costs a coordinate network.

    Parameters
    ----------
    settings : mapping
        Hyperparameters of a coordinate recipe.
    number_format : str
        One of `FORMATS`, of weights and activations; integers are summed in 32 bits.

    Raises
    ------
    KeyError
        If the format is unknown, or a hyperparameter is missing.
    """
    sizes, bits = layer_sizes(settings), FORMATS[number_format]
    weights = sum(inputs * outputs for inputs, outputs in sizes)
    parameters = weights + sum(outputs for _, outputs in sizes)
    moved = sizes[0][0] + sum(inputs + outputs for inputs, outputs in sizes) + parameters / TOGETHER
    multiply_adds = weights + encoding_multiply_adds(settings)
    return InferenceCost(
        parameters=parameters,
        weight_bytes=parameters * bits / 8,
        multiply_adds=multiply_adds,
        bytes_moved=moved * bits / 8,
        nanojoules={
            name: (
                multiply_adds * process.multiply_add(number_format)
                + moved * bits / ACCESS_BITS * process.memory_access
            )
            / 1000
            for name, process in PROCESSES.items()
        },
    )
