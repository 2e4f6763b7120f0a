"""Choose the methods of each figure."""

from typing import Any

from isospine.plan.check import Config
from isospine.plan.recipes import Method
from isospine.recipes.baselines import BASELINES
from isospine.recipes.keys import description_of
from isospine.recipes.kinds import draws, kind_of


def ablation_names(config: Config) -> list[str]:
    """Names of the ablations that are switched on and whose recipe is configured."""
    return [name for name, plan in config["ablations"].items() if plan is not None]


def ablation_series(config: Config, methods: dict[str, Method], ablation: str) -> dict[str, Any]:
    """Methods of one ablation.

    Returns
    -------
    dict
        `recipe`, `hyperparameter`, and `methods`: name and value of each method, in the order of the config.
    """
    plan = config["ablations"][ablation]
    recipe, key = plan["recipe"], plan["hyperparameter"]
    own = [method for method in methods.values() if method.recipe == recipe]
    settings = next(method.hyperparameters for method in own if method.name == recipe)
    names = [
        {"method": method.name, "value": value}
        for value in plan["values"]
        for method in own
        if method.seed == own[0].seed and method.hyperparameters == settings | {key: value}
    ]
    return {"recipe": recipe, "hyperparameter": key, "methods": names}


def mapping_size_series(config: Config, methods: dict[str, Method]) -> list[dict[str, Any]]:
    """`ablation_series` of every ablation of the mapping size L."""
    series = [ablation_series(config, methods, name) for name in ablation_names(config)]
    return [one for one in series if one["hyperparameter"] == "L"]


def compared_methods(config: Config, methods: dict[str, Method]) -> list[dict[str, str]]:
    """Reconstructions to show beside the reference, from interpolation to network.

    The networks are those of the ablation of L, or of the first ablation where there is none of L,
    and every other recipe as it is configured, each with the first seed.

    Returns
    -------
    list of dict
        `label` of the file, `title`, and `kind`: interpolation (the better one is to be shown), baseline, network, or
        follow-up, which knows an earlier scan and has no network.
    """
    chosen = [BASELINES[name] for name in config["baselines"]]
    interpolations = [one for one in BASELINES.values() if one in chosen and not one.solves]
    solvers = [one for one in chosen if one.solves and (one.beside_networks or not methods)]
    shown = [{"label": one.name, "title": one.name, "kind": "interpolation"} for one in interpolations]
    shown += [{"label": one.name, "title": one.name, "kind": "baseline"} for one in solvers]
    first = {method.name: method for method in methods.values() if method.seed == config["seeds"][0]}
    series = [ablation_series(config, methods, name) for name in ablation_names(config)]
    series.sort(key=lambda one: one["hyperparameter"] != "L")
    titles: dict[str, str] = {}
    for one in series[:1]:
        titles = {m["method"]: f"{one['hyperparameter']} = {m['value']}" for m in one["methods"]}
    covered = {first[name].recipe for name in titles}
    titles |= {m.name: m.name for m in first.values() if m.name == m.recipe and m.recipe not in covered}
    return shown + [_shown_recipe(first[name], title) for name, title in titles.items()]


def viewed_methods(config: Config, methods: dict[str, Method]) -> list[dict[str, str]]:
    """Reconstructions in the viewer: as in `compared_methods`, but of the networks every recipe as configured."""
    shown = [one for one in compared_methods(config, methods) if one["kind"] in ("interpolation", "baseline")]
    configured = [m for m in methods.values() if m.name == m.recipe and m.seed == config["seeds"][0]]
    return shown + [_shown_recipe(method, method.name) for method in configured]


def _shown_recipe(method: Method, title: str) -> dict[str, str]:
    kind = "network" if kind_of(method.hyperparameters).runs_network else "follow-up"
    return {"label": method.label, "title": title, "kind": kind}


def training_groups(config: Config, methods: dict[str, Method]) -> list[dict[str, Any]]:
    """Methods whose training curves share an axis: one group per ablation, and one of the remaining recipes.

    What trains nothing has no curve.
    """
    trained = {method.name for method in methods.values() if draws(method.hyperparameters)}
    groups = []
    covered = set()
    for ablation in ablation_names(config):
        series = ablation_series(config, methods, ablation)
        key = series["hyperparameter"]
        unit = description_of(key).unit
        titles = {
            one["method"]: f"{key} = {one['value']} {unit}".rstrip()
            for one in series["methods"]
            if one["method"] in trained
        }
        groups.append({"title": f"{ablation} ({series['recipe']})", "methods": titles})
        covered |= set(titles)
    rest = {m.name: m.name for m in methods.values() if m.name == m.recipe and m.name in trained - covered}
    return [group for group in [*groups, {"title": "recipes", "methods": rest}] if group["methods"]]
