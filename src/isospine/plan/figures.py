"""Choose the methods of each figure."""

from typing import Any

from isospine.plan.check import Config
from isospine.plan.recipes import Method
from isospine.recipes.baselines import BASELINES
from isospine.recipes.keys import description_of
from isospine.recipes.kinds import draws, kind_of

#: Recipes that the comparison shows before others.
PREFERRED = ("follow-up", "pretrained", "fourier")
#: Recipes that it shows at most: beside the reference and two classical methods, more would be too small to read.
MOST_RECIPES = 3


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
    """Reconstructions that the comparison shows: the one place that decides which methods those are.

    The classical ones, of which it shows the best and back-projection, and the recipes of `PREFERRED` as they are
    configured, then others up to `MOST_RECIPES`, each with the first seed. Without a recipe all baselines are shown.

    Returns
    -------
    list of dict
        `label` of the file, `title`, and `kind`: `classical` (the best one is to be shown), `baseline` (always shown, and
        a candidate as well), `network`, or `follow-up`, which knows an earlier scan and has no network.
    """
    recipes = configured_recipes(config, methods)
    order = sorted(
        recipes, key=lambda one: PREFERRED.index(one.name) if one.name in PREFERRED else len(PREFERRED)
    )
    chosen = {one.name for one in order[:MOST_RECIPES]}
    return measured_methods(config, {one.label: one for one in recipes if one.name in chosen})


def measured_methods(config: Config, methods: dict[str, Method]) -> list[dict[str, str]]:
    """Reconstructions whose errors and profiles are measured: as in `compared_methods`, with every recipe."""
    recipes = configured_recipes(config, methods)
    chosen = [one for one in BASELINES.values() if one.name in config["baselines"]]
    shown = []
    for one in chosen:
        always = one.beside_networks or not recipes
        shown.append({"label": one.name, "title": one.name, "kind": "baseline" if always else "classical"})
    return shown + [_shown_recipe(method) for method in recipes]


def viewed_methods(config: Config, methods: dict[str, Method]) -> list[dict[str, str]]:
    """Reconstructions in the viewer: every baseline, and every recipe as it is configured with the first seed."""
    return [
        one | {"kind": one["kind"].replace("classical", "baseline")}
        for one in measured_methods(config, methods)
    ]


def followed_methods(config: Config, methods: dict[str, Method]) -> list[dict[str, str]]:
    """Reconstructions that slices along the cord show: the best baseline, and the network that the comparison shows first."""
    shown = compared_methods(config, methods)
    networks = [one for one in shown if one["kind"] == "network"] or shown[len(shown) :]
    order = [name for name in PREFERRED if name in {one["title"] for one in networks}]
    chosen = [one for one in networks if not order or one["title"] == order[0]][:1]
    baselines = [one | {"kind": "classical"} for one in shown if one["kind"] in ("classical", "baseline")]
    return baselines + chosen


def configured_recipes(config: Config, methods: dict[str, Method]) -> list[Method]:
    """Every recipe as it is configured, with the first seed: no value of an ablation."""
    return [m for m in methods.values() if m.name == m.recipe and m.seed == config["seeds"][0]]


def _shown_recipe(method: Method) -> dict[str, str]:
    kind = "network" if kind_of(method.hyperparameters).runs_network else "follow-up"
    return {"label": method.label, "title": method.name, "kind": kind}


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
