"""Name the methods that need nothing but the views of one body, and look up their recipes."""

from typing import Any

from isospine.errors import InputError
from isospine.recipes.baselines import BASELINES
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.kinds import kind_of


def usable_recipes() -> dict[str, dict[str, Any]]:
    """Return the named recipes that need nothing but the views of one body."""
    return {
        name: settings for name, settings in known_recipes().items() if not kind_of(settings).needs_references
    }


def method_names() -> list[str]:
    """Return the names of all methods: baselines, then recipes."""
    return [*BASELINES, *usable_recipes()]


def recipe_of(name: str) -> dict[str, Any]:
    """Return the hyperparameters of a named recipe that needs nothing but views.

    Raises
    ------
    InputError
        If there is no such recipe.
    """
    recipes = usable_recipes()
    if name not in recipes:
        raise InputError(f"method {name!r}: expected one of {', '.join(method_names())}")
    return recipes[name]
