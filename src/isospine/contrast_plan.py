"""The contrasts of a run, and which views each of them has.

Imported while the Snakefile is parsed, on every cluster job: no numerical library.
"""

from typing import Any

from isospine.errors import InputError


def contrasts_of(config: dict[str, Any]) -> list[str]:
    """BIDS suffixes of a checked configuration, in its order."""
    contrast: str | list[str] = config["dataset"]["contrast"]
    return [contrast] if isinstance(contrast, str) else contrast


def views_of(config: dict[str, Any], contrast: str) -> list[dict[str, Any]]:
    """Views of one contrast, `plane` and `factor` of each: those that name it, and those that name none."""
    return [
        {key: view[key] for key in ("plane", "factor")}
        for view in config["views"]
        if view.get("contrast", contrast) == contrast
    ]


def check_views(config: dict[str, Any]) -> None:
    """Refuse views that the contrasts of a run cannot have.

    Parameters
    ----------
    config : dict
        A configuration that follows the schema.

    Raises
    ------
    InputError
        If a view is of no contrast of the run, a contrast has two views of one plane, or has none.
    """
    contrasts = contrasts_of(config)
    for index, view in enumerate(config["views"]):
        named = view.get("contrast")
        if named is not None and named not in contrasts:
            raise InputError(
                f"views.{index}.contrast: {named} is no contrast of this run; expected one of {', '.join(contrasts)}: "
                "correct it, or add it to dataset.contrast"
            )
        for other in config["views"][:index]:
            both = named is None or other.get("contrast", named) == named
            if other["plane"] == view["plane"] and both:
                raise InputError(
                    f"views.{index}.plane: a second {view['plane']} view; expected views of different planes: "
                    "change the plane or remove the view"
                )
    for contrast in contrasts:
        if not views_of(config, contrast):
            raise InputError(
                f"views: contrast {contrast} has none; expected at least one for each of {', '.join(contrasts)}: add a "
                f"view with contrast {contrast} or without a contrast, or take {contrast} from dataset.contrast"
            )


def idle_contrasts(config: dict[str, Any], key: str) -> str | None:
    """Say why the hyperparameter `contrasts` does nothing in a run, and how to mend that; or None."""
    if key != "contrasts" or len(contrasts_of(config)) > 1:
        return None
    return "has no effect in a run of one contrast; list several in dataset.contrast"
