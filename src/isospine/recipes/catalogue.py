"""The named recipes that come with isospine."""

from pathlib import Path
from typing import Any

from isospine.io.yaml import load_yaml


def known_recipes() -> dict[str, dict[str, Any]]:
    """Return the named recipes that come with isospine, each a complete set of hyperparameters."""
    recipes: dict[str, dict[str, Any]] = load_yaml(Path(__file__).with_name("recipes.yaml"))
    return recipes


#: Recipes that had another name before version 0.2.
FORMER_NAMES = {"isospine": "self-prior", "isospine-population": "population-prior"}


def present_name(recipe: str) -> str:
    """Name that a recipe has today."""
    return FORMER_NAMES.get(recipe, recipe)


def renamed(recipe: str) -> str:
    """Say that a recipe has another name today."""
    return f"the recipe {recipe!r} is called {FORMER_NAMES[recipe]!r}; the old name will stop working"
