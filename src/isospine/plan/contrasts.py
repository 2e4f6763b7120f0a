"""The contrasts of a run, and which views each of them has."""

from collections.abc import Mapping
from typing import Any

from isospine.errors import InputError


def contrasts_of(config: Mapping[str, Any]) -> list[str]:
    """BIDS suffixes of a checked configuration, in its order."""
    contrast: str | list[str] = config["dataset"]["contrast"]
    return [contrast] if isinstance(contrast, str) else contrast


def views_of(config: Mapping[str, Any], contrast: str) -> list[dict[str, Any]]:
    """Views of one contrast, without the contrast: those that name it, and those that name none."""
    return [
        {key: value for key, value in view.items() if key != "contrast"}
        for view in config["views"]
        if view.get("contrast", contrast) == contrast
    ]


def check_contrasts(config: Mapping[str, Any], key: str) -> None:
    """Refuse views that the contrasts of a run cannot have.

    Parameters
    ----------
    config : dict
        A configuration that follows the schema.
    key : str
        What distinguishes the views of a contrast: `plane` or `entities`.

    Raises
    ------
    InputError
        If a view is of no contrast of the run, a contrast has two equal views, or has none.
    """
    contrasts = contrasts_of(config)
    for index, view in enumerate(config["views"]):
        named = view.get("contrast")
        if named is not None and named not in contrasts:
            raise InputError(
                f"views.{index}.contrast: {named} is not a contrast of this run; expected one of {', '.join(contrasts)}: "
                "correct it, or add it to dataset.contrast"
            )
        for other in config["views"][:index]:
            both = named is None or other.get("contrast", named) == named
            if other[key] == view[key] and both:
                what = f"a second {view[key]} view" if key == "plane" else "the same entities"
                raise InputError(
                    f"views.{index}.{key}: {what}; expected views of different {'planes' if key == 'plane' else 'images'}: "
                    f"change the {key} or remove the view"
                )
    for contrast in contrasts:
        if not views_of(config, contrast):
            raise InputError(
                f"views: contrast {contrast} has none; expected at least one for each of {', '.join(contrasts)}: add a "
                f"view with contrast {contrast} or without a contrast, or take {contrast} from dataset.contrast"
            )


def idle_contrasts(config: Mapping[str, Any], key: str) -> str | None:
    """Why the hyperparameter `contrasts` has no effect in a run, with the remedy; or None."""
    if key != "contrasts" or len(contrasts_of(config)) > 1:
        return None
    return "has no effect in a run of one contrast; list several in dataset.contrast"
