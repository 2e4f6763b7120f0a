"""The hyperparameters of each kind of model, as immutable records that say of each key what it is.

Title, unit, the value for models from before it, and with which choices it has an effect stand in the metadata of its
field. A key that several kinds have is described in the first of them.
"""

import math
from collections.abc import Mapping
from dataclasses import Field, asdict, dataclass, field, fields
from typing import Any

from isospine.recipes.activations import ACTIVATIONS, Activation
from isospine.recipes.encodings import ENCODINGS, Encoding


@dataclass(frozen=True)
class Description:
    """What is known of a hyperparameter beside its type.

    Attributes
    ----------
    title : str
        On axes; its name if empty.
    unit : str
        Unit of its values, on axes, in tables and behind values.
    values : str
        What its values are, on axes, where they have no unit.
    since : object
        For a key that was added later: the value that gives what models from before it gave.
    used_with : str
        Another hyperparameter on whose value it depends whether this one has an effect.
    used_values : tuple of str
        Those of its values with which it has one; if empty, the records of that choice say (`uses`).
    """

    title: str = ""
    unit: str = ""
    values: str = ""
    since: Any = None
    used_with: str = ""
    used_values: tuple[str, ...] = ()


def about(title: str = "", **known: Any) -> dict[str, Description]:
    """Metadata of a field, see `Description`."""
    return {"description": Description(title, **known)}


@dataclass(frozen=True)
class Hyperparameters:
    """Settings of a coordinate network; config/README.md describes each key for users.

    Attributes
    ----------
    model : {'coordinate'}
        The kind of model, see `KINDS`.
    encoding : str
        Coordinate encoding, one of `ENCODINGS`.
    L : int
        Mapping size: number of Fourier frequencies.
    bandwidth : float
        Standard deviation of the Gaussian frequencies (highest frequency of `positional`), cycles per mm.
    activation : str
        Activation of the hidden layers, one of `ACTIVATIONS`.
    omega : float
        Frequency factor of `sine` and `gabor`.
    gabor_scale : float
        Factor of the Gaussian of `gabor`.
    width, hidden_layers : int
        Neurons per hidden layer, and number of those layers.
    skip_every : int
        The features join the output of every `skip_every`-th hidden layer; 0 for none.
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
    L: int = field(metadata=about("mapping size L", values="frequencies", used_with="encoding"))
    bandwidth: float = field(metadata=about("bandwidth", unit="cycles/mm", used_with="encoding"))
    activation: str
    omega: float = field(metadata=about("frequency factor omega", values="rad", used_with="activation"))
    # there was no `gabor` before whose scale could matter
    gabor_scale: float = field(
        metadata=about("Gaussian factor of the wavelet", values="number", since=6.0, used_with="activation")
    )
    width: int = field(metadata=about("width", values="units per layer"))
    hidden_layers: int = field(metadata=about("hidden layers", values="number"))
    skip_every: int = field(metadata=about("layers between skips", values="number", since=0))
    supervision: str
    samples_per_slice: int = field(
        metadata=about(
            "samples per slice", values="number", used_with="supervision", used_values=("profile",)
        )
    )
    epochs: int = field(metadata=about("epochs", values="number"))
    batch: int = field(metadata=about("batch size", values="samples"))
    learning_rate: float = field(metadata=about("learning rate", values="per step"))
    data_consistency: bool = field(metadata=about("data consistency", values="off or on"))
    precision: str
    contrasts: str = field(
        metadata=about("networks of the contrasts", values="separate or shared", since="separate")
    )

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
    for one in fields(record):
        value, kind = settings[one.name], one.type
        fits = isinstance(value, int | float if kind is float else one.type)  # type: ignore[arg-type]
        if not fits or (isinstance(value, bool) and kind is not bool):
            raise ValueError(f"{one.name} is {value!r}")
        if kind in (int, float) and not (math.isfinite(value) and value >= 0):
            raise ValueError(f"{one.name} is {value!r}")
    return record


def description_of(key: str) -> Description:
    """What the first kind of model that has a hyperparameter says of it; nothing is known of another name."""
    found = (one.metadata for kind in KINDS.values() for one in fields(kind) if one.name == key)
    return next((known["description"] for known in found if known), Description())


def later_values(kind: str) -> dict[str, Any]:
    """Hyperparameters that a kind of model got later, with the values that give what models from before them gave."""
    known = {one.name: _own_description(one) for one in fields(KINDS[kind])}
    return {key: own.since for key, own in known.items() if own.since is not None}


def _own_description(one: "Field[Any]") -> Description:
    description: Description = one.metadata.get("description", Description())
    return description


def dependence(key: str) -> tuple[str, list[str]] | None:
    """Give the other hyperparameter of which some values make this one idle, and the values with which it has an effect."""
    known = description_of(key)
    if not known.used_with:
        return None
    choices: dict[str, Mapping[str, Activation | Encoding]] = {
        "encoding": ENCODINGS,
        "activation": ACTIVATIONS,
    }
    records = choices.get(known.used_with, {})
    return known.used_with, [*known.used_values, *(name for name, one in records.items() if key in one.uses)]


def without_effect(key: str, hyperparameters: dict[str, Any]) -> str | None:
    """Say why a hyperparameter of a complete set does nothing there, and how to mend that; or None."""
    found = dependence(key)
    if found is None or hyperparameters["model"] != "coordinate":
        return None
    other, values = found
    if hyperparameters[other] in values:
        return None
    return f"has no effect with {other} {hyperparameters[other]!r}; use {other} {' or '.join(values)}"


def keys_of(kind: str) -> list[str]:
    """Hyperparameters of a kind of model, in order."""
    return [field.name for field in fields(KINDS[kind])]


#: Those of every kind: columns that are there in every table, whether or not it holds a network.
HYPERPARAMETERS = list(dict.fromkeys(key for kind in KINDS for key in keys_of(kind)))


def hyperparameter_title(name: str) -> str:
    """Name and unit of a hyperparameter as axes write them."""
    known = description_of(name)
    unit = known.unit or known.values
    return (known.title or name.replace("_", " ")) + (f" ({unit})" if unit else "")


def hyperparameter_headings() -> dict[str, str]:
    """Headings of the columns of hyperparameters whose values have a unit."""
    units = {key: description_of(key).unit for key in HYPERPARAMETERS}
    return {key: f"{key} ({unit})" for key, unit in units.items() if unit}
