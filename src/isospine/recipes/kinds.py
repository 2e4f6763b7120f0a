"""Kinds of models: one record for each, the source of trainers, loaders, costs, text and code hashes."""

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

from isospine.recipes.hyperparameters import (
    FollowUpHyperparameters,
    FollowUpNetworkHyperparameters,
    Hyperparameters,
    NetworkHyperparameters,
    PopulationHyperparameters,
    PretrainedHyperparameters,
    PriorHyperparameters,
)
from isospine.recipes.lookup import module_of

#: Others are among them, as they extend one of these.
Settings = NetworkHyperparameters | PriorHyperparameters | PretrainedHyperparameters | FollowUpHyperparameters


@dataclass(frozen=True)
class Kind:
    """A kind of model that a recipe can choose.

    Attributes
    ----------
    name : str
        In recipes and model files, as `model`.
    settings : type
        Record of its hyperparameters.
    trainer : str
        ``module:name`` of a function with the signature of `isospine.models.train.train`.
    model : str
        ``module:name`` of the class of its trained models.
    of_coordinates : bool
        A coordinate network: it represents an image alone, and may learn several contrasts at once.
    needs_two_planes : bool
        Learns from the sharp planes of views that are thick along different axes.
    needs_references : bool
        Learns from images of other persons as well.
    trained_before : bool
        Learned from other bodies before the run, and has a file of weights.
    needs_earlier : bool
        Knows an earlier scan of the same person, and what it learned is a volume.
    runs_network : bool
        Runs a network on the device of the session; else it computes on the CPU, whatever that is.
    """

    name: str
    settings: type[Settings]
    trainer: str
    model: str
    of_coordinates: bool = False
    needs_two_planes: bool = False
    needs_references: bool = False
    trained_before: bool = False
    needs_earlier: bool = False
    runs_network: bool = True

    @property
    def trainer_module(self) -> str:
        """Module that the code hash of a training must cover."""
        return module_of(self.trainer)

    @property
    def model_module(self) -> str:
        """Module that the code hash of what reads a trained model must cover."""
        return module_of(self.model)


#: By name; the first is that of a recipe that does not say its kind.
KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            name="coordinate",
            settings=Hyperparameters,
            trainer="isospine.models.coordinate.train:train_coordinate",
            model="isospine.models.coordinate.model:CoordinateModel",
            of_coordinates=True,
        ),
        Kind(
            name="prior",
            settings=PriorHyperparameters,
            trainer="isospine.models.prior.train:train_prior",
            model="isospine.models.prior.model:PriorModel",
            needs_two_planes=True,
        ),
        Kind(
            name="pretrained",
            settings=PretrainedHyperparameters,
            trainer="isospine.models.pretrained.apply:apply_pretrained",
            model="isospine.models.pretrained.model:PretrainedModel",
            trained_before=True,
        ),
        Kind(
            name="population",
            settings=PopulationHyperparameters,
            trainer="isospine.models.prior.population:train_population",
            model="isospine.models.prior.model:PriorModel",
            needs_two_planes=True,
            needs_references=True,
        ),
        Kind(
            name="follow-up",
            settings=FollowUpHyperparameters,
            trainer="isospine.models.earlier.apply:apply_earlier",
            model="isospine.models.earlier.model:FollowUpModel",
            needs_earlier=True,
            runs_network=False,
        ),
        Kind(
            name="follow-up-network",
            settings=FollowUpNetworkHyperparameters,
            trainer="isospine.models.earlier.network:train_earlier_network",
            model="isospine.models.earlier.model:FollowUpModel",
            needs_earlier=True,
        ),
    )
}

#: Module that makes a job's network a method; loaded by name, since baselines need no PyTorch.
NETWORK_JOB = "isospine.methods.networks:network_job"

#: Fields of deformation that networks represent, whose first weights are drawn.
DRAWN_FIELDS = ("network", "velocity")

#: Kind of a recipe that does not say its own.
DEFAULT_KIND = next(iter(KINDS))


def kind_of(hyperparameters: Mapping[str, Any]) -> Kind:
    """Return the kind of model that hyperparameters belong to.

    Raises
    ------
    KeyError, TypeError
        If they do not name a kind.
    """
    return KINDS[hyperparameters["model"]]


def settings_of(hyperparameters: Mapping[str, Any]) -> Settings:
    """Make the record of a complete set of hyperparameters.

    Raises
    ------
    KeyError, TypeError
        If one is missing or unknown.
    """
    return kind_of(hyperparameters).settings(**hyperparameters)


def read_hyperparameters(hyperparameters: Mapping[str, Any]) -> Settings:
    """Read a complete set of hyperparameters from a model file.

    Raises
    ------
    KeyError, TypeError, ValueError
        If one is missing, unknown, or has an impossible value.
    """
    record = settings_of(hyperparameters)
    for field in fields(record):
        value, kind = getattr(record, field.name), field.type
        fits = isinstance(value, int | float if kind is float else field.type)  # type: ignore[arg-type]
        if not fits or (isinstance(value, bool) and kind is not bool):
            raise ValueError(f"{field.name} is {value!r}")
        if kind in (int, float) and not (math.isfinite(value) and value >= 0):
            raise ValueError(f"{field.name} is {value!r}")
    return record


def draws(hyperparameters: Mapping[str, Any]) -> bool:
    """Check whether a training draws anything, so that its seed has an effect."""
    kind = kind_of(hyperparameters)
    if kind.needs_earlier:
        return kind.runs_network or hyperparameters["field"] in DRAWN_FIELDS
    return not kind.trained_before or hyperparameters["refine"] > 0


def keys_of(kind: str) -> list[str]:
    """Return the hyperparameters of a kind of model, in order."""
    return [field.name for field in fields(KINDS[kind].settings)]


def default_values(kind: str) -> dict[str, Any]:
    """Return the hyperparameters of a kind that a complete set may leave out, with their values."""
    known = {field.name: field.default for field in fields(KINDS[kind].settings)}
    return {key: value for key, value in known.items() if value is not MISSING}


def later_values(kind: str) -> dict[str, Any]:
    """Return the hyperparameters added to a kind later, with the values that reproduce earlier models."""
    known = {field.name: field.metadata.get("description") for field in fields(KINDS[kind].settings)}
    return {key: own.since for key, own in known.items() if own is not None and own.since is not None}
