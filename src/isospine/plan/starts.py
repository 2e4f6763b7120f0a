"""Networks that start from the weights of others: whether settings allow it, and the methods that train those others."""

from collections.abc import Mapping
from typing import Any

from isospine.errors import InputError
from isospine.plan.check import Config
from isospine.plan.contrasts import contrasts_of
from isospine.plan.recipes import Method
from isospine.plan.views import are_acquired
from isospine.recipes.encodings import ENCODINGS
from isospine.recipes.hyperparameters import MEAN, RANDOM

#: Name, recipe and hyperparameters of a method without its seed.
Variant = tuple[str, str, dict[str, Any]]

#: Images of other persons whose networks are averaged, at most.
MOST_STARTS = 20


def starts_from_others(hyperparameters: Mapping[str, Any]) -> bool:
    """Check whether a network's first weights are those of networks of other persons."""
    return hyperparameters.get("initial") == MEAN


def with_random_start(hyperparameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of the networks whose weights another one starts from."""
    return {**hyperparameters, "initial": RANDOM}


def variants_to_start_from(variants: list[Variant]) -> list[Variant]:
    """List what a run trains beside the given methods, since some of them start from its networks.

    Parameters
    ----------
    variants : list of (name, recipe, hyperparameters)
        Every recipe as it is, and with each value of its ablations.
    """
    known = [settings for _, _, settings in variants]
    more: list[Variant] = []
    for name, recipe, settings in variants:
        random = with_random_start(settings)
        if starts_from_others(settings) and random not in known:
            more.append((f"{name}-initial-{RANDOM}", recipe, random))
            known.append(random)
    return more


def method_to_start_from(methods: Mapping[str, Method], label: str) -> str:
    """Label of the method whose networks of other persons a method starts from."""
    own = methods[label]
    wanted = with_random_start(own.hyperparameters)
    return next(
        other.label
        for other in methods.values()
        if other.seed == own.seed and other.hyperparameters == wanted
    )


def check_start(config: Config, method: Method) -> None:
    """Refuse to start from networks of other persons where these cannot be had, or have no mean.

    Raises
    ------
    InputError
        Naming the recipe and the reason.
    """
    settings = method.hyperparameters
    if not starts_from_others(settings):
        return
    reason = None
    if are_acquired(config["views"]):
        reason = "of acquired views each body is trained alone"
    elif isinstance(config["dataset"].get("persons"), str):
        reason = "there are none: all subjects are one person (dataset.persons)"
    elif settings["contrasts"] == "shared" and len(contrasts_of(config)) > 1:
        reason = "their files hold one contrast each, while contrasts 'shared' trains all at once"
    elif not ENCODINGS[settings["encoding"]].any_field:
        usable = [name for name, one in ENCODINGS.items() if one.any_field]
        reason = (
            f"features of encoding {settings['encoding']!r} depend on the field of view, so that weights have no mean "
            f"(encodings whose features do not: {', '.join(usable)})"
        )
    if reason is not None:
        raise InputError(
            f"recipes.{method.recipe}.initial: {MEAN!r} starts from networks of other persons, but {reason}; expected "
            f"{RANDOM}, in the recipe and in its ablations"
        )
