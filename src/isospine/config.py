"""The configuration: checked as early as possible, and unfolded into the methods to run.

Imported while the Snakefile is parsed, on every cluster job: no numerical library.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from isospine.contrast_plan import contrasts_of, idle_contrasts, views_of
from isospine.errors import InputError
from isospine.hyperparameters import keys_of, without_effect
from isospine.io.yaml import load_yaml
from isospine.target_grids import alphanumeric, resolution_label
from isospine.validation import schema_error
from isospine.view_specs import are_acquired, check_views

Config = dict[str, Any]


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


def known_recipes() -> dict[str, dict[str, Any]]:
    """Return the named recipes that come with isospine, each a complete set of hyperparameters."""
    recipes: dict[str, dict[str, Any]] = load_yaml(Path(__file__).with_name("recipes.yaml"))
    return recipes


def check_config(config: Config, schema: dict[str, Any]) -> None:
    """Refuse a configuration that could not run.

    Parameters
    ----------
    config : dict
        The merged configuration.
    schema : dict
        JSON Schema 2020-12 of the configuration.

    Raises
    ------
    InputError
        Naming the key's path, what stands there, and what was expected.
    """
    message = schema_error(config, schema)
    if message is not None:
        raise InputError(message)
    check_views(config)


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
        keys = keys_of(resolved[name].get("model", "coordinate"))
        missing = [key for key in keys if key not in resolved[name]]
        foreign = [key for key in resolved[name] if key not in keys]
        if foreign:
            raise InputError(
                f"recipes.{name}.{foreign[0]}: a recipe of model {resolved[name].get('model', 'coordinate')!r} has "
                f"no such hyperparameter; expected one of {', '.join(keys)}"
            )
        if missing:
            raise InputError(
                f"recipes.{name}: unknown recipe; expected one of {', '.join(sorted(known))}, or a complete set "
                f"of hyperparameters (missing: {', '.join(missing)})"
            )
    return resolved


def plan_methods(config: Config, schema: dict[str, Any]) -> dict[str, Method]:
    """List every method that the configuration asks for, by label.

    Each recipe is trained as it is and with each value of its ablations; equal settings are trained once.

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
    methods = [
        Method(name, recipe, hyperparameters, seed)
        for name, recipe, hyperparameters in variants
        for seed in config["seeds"]
    ]
    check_labels(config, methods)
    acquired = are_acquired(config["views"])
    for recipe, hyperparameters in recipes.items():
        # of acquired views only the images tell the planes
        known = [] if acquired else contrasts_of(config)
        few = [contrast for contrast in known if len(views_of(config, contrast)) < 2]
        if hyperparameters["model"] != "coordinate" and few:
            there = "there is one" if len(contrasts_of(config)) == 1 else f"{few[0]} has one"
            raise InputError(
                f"views: recipe {recipe} needs views of at least two planes, {there}; add a view of another "
                f"plane, or leave the recipe out (recipes: {{{recipe}: null}})"
            )
        if acquired and hyperparameters["model"] == "population":
            raise InputError(
                f"recipes.{recipe}: learns from references, and acquired views have none; leave it out "
                f"(recipes: {{{recipe}: null}})"
            )
    return {method.label: method for method in methods}


def check_effects(config: Config, variants: list[tuple[str, str, dict[str, Any]]]) -> None:
    """Refuse what was changed in a recipe that comes with isospine and does nothing in any of its variants.

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


def check_labels(config: Config, methods: list[Method]) -> None:
    """Refuse two things of one run whose files would have the same name, and a run without any.

    Raises
    ------
    InputError
        Naming both.
    """
    if not methods and not config["baselines"]:
        raise InputError("recipes, baselines: both are empty; expected at least one method to run")
    described = [(label, text) for label, text in describe_views(config["views"]).items()]
    described += [(method.label, f"method {method.name} with seed {method.seed}") for method in methods]
    described += [(name, f"baseline {name}") for name in config["baselines"]]
    grids = [(resolution_label(size), f"resolution {size}") for size in config["resolutions"]]
    for group in (described, grids):
        taken: dict[str, str] = {}
        for label, meaning in group:
            if label.casefold() in taken:
                raise InputError(
                    f"config: {taken[label.casefold()]} and {meaning} share the label {label!r} in their "
                    "files' names; rename or remove one"
                )
            taken[label.casefold()] = meaning


def view_label(view: dict[str, Any]) -> str:
    """BIDS label of a view, for example ``axial5`` or ``sagittal2p5``."""
    return alphanumeric(f"{view['plane']}{view['factor']:g}")


def describe_views(views: list[dict[str, Any]]) -> dict[str, str]:
    """Say what the BIDS `desc` labels of images stand for that no method made."""
    if are_acquired(views):
        return {
            "placed": "Acquired view where the body was during the first one, in the intensities of the first one",
            "disagreement": "Standard deviation between the acquired views, equally blurred",
        }
    labels = {"reference": "Image of the source dataset, cropped to whole slices of every view"}
    return labels | {
        view_label(view): f"{view['plane']} thick-slice view, factor {view['factor']:g}" for view in views
    }


def describe_labels(
    views: list[dict[str, Any]], methods: dict[str, Method], baselines: list[str]
) -> dict[str, str]:
    """Say what each BIDS `desc` label of a run stands for."""
    labels = describe_views(views)
    labels |= {label: f"Method {method.name}, seed {method.seed}" for label, method in methods.items()}
    return labels | {name: f"Baseline {name}" for name in baselines}
