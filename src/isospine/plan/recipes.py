"""Configured recipes, completed from those that come with isospine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from isospine.errors import InputError
from isospine.plan.check import Config
from isospine.plan.grids import alphanumeric
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.former_names import FORMER_NAMES, renamed
from isospine.recipes.hyperparameters import SHIPPED_WEIGHTS
from isospine.recipes.kinds import DEFAULT_KIND, default_values, keys_of


@dataclass(frozen=True)
class Method:
    """A recipe with its hyperparameters and one seed; one model per image.

    Attributes
    ----------
    name : str
        Recipe and what differs from it, without the seed.
    recipe : str
        Name of the recipe.
    hyperparameters : dict
        The complete set.
    seed : int
        Random seed.
    """

    name: str
    recipe: str
    hyperparameters: dict[str, Any] = field(hash=False)
    seed: int

    @property
    def label(self) -> str:
        """BIDS label (letters and digits) of the method's reconstructions."""
        return f"{alphanumeric(self.name)}seed{self.seed}"


def resolve_recipes(config: Config) -> dict[str, dict[str, Any]]:
    """Complete the hyperparameters of the configured recipes.

    Parameters
    ----------
    config : dict
        A checked configuration; `recipes.NAME` holds what differs from the recipe of that name that comes
        with isospine, or a complete set under a new name. A recipe set to null is left out.

    Raises
    ------
    InputError
        If a new recipe is not complete, or a key does not belong to its kind of model.
    """
    known = known_recipes()
    resolved = {}
    for name, given in config["recipes"].items():
        if given is None:
            continue
        resolved[name] = known.get(name, {}) | given
        model = resolved[name].get("model", DEFAULT_KIND)
        keys = keys_of(model)
        resolved[name] |= {k: v for k, v in default_values(model).items() if k not in resolved[name]}
        missing = [key for key in keys if key not in resolved[name]]
        foreign = [key for key in resolved[name] if key not in keys]
        if foreign:
            raise InputError(
                f"recipes.{name}.{foreign[0]}: a recipe of model {model!r} has no such "
                f"hyperparameter; expected one of {', '.join(keys)}"
            )
        if missing:
            raise InputError(
                f"recipes.{name}: unknown recipe; expected one of {', '.join(sorted(known))}, or a complete set "
                f"of hyperparameters (missing: {', '.join(missing)})"
            )
    return resolved


def weights_file(hyperparameters: Mapping[str, Any]) -> Path | None:
    """File of weights that a recipe names; None for the weights that come with isospine, and for recipes without."""
    weights = hyperparameters.get("weights", SHIPPED_WEIGHTS)
    return None if weights == SHIPPED_WEIGHTS else Path(weights)


def use_present_names(config: Config) -> list[str]:
    """Replace former names of recipes in a configuration, in place.

    Parameters
    ----------
    config : dict
        The merged configuration, not yet checked.

    Returns
    -------
    list of str
        One line for each place that has a former name.
    """
    notes = []
    recipes = config.get("recipes")
    for former, present in FORMER_NAMES.items():
        if isinstance(recipes, dict) and former in recipes:
            given, shipped = recipes.pop(former), recipes.get(present)
            both = isinstance(given, dict) and isinstance(shipped, dict)
            recipes[present] = shipped | given if both else given
            notes.append(f"recipes.{former}: {renamed(former)}")
    ablations = config.get("ablations")
    for name, ablation in ablations.items() if isinstance(ablations, dict) else ():
        if isinstance(ablation, dict) and ablation.get("recipe") in FORMER_NAMES:
            notes.append(f"ablations.{name}.recipe: {renamed(ablation['recipe'])}")
            ablation["recipe"] = FORMER_NAMES[ablation["recipe"]]
    return notes
