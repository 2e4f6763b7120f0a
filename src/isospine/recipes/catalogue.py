"""Read the named recipes that come with isospine."""

from pathlib import Path
from typing import Any

from isospine.io.yaml import load_yaml

#: Keys of an entry of recipes.yaml that are no hyperparameters.
CITATION_KEY, TITLE_KEY = "citation", "title"


def known_recipes() -> dict[str, dict[str, Any]]:
    """Return the named recipes that come with isospine, each a complete set of hyperparameters."""
    return {
        name: {key: value for key, value in entry.items() if key not in (CITATION_KEY, TITLE_KEY)}
        for name, entry in _catalogue().items()
    }


def recipe_citations() -> dict[str, str]:
    """Return the key in `references.bib` of the paper behind each recipe that is a published network."""
    return {name: entry[CITATION_KEY] for name, entry in _catalogue().items() if CITATION_KEY in entry}


def recipe_titles() -> dict[str, str]:
    """Return one line on each recipe, for lists of methods."""
    return {name: entry[TITLE_KEY] for name, entry in _catalogue().items()}


def _catalogue() -> dict[str, dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = load_yaml(Path(__file__).with_name("recipes.yaml"))
    return entries
