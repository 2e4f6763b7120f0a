"""What model files of earlier versions lack, with the values that give what they gave then."""

from typing import Any

from isospine.recipes.catalogue import present_name
from isospine.recipes.hyperparameters import later_values


def completed(description: dict[str, Any]) -> dict[str, Any]:
    """Description of a model as today's version would have written it.

    Parameters
    ----------
    description : dict
        That of a model file of the present format.
    """
    settings = description["hyperparameters"]
    later = later_values(settings["model"])
    # all views were aligned: none needed another to stand in for it
    made_by = {
        key: present_name(name) if key in ("method", "recipe") else name
        for key, name in description["provenance"].items()
    }
    present = {"hyperparameters": later | settings, "provenance": made_by}
    return {"stand_ins": 0} | description | present
