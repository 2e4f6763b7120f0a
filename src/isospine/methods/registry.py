"""Name the methods that need nothing but the views of one body, and look up their recipes."""

from typing import Any

from isospine.errors import InputError
from isospine.recipes.baselines import BASELINES
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.kinds import kind_of
from isospine.words import expected_one_of

#: Ahead of every other method on aligned views, on those of one plane, and on noisy oblique ones, in a tenth of the time of
#: `fourier`; behind iterative back-projection on one oblique pair without noise, which nearly determined the volume.
METHOD = "pretrained"

#: The network that views of several contrasts share.
SHARED_METHOD = "fourier"
#: What views are reconstructed by beside an earlier scan.
FOLLOW_UP_METHOD = "follow-up"


def usable_recipes(earlier: bool = False) -> dict[str, dict[str, Any]]:
    """Return the named recipes that need nothing but the views of one body, and an earlier scan of it if there is one."""
    return {
        name: settings
        for name, settings in known_recipes().items()
        if not kind_of(settings).needs_references and (earlier or not kind_of(settings).needs_earlier)
    }


def method_names(earlier: bool = False) -> list[str]:
    """Return the names of all methods: baselines, then recipes; with an earlier scan those that know it, alone."""
    if earlier:
        return [name for name, own in usable_recipes(True).items() if kind_of(own).needs_earlier]
    return [*BASELINES, *usable_recipes()]


def recipe_of(name: str) -> dict[str, Any]:
    """Return the hyperparameters of a named recipe that needs nothing but views, or an earlier scan beside them.

    Raises
    ------
    InputError
        If there is no such recipe.
    """
    recipes = usable_recipes(earlier=True)
    if name not in recipes:
        raise InputError(f"method {name!r}: {expected_one_of(name, method_names())}")
    return recipes[name]


def check_needs_views_alone(option: str, name: str) -> None:
    """Refuse a recipe that learns from more than the views of one body, where there is nothing else.

    Raises
    ------
    InputError
        Naming the option that chose it, and what gives the recipe what it needs.
    """
    settings = known_recipes().get(name)
    if settings is None:
        return
    if kind_of(settings).needs_earlier:
        raise InputError(
            f"{option} {name}: needs an earlier scan of the same person; isospine reconstruct takes one: --earlier"
        )
    if kind_of(settings).needs_references:
        raise InputError(
            f"{option} {name}: learns from isotropic references of other persons, which a dataset has: name it among the "
            f"recipes of isospine run; or choose {METHOD}, which learned from others beforehand"
        )
