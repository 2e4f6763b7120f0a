"""The named recipes that come with isospine."""

from pathlib import Path
from typing import Any

from isospine.io.yaml import load_yaml


def known_recipes() -> dict[str, dict[str, Any]]:
    """Return the named recipes that come with isospine, each a complete set of hyperparameters."""
    recipes: dict[str, dict[str, Any]] = load_yaml(Path(__file__).with_name("recipes.yaml"))
    return recipes
