"""The methods that a configuration asks for."""

from typing import Any

from isospine.errors import InputError
from isospine.plan.check import Config
from isospine.plan.contrasts import contrasts_of, idle_contrasts, views_of
from isospine.plan.earlier import check_earlier
from isospine.plan.labels import check_labels
from isospine.plan.recipes import Method, resolve_recipes, weights_file
from isospine.plan.starts import check_start, variants_to_start_from
from isospine.plan.validation import schema_error
from isospine.plan.views import are_acquired
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.encodings import ENCODINGS
from isospine.recipes.hyperparameters import SHIPPED_WEIGHTS
from isospine.recipes.keys import without_effect
from isospine.recipes.kinds import draws, kind_of


def plan_methods(config: Config, schema: dict[str, Any]) -> dict[str, Method]:
    """List every method that the configuration asks for, by label.

    Each recipe is trained as it is and with each value of its ablations; equal settings are trained once. What a network
    starts from is trained as well. A method that draws nothing has the first seed alone.

    Raises
    ------
    InputError
        If an ablation names a recipe or hyperparameter that is not there, or a value out of range, or if
        two methods would write the same files.
    """
    recipes = resolve_recipes(config)
    variants = [(name, name, hyperparameters) for name, hyperparameters in recipes.items()]
    for ablation, plan in config["ablations"].items():
        if plan is None:
            continue
        recipe, key = plan["recipe"], plan["hyperparameter"]
        if recipe not in recipes:
            raise InputError(
                f"ablations.{ablation}.recipe: unknown recipe {recipe!r}; expected one of the configured recipes "
                f"({', '.join(recipes) or 'there is none'}), or null instead of the ablation"
            )
        if key not in recipes[recipe]:
            raise InputError(
                f"ablations.{ablation}.hyperparameter: unknown hyperparameter {key!r}; expected one of "
                f"{', '.join(recipes[recipe])}"
            )
        for index, value in enumerate(plan["values"]):
            message = schema_error({key: value}, schema["$defs"]["hyperparameters"])
            if message is not None:
                raise InputError(f"ablations.{ablation}.values.{index}: {message}")
            changed = recipes[recipe] | {key: value}
            idle = without_effect(key, changed) or idle_contrasts(config, key)
            if idle is not None:
                raise InputError(
                    f"ablations.{ablation}.hyperparameter: {key!r} of recipe {recipe} {idle}, "
                    f"or leave the ablation out (ablations: {{{ablation}: null}})"
                )
            if (recipe, changed) not in [variant[1:] for variant in variants]:
                variants.append((f"{recipe}-{key}-{value}", recipe, changed))
    check_effects(config, variants)
    variants += variants_to_start_from(variants)
    methods = [
        Method(name, recipe, hyperparameters, seed)
        for name, recipe, hyperparameters in variants
        for seed in (config["seeds"] if draws(hyperparameters) else config["seeds"][:1])
    ]
    check_labels(config, methods)
    acquired = are_acquired(config["views"])
    check_earlier(config, [name for name, own in recipes.items() if kind_of(own).needs_earlier])
    for method in methods:
        check_weights(method)
        check_sharing(method)
        check_levels(method)
        check_start(config, method)
    for recipe, hyperparameters in recipes.items():
        # the planes of acquired views are known from the images only
        known = [] if acquired else contrasts_of(config)
        few = [contrast for contrast in known if len(views_of(config, contrast)) < 2]
        if kind_of(hyperparameters).needs_two_planes and few:
            there = "there is one" if len(contrasts_of(config)) == 1 else f"{few[0]} has one"
            raise InputError(
                f"views: recipe {recipe} needs views of at least two planes, {there}; add a view of another "
                f"plane, or leave the recipe out (recipes: {{{recipe}: null}})"
            )
        if acquired and kind_of(hyperparameters).needs_references:
            raise InputError(
                f"recipes.{recipe}: learns from references, which acquired views lack; leave it out "
                f"(recipes: {{{recipe}: null}})"
            )
        if isinstance(config["dataset"].get("persons"), str) and kind_of(hyperparameters).needs_references:
            raise InputError(
                f"recipes.{recipe}: learns from references of other persons, and there are none: all subjects are one "
                f"person (dataset.persons); leave it out (recipes: {{{recipe}: null}}), or correct dataset.persons"
            )
    return {method.label: method for method in methods}


def check_weights(method: Method) -> None:
    """Refuse a method whose file of weights is missing.

    Raises
    ------
    InputError
        Naming the recipe and the file.
    """
    path = weights_file(method.hyperparameters)
    if path is not None and not path.is_file():
        raise InputError(
            f"recipes.{method.recipe}.weights: {path}: no such file; expected `{SHIPPED_WEIGHTS}` or a file that "
            "`make weights` made, relative to the working directory"
        )


def check_sharing(method: Method) -> None:
    """Refuse one network for several contrasts of a method that knows an earlier scan, which is of one.

    Raises
    ------
    InputError
        Naming the recipe.
    """
    own = method.hyperparameters
    if kind_of(own).needs_earlier and own.get("contrasts") == "shared":
        raise InputError(
            f"recipes.{method.recipe}.contrasts: 'shared', but the recipe knows an earlier scan of one contrast; expected "
            "separate, a network for each"
        )


def check_levels(method: Method) -> None:
    """Refuse a mapping size L that is beyond what an encoding can have.

    Raises
    ------
    InputError
        Naming the recipe.
    """
    encoding = ENCODINGS.get(method.hyperparameters.get("encoding", ""))
    if encoding and encoding.most and method.hyperparameters["L"] > encoding.most:
        raise InputError(
            f"recipes.{method.recipe}.L: {method.hyperparameters['L']}, but with encoding {encoding.name!r} it counts grids of "
            f"features; expected at most {encoding.most}, in the recipe and in its ablations"
        )


def check_effects(config: Config, variants: list[tuple[str, str, dict[str, Any]]]) -> None:
    """Refuse a changed hyperparameter of a shipped recipe that has no effect in any of its variants.

    A recipe of another name is a complete set, in which some hyperparameters may well be idle.

    Parameters
    ----------
    config : dict
        A checked configuration.
    variants : list of (name, recipe, hyperparameters)
        Every recipe as it is, and with each value of its ablations.

    Raises
    ------
    InputError
        Naming the key and what makes it idle.
    """
    for recipe, shipped in known_recipes().items():
        for key, value in (config["recipes"].get(recipe) or {}).items():
            reasons = [
                without_effect(key, settings) or idle_contrasts(config, key)
                for _, name, settings in variants
                if name == recipe
            ]
            if value != shipped.get(key) and all(reasons):
                raise InputError(f"recipes.{recipe}.{key}: {reasons[0]}, or leave it out")
