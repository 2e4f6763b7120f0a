"""The hyperparameters of each kind of model, as immutable records."""

import math
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Hyperparameters:
    """Settings of a coordinate network; config/README.md describes each key for users.

    Attributes
    ----------
    model : {'coordinate'}
        The kind of model, see `KINDS`.
    encoding : {'gaussian', 'positional', 'basic', 'none'}
        Coordinate encoding.
    L : int
        Mapping size: number of Fourier frequencies.
    bandwidth : float
        Standard deviation of the Gaussian frequencies (highest frequency of `positional`), cycles per mm.
    activation : {'relu', 'sine', 'gabor'}
        Activation of the hidden layers.
    omega : float
        Frequency factor of `sine` and `gabor`.
    gabor_scale : float
        Factor of the Gaussian of `gabor`.
    width, hidden_layers : int
        Neurons per hidden layer, and number of those layers.
    skip_every : int
        The features join the output of every so manyth hidden layer; 0 for none.
    supervision : {'profile', 'point'}
        Compare a slice with the mean over its profile, or with its centre.
    samples_per_slice : int
        Positions across the slice in that mean.
    epochs, batch : int
        Passes over all voxels of the views, and voxels per step.
    learning_rate : float
        First learning rate of Adam; falls to zero along a cosine.
    data_consistency : bool
        Add the smallest correction that makes the reconstruction agree with the views.
    precision : {'auto', 'float32', 'bfloat16'}
        Number format of the matrix products; weights are always float32. `auto` is bfloat16 where the
        processor computes in it, else float32.
    contrasts : {'separate', 'shared'}
        A network for each contrast of an image, or one for all of them.
    """

    model: str
    encoding: str
    L: int
    bandwidth: float
    activation: str
    omega: float
    gabor_scale: float
    width: int
    hidden_layers: int
    skip_every: int
    supervision: str
    samples_per_slice: int
    epochs: int
    batch: int
    learning_rate: float
    data_consistency: bool
    precision: str
    contrasts: str

    def as_dict(self) -> dict[str, Any]:
        """Plain dictionary, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class PriorHyperparameters:
    """Settings of the self-supervised prior.

    Attributes
    ----------
    model : {'prior'}
        The kind of model, see `KINDS`.
    L : int
        Cosine products over the window that each cell predicts.
    width, hidden_layers : int
        Neurons per hidden layer, and number of those layers.
    cells : int
        About how many cells of the views' sharp planes to learn from.
    steps, batch : int
        Steps of the optimiser, and cells per step.
    learning_rate : float
        First learning rate of AdamW; falls to zero along a cosine.
    weight_decay : float
        Weight decay of AdamW.
    data_consistency : bool
        Add the correction that makes the reconstruction agree with the views, as far as their noise allows.
    precision : {'auto', 'float32', 'bfloat16'}
        As in `Hyperparameters`.
    """

    model: str
    L: int
    width: int
    hidden_layers: int
    cells: int
    steps: int
    batch: int
    learning_rate: float
    weight_decay: float
    data_consistency: bool
    precision: str

    def as_dict(self) -> dict[str, Any]:
        """Plain dictionary, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class PopulationHyperparameters(PriorHyperparameters):
    """Settings of the prior that learns from other subjects first; the inherited ones are of its refinement.

    Attributes
    ----------
    model : {'population'}
        The kind of model, see `KINDS`.
    population_images : int
        From how many images of other subjects to learn, at most.
    population_cells : int
        About how many cells of their references' planes, together.
    population_steps : int
        Steps of the optimiser before the refinement on the subject's own views.
    """

    population_images: int
    population_cells: int
    population_steps: int


#: Kinds of model that a recipe can be for.
KINDS: dict[str, type[Hyperparameters] | type[PriorHyperparameters]] = {
    "coordinate": Hyperparameters,
    "prior": PriorHyperparameters,
    "population": PopulationHyperparameters,
}


def read_hyperparameters(settings: dict[str, Any]) -> Hyperparameters | PriorHyperparameters:
    """Record of a complete set of hyperparameters that comes from a model file.

    Raises
    ------
    KeyError, TypeError, ValueError
        If one is missing, unknown, or no value that it could have.
    """
    record = KINDS[settings["model"]](**settings)
    for field in fields(record):
        value, kind = settings[field.name], field.type
        fits = isinstance(value, int | float if kind is float else field.type)  # type: ignore[arg-type]
        if not fits or (isinstance(value, bool) and kind is not bool):
            raise ValueError(f"{field.name} is {value!r}")
        if kind in (int, float) and not (math.isfinite(value) and value >= 0):
            raise ValueError(f"{field.name} is {value!r}")
    return record


#: Hyperparameters that only have an effect with some values of another one.
DEPENDENT = {
    "L": ("encoding", ("gaussian", "positional")),
    "bandwidth": ("encoding", ("gaussian", "positional")),
    "omega": ("activation", ("sine", "gabor")),
    "gabor_scale": ("activation", ("gabor",)),
    "samples_per_slice": ("supervision", ("profile",)),
}


def without_effect(key: str, hyperparameters: dict[str, Any]) -> str | None:
    """Say why a hyperparameter of a complete set does nothing there, and how to mend that; or None."""
    if hyperparameters["model"] != "coordinate" or key not in DEPENDENT:
        return None
    other, values = DEPENDENT[key]
    if hyperparameters[other] in values:
        return None
    return f"has no effect with {other} {hyperparameters[other]!r}; use {other} {' or '.join(values)}"


def keys_of(kind: str) -> list[str]:
    """Hyperparameters of a kind of model, in order."""
    return [field.name for field in fields(KINDS[kind])]


#: Those of every kind: columns that are there in every table, whether or not it holds a network.
HYPERPARAMETERS = list(dict.fromkeys(key for kind in KINDS for key in keys_of(kind)))


HYPERPARAMETER_TITLES = {
    "L": "mapping size L (frequencies)",
    "bandwidth": "bandwidth (cycles/mm)",
    "width": "width (units per layer)",
    "hidden_layers": "hidden layers (number)",
    "samples_per_slice": "samples per slice (number)",
    "epochs": "epochs (number)",
    "batch": "batch size (samples)",
    "learning_rate": "learning rate (per step)",
    "omega": "frequency factor omega (rad)",
    "gabor_scale": "Gaussian factor of the wavelet (number)",
    "skip_every": "layers between skips (number)",
    "data_consistency": "data consistency (off or on)",
    "contrasts": "networks of the contrasts (separate or shared)",
}


def hyperparameter_title(name: str) -> str:
    """Name and unit of a hyperparameter as axes write them."""
    return HYPERPARAMETER_TITLES.get(name, name.replace("_", " "))
