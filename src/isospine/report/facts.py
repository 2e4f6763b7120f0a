"""What a run was made of, as terms and texts for the pages of its report."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from isospine import __version__
from isospine.plan.grids import resolution_text
from isospine.words import count, count_images


def dataset_facts(record: Mapping[str, Any], kind: str) -> list[tuple[str, str]]:
    """What a dataset is, without where on this machine it lies.

    Parameters
    ----------
    record : mapping
        Of `clone.clone_dataset`.
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


def run_facts(
    metrics: pd.DataFrame, settings: Mapping[str, Any], commit: str | None, changed: bool
) -> list[tuple[str, str]]:
    """What was run on which images, with which code.

    Parameters
    ----------
    metrics : DataFrame
        The table of the run.
    settings : mapping
        Keys of the configuration: `contrasts` (names), `views`, `acquisition`, `recipes` (names), `ablations`, `seeds`,
        `resolutions` and `baselines`.
    commit, changed
        Of `code_version.code_commit`.
    """
    subjects = list(dict.fromkeys(metrics["subject"]))
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
    facts = [
        ("Images", f"{images} of {count(len(subjects), 'subject')}: {', '.join(subjects)}"),
        ("Views", f"{'; '.join(views)}; {profile}; {noise}"),
    ]
    return [
        *facts,
        *recipe_facts(settings),
        ("Classical methods", ", ".join(settings["baselines"]) or "none"),
        ("Grids", ", ".join(map(resolution_text, settings["resolutions"]))),
        code_fact(commit, changed),
    ]


def recipe_facts(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Recipes and ablations of a run; `settings` as those of `run_facts`."""
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
    """Version of the code; parameters of `run_facts`."""
    state = f", commit {commit}{', with changes that are not committed' if changed else ''}" if commit else ""
    return "Code", f"isospine {__version__}{state}"


def _commas(values: Sequence[Any]) -> str:
    """Values with commas."""
    return ", ".join(map(str, values))
