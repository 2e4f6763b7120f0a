"""Describe a run, as terms and texts for the pages of its report."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from isospine.plan.grids import resolution_text
from isospine.plan.views import are_acquired
from isospine.statistics.persons import persons_of, say_persons, say_variation
from isospine.version import __version__
from isospine.words import count_images

MOTION_FACTS = {
    "none": "none estimated: headers are trusted",
    "views": "estimated for each view, with gain and bias field",
    "slices": "estimated for each view, with gain and bias field, and for each slice",
}
FIELD_FACTS = {"intersection": "what all views cover", "union": "what any view covers"}
AXES_FACTS = {"view": "along the axes of the first view", "scanner": "along the axes of the scanner"}


def dataset_facts(record: Mapping[str, Any], kind: str) -> list[tuple[str, str]]:
    """Describe a dataset, without its location on this machine.

    Parameters
    ----------
    record : mapping
        From `dataset.clone.clone_dataset`.
    kind : str
        Kind of the source, of `source.describe_source`.
    """
    demo = ", synthetic, made by this software" if kind == "demo" else ""
    facts = [("Dataset", f"{record['name'] or 'without a name'}{demo}")]
    if record["commit"]:
        facts.append(("Version", f"{record['version']}, commit {record['commit']}"))
    else:
        facts.append(("Version", "none: a plain folder without commits"))
    source = str(record["source"])
    if source.startswith(("https://", "http://")) and "@" not in source:
        facts.append(("Source", source))
    facts += [
        (title, str(record[key])) for key, title in (("doi", "DOI"), ("licence", "Licence")) if record[key]
    ]
    return facts


def run_name(record: Mapping[str, Any], settings_hash: str) -> str:
    """Name a run by its dataset and settings, to tell ratings of different runs apart; `record` as of `dataset_facts`."""
    return f"{record['name'] or 'dataset'} {record['commit'] or ''} {settings_hash}"


def run_facts(
    scores: pd.DataFrame, settings: Mapping[str, Any], commit: str | None, changed: bool
) -> list[tuple[str, str]]:
    """Describe what was run on which images or bodies, with which code.

    Parameters
    ----------
    scores : DataFrame
        The table of the run, or the scores of its trials where views were acquired (`ranking.image_scores`).
    settings : mapping
        Keys of the configuration: `contrasts` (names), `views`, `acquisition`, `acquired` where views were acquired,
        `recipes` (names), `ablations`, `seeds`, `resolutions` and `baselines`.
    commit, changed
        From `jobs.provenance.code_commit`.
    """
    acquired = are_acquired(settings["views"])
    grids = ", ".join(map(resolution_text, settings["resolutions"]))
    if acquired:
        how = settings["acquired"]
        grids += f"; {FIELD_FACTS[how['field']]}, {AXES_FACTS[how['axes']]}"
    return [
        *(_acquired_facts if acquired else _simulated_facts)(scores, settings),
        *recipe_facts(settings),
        ("Classical methods", ", ".join(settings["baselines"]) or "none"),
        ("Grids", grids),
        code_fact(commit, changed),
    ]


def _simulated_facts(metrics: pd.DataFrame, settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Describe the images with a reference, and how their views were simulated."""
    images = count_images(metrics["image"].nunique(), settings["contrasts"])
    images += "," if len(settings["contrasts"]) > 1 else ""
    views = [
        f"{view['plane']} slices {view['factor']:g} times as thick"
        + (f" ({view['contrast']} alone)" if "contrast" in view else "")
        for view in settings["views"]
    ]
    acquisition = settings["acquisition"]
    profile = (
        "point sampling, no slice profile"
        if acquisition["sampling"] == "point"
        else f"{acquisition['slice_profile']} slice profile"
    )
    noise = f"Rician noise of {acquisition['noise']:g} of the range" if acquisition["noise"] else "no noise"
    return [
        ("Images", f"{images} of {_who(metrics)}"),
        *_persons_fact(metrics),
        ("Views", f"{'; '.join(views)}; {profile}; {noise}"),
    ]


def _acquired_facts(scores: pd.DataFrame, settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Describe bodies, their acquired views, and the estimates of motion."""
    bodies = scores["image"].nunique()
    entities = [
        "; ".join(f"{k}-{v}" if v else f"no {k}" for k, v in one["entities"].items())
        for one in settings["views"]
    ]
    profile = settings["acquisition"]["slice_profile"]
    return [
        ("Bodies", f"{bodies} of {_who(scores)}"),
        *_persons_fact(scores),
        (
            "Views",
            f"{' and '.join(settings['contrasts'])} images with {', '.join(entities)}; {profile} slice profile",
        ),
        ("Motion", MOTION_FACTS[settings["acquired"]["motion"]]),
    ]


def _who(scores: pd.DataFrame) -> str:
    """Number of persons, and the labels of all subjects."""
    return f"{say_persons(scores)}: {', '.join(dict.fromkeys(scores['subject']))}"


def _persons_fact(scores: pd.DataFrame) -> list[tuple[str, str]]:
    """State which subjects are one person, where several are, and what varies instead."""
    if scores.empty:
        return []
    labels = scores.groupby(persons_of(scores), sort=False)["subject"].unique()
    several = [f"{name} ({', '.join(own)})" for name, own in labels.items() if len(own) > 1]
    variation = say_variation(len(labels), scores["subject"].nunique(), scores["image"].nunique())
    if not several:
        return [("Persons", variation)] if variation else []
    return [("Persons", f"one person each: {'; '.join(several)}. {variation}")]


def recipe_facts(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Describe the recipes and ablations of a run; `settings` as those of `run_facts`."""
    facts = []
    seeds = "seed" if len(settings["seeds"]) == 1 else "seeds"
    if settings["recipes"]:
        facts.append(("Recipes", f"{', '.join(settings['recipes'])}; {seeds} {_commas(settings['seeds'])}"))
    for name, plan in settings["ablations"].items():
        if plan:
            text = f"{plan['hyperparameter']} of {plan['recipe']} at {_commas(plan['values'])}"
            facts.append((f"Ablation {name}", text))
    return facts


def code_fact(commit: str | None, changed: bool) -> tuple[str, str]:
    """Describe the version of the code; parameters of `run_facts`."""
    state = f"commit {commit}{', with changes that are not committed' if changed else ''}"
    return "Code", f"isospine {__version__}, {state if commit else 'commit unknown'}"


def _commas(values: Sequence[Any]) -> str:
    """Join values by commas."""
    return ", ".join(map(str, values))
