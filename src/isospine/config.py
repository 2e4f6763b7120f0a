"""The configuration: checked as early as possible, and unfolded into the methods to run.

Imported while the Snakefile is parsed, on every cluster job: no numerical library.
"""

import difflib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from isospine.errors import InputError

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


def load_yaml(path: str | Path) -> Any:
    """Read YAML data.

    Raises
    ------
    InputError
        If the file is not YAML.
    """
    try:
        return yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not valid YAML ({' '.join(str(error).split())}); mend the file") from error


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
    error = best_match(Draft202012Validator(schema).iter_errors(config))
    if error is not None:
        raise InputError(_explain(error))
    planes = [view["plane"] for view in config["views"]]
    for index, plane in enumerate(planes):
        if plane in planes[:index]:
            raise InputError(
                f"views.{index}.plane: a second {plane} view; expected views of different planes: "
                "change the plane or remove the view"
            )


def _explain(error: ValidationError) -> str:
    """Say in one sentence which key is wrong and what was expected."""
    path = ".".join(str(part) for part in error.absolute_path) or "config"
    rule: dict[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    if error.validator == "additionalProperties":
        known = sorted(rule["properties"])
        unknown = next(str(key) for key in cast(Config, error.instance) if key not in known)
        near = difflib.get_close_matches(unknown, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(known)}"
        return f"{path}: unknown key {unknown!r}; {hint} (config/README.md lists every key)"
    if error.validator == "required":
        return (
            f"{path}: {error.message.replace('property', 'key')}; add it (config/README.md lists every key)"
        )
    return f"{path}: {json.dumps(error.instance, default=str)} is not allowed; expected {_expectation(error, rule)}"


def _expectation(error: ValidationError, rule: dict[str, Any]) -> str:
    """Say in words what a schema rule asks for."""
    if "description" in rule:
        return str(rule["description"])
    if error.validator == "enum":
        return "one of " + ", ".join(str(choice) for choice in rule["enum"])
    if error.validator == "type":
        kinds = rule["type"] if isinstance(rule["type"], list) else [rule["type"]]
        return " or ".join(kinds)
    limits = {
        "minimum": "at least",
        "maximum": "at most",
        "exclusiveMinimum": "more than",
        "minItems": "a list whose length is at least",
        "pattern": "a name that matches",
    }
    if error.validator in limits:
        return f"{limits[error.validator]} {error.validator_value}"
    return f"something else ({error.message})"


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
        If a new recipe is not complete.
    """
    known = known_recipes()
    keys = set(known["fourier"])
    resolved = {}
    for name, given in config["recipes"].items():
        if given is None:
            continue
        resolved[name] = known.get(name, {}) | given
        missing = sorted(keys - set(resolved[name]))
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
        If an ablation names a recipe or hyperparameter that is not there, or a value out of range.
    """
    recipes = resolve_recipes(config)
    variants = {name: (name, hyperparameters) for name, hyperparameters in recipes.items()}
    values_schema = Draft202012Validator(schema["$defs"]["hyperparameters"])
    for ablation, plan in config["ablations"].items():
        if plan is None:
            continue
        recipe, key = plan["recipe"], plan["hyperparameter"]
        if recipe not in recipes:
            raise InputError(
                f"ablations.{ablation}.recipe: unknown recipe {recipe!r}; expected one of the configured recipes: "
                f"{', '.join(recipes)}"
            )
        if key not in recipes[recipe]:
            raise InputError(
                f"ablations.{ablation}.hyperparameter: unknown hyperparameter {key!r}; expected one of "
                f"{', '.join(recipes[recipe])}"
            )
        for index, value in enumerate(plan["values"]):
            error = best_match(values_schema.iter_errors({key: value}))
            if error is not None:
                raise InputError(f"ablations.{ablation}.values.{index}: {_explain(error)}")
            if value != recipes[recipe][key]:
                name = f"{recipe}-{key}-{value}"
                variants[name] = (recipe, recipes[recipe] | {key: value})
    methods = [
        Method(name, recipe, hyperparameters, seed)
        for name, (recipe, hyperparameters) in variants.items()
        for seed in config["seeds"]
    ]
    return {method.label: method for method in methods}


def view_label(view: dict[str, Any]) -> str:
    """BIDS label of a view, for example ``axial5`` or ``sagittal2p5``."""
    return alphanumeric(f"{view['plane']}{view['factor']:g}")


def resolution_label(resolution: str | float) -> str:
    """BIDS label of a target grid: ``reference`` or for example ``0p5mm``."""
    return resolution if isinstance(resolution, str) else alphanumeric(f"{resolution:g}mm")


def describe_labels(
    views: dict[str, dict[str, Any]], methods: dict[str, Method], baselines: list[str]
) -> dict[str, str]:
    """Say what each BIDS `desc` label of a run stands for."""
    labels = {"reference": "Image of the source dataset, cropped to whole slices of every view"}
    labels |= {
        label: f"{view['plane']} thick-slice view, factor {view['factor']:g}" for label, view in views.items()
    }
    labels |= {label: f"Method {method.name}, seed {method.seed}" for label, method in methods.items()}
    return labels | {name: f"Baseline {name}" for name in baselines}


def alphanumeric(text: str) -> str:
    """Keep letters and digits, with `p` for the decimal point and `m` for a minus before a digit."""
    return "".join(c for c in text.replace("e-", "em").replace(".", "p") if c.isalnum())
