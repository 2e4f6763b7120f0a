"""Name the columns that identify the image and method of a row of a table.

Apart from the measures, so that a new one of them trains no network of a trial again.
"""

from typing import Any

from isospine.recipes.keys import HYPERPARAMETERS
from isospine.recipes.kinds import default_values


def identity(record: dict[str, Any]) -> dict[str, Any]:
    """Columns that identify the image and method of a row, from the method's record."""
    entities = record["image"].split("_")
    settings = record.get("hyperparameters", {})
    left_out = default_values(settings["model"]) if settings else {}
    return {
        "image": record["image"],
        "subject": entities[0].removeprefix("sub-"),
        "session": next((part[4:] for part in entities if part.startswith("ses-")), None),
        "contrast": record["contrast"],
        "method": record["method"],
        "recipe": record.get("recipe"),
        **(dict.fromkeys(HYPERPARAMETERS) | left_out | settings),
        "seed": record.get("seed"),
    }
