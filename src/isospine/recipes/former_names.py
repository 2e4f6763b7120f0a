"""Translate names that recipes had before, in configurations and model files."""

#: Recipes that had another name before version 0.2.
FORMER_NAMES = {"isospine": "self-prior", "isospine-population": "population-prior"}


def present_name(recipe: str) -> str:
    """Return the present name of a recipe."""
    return FORMER_NAMES.get(recipe, recipe)


def renamed(recipe: str) -> str:
    """Write the deprecation line of a recipe that was renamed."""
    return f"the recipe {recipe!r} is called {FORMER_NAMES[recipe]!r}; the old name will stop working"
