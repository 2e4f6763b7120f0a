"""Describe each hyperparameter, for any kind of model: title, unit, and when it has an effect."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from isospine.recipes.activations import ACTIVATIONS, Activation
from isospine.recipes.encodings import ENCODINGS, Encoding
from isospine.recipes.hyperparameters import Description
from isospine.recipes.kinds import KINDS, keys_of

#: Hyperparameters of every kind: columns of every table, with or without networks.
HYPERPARAMETERS = list(dict.fromkeys(key for kind in KINDS for key in keys_of(kind)))


def description_of(key: str) -> Description:
    """Return the description of a hyperparameter by the first kind that has it; empty for other names."""
    found = (one.metadata for kind in KINDS.values() for one in fields(kind.settings) if one.name == key)
    return next((known["description"] for known in found if known), Description())


def dependence(key: str) -> tuple[str, list[str]] | None:
    """Return the other hyperparameter that decides whether this one has an effect, and with which values."""
    known = description_of(key)
    if not known.used_with:
        return None
    choices: dict[str, Mapping[str, Activation | Encoding]] = {
        "encoding": ENCODINGS,
        "activation": ACTIVATIONS,
    }
    records = choices.get(known.used_with, {})
    return known.used_with, [*known.used_values, *(name for name, one in records.items() if key in one.uses)]


def without_effect(key: str, hyperparameters: Mapping[str, Any]) -> str | None:
    """Explain why a hyperparameter of a complete set has no effect, and how to change that; else None."""
    found = dependence(key)
    # without the other one, this one always has an effect
    if found is None or found[0] not in hyperparameters:
        return None
    other, values = found
    if hyperparameters[other] in values:
        return None
    return f"has no effect with {other} {hyperparameters[other]!r}; use {other} {' or '.join(values)}"


def hyperparameter_title(name: str) -> str:
    """Format the name and unit of a hyperparameter for an axis."""
    known = description_of(name)
    unit = known.unit or known.values
    return (known.title or name.replace("_", " ")) + (f" ({unit})" if unit else "")


def hyperparameter_headings() -> dict[str, str]:
    """Return the column headings of hyperparameters whose values have a unit."""
    units = {key: description_of(key).unit for key in HYPERPARAMETERS}
    return {key: f"{key} ({unit})" for key, unit in units.items() if unit}
