"""Recover a run's ablations from its metrics table."""

from typing import Any

import numpy as np
import pandas as pd

from isospine.recipes.keys import HYPERPARAMETERS


def find_series(metrics: pd.DataFrame) -> list[dict[str, Any]]:
    """Ablations in a table of metrics: for each recipe, the hyperparameters that were changed alone.

    Parameters
    ----------
    metrics : DataFrame
        The table of a run.

    Returns
    -------
    list of dict
        `recipe`, `hyperparameter` and `methods` (name and value of each, the recipe as it is first).
    """
    found = []
    settings = metrics.drop_duplicates("method").set_index("method")
    for recipe in dict.fromkeys(settings["recipe"].dropna()):
        if recipe not in settings.index:
            continue
        own = settings[settings["recipe"] == recipe]
        texts = (
            own[HYPERPARAMETERS].astype(object).map(str)
        )  # as text, what is missing equals what is missing
        for key in HYPERPARAMETERS:
            other = [one for one in HYPERPARAMETERS if one != key]
            same = (texts[other] == texts.loc[recipe, other]).all(axis=1)
            changed = texts[key] != texts.loc[recipe, key]
            names = [recipe, *own.index[same & changed]]
            if len(names) > 1:
                methods = [{"method": name, "value": _plain(own.loc[name, key])} for name in names]
                found.append({"recipe": recipe, "hyperparameter": key, "methods": methods})
    return found


def _plain(value: Any) -> Any:
    """Value of a table as written in a configuration: whole numbers without a decimal point."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return int(value)
    return value.item() if isinstance(value, np.generic) else value
