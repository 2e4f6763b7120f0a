"""BIDS labels of views and methods, and their meaning."""

from typing import Any

from isospine.errors import InputError
from isospine.plan.check import Config
from isospine.plan.grids import alphanumeric, planes_of, resolution_label
from isospine.plan.recipes import Method
from isospine.plan.views import are_acquired
from isospine.recipes.kinds import kind_of
from isospine.recipes.segmenters import SEGMENTERS

#: Maps of a method that knows an earlier scan, by the end of their labels.
FOLLOW_UP_MAPS = {
    "earlier": "Earlier scan of the same person, where the body is now and in the intensities of the views",
    "change": "Later less earlier scan",
    "zscore": "Z-score of that change, lower at edges",
    "remembered": "Share of each voxel that no view shows and that comes from the earlier scan",
    "jacobian": "Volume that the deformation gives to the earlier scan's at each voxel, over that in the later one",
}


def check_labels(config: Config, methods: list[Method]) -> None:
    """Refuse a run in which two things would share a file name, and a run without methods.

    Raises
    ------
    InputError
        Naming both.
    """
    if not methods and not config["baselines"]:
        raise InputError("recipes, baselines: both are empty; expected at least one method to run")
    described = [(label, text) for label, text in describe_views(config["views"]).items()]
    described += [(method.label, f"method {method.name} with seed {method.seed}") for method in methods]
    described += [(name, f"baseline {name}") for name in config["baselines"]]
    grids = [(resolution_label(size), f"resolution {size}") for size in config["resolutions"]]
    grids += [(name, f"plane {name}") for name in planes_of(config)]
    for group in (described, grids):
        taken: dict[str, str] = {}
        for label, meaning in group:
            if label.casefold() in taken:
                raise InputError(
                    f"config: {taken[label.casefold()]} and {meaning} share the label {label!r} in their "
                    "files' names; rename or remove one"
                )
            taken[label.casefold()] = meaning


def view_label(view: dict[str, Any]) -> str:
    """BIDS label of a view, for example ``axial5`` or ``sagittal2p5``."""
    return alphanumeric(f"{view['plane']}{view['factor']:g}")


def describe_views(views: list[dict[str, Any]]) -> dict[str, str]:
    """Say what the BIDS `desc` labels of images stand for that no method made."""
    if are_acquired(views):
        return {
            "placed": "Acquired view where the body was during the first one, in the intensities of the first one",
            "disagreement": "Standard deviation between the acquired views, equally blurred",
        }
    labels = {"reference": "Image of the source dataset, cropped to whole slices of every view"}
    return labels | {
        view_label(view): f"{view['plane']} thick-slice view, factor {view['factor']:g}" for view in views
    }


def describe_segmentations(views: list[dict[str, Any]], contrasts: list[str]) -> dict[str, str]:
    """Say what the BIDS `desc` labels of segmentations stand for: those of views and methods, with the contrast."""
    found: dict[str, str] = {}
    acquired = are_acquired(views)
    for contrast in contrasts:
        if acquired:
            found[f"placed{contrast}"] = (
                f"Labels drawn on an acquired view of {contrast}, where the body was during the first view"
            )
        for view in views:
            if not acquired and view.get("contrast", contrast) == contrast:
                found[view_label(view) + contrast] = f"Labels on the {view['plane']} view of {contrast}"
        for name, text in SEGMENTERS.items():
            found[alphanumeric(name) + contrast] = (
                f"Segmentation by {name} from labels on the views of {contrast}: {text}"
            )
    return found


def describe_labels(
    views: list[dict[str, Any]], methods: dict[str, Method], baselines: list[str]
) -> dict[str, str]:
    """Say what each BIDS `desc` label of a run stands for."""
    labels = describe_views(views)
    labels |= {label: f"Method {method.name}, seed {method.seed}" for label, method in methods.items()}
    labels |= {
        f"{label}{kind}": f"{text}, by {method.name}, seed {method.seed}"
        for label, method in methods.items()
        if kind_of(method.hyperparameters).needs_earlier
        for kind, text in FOLLOW_UP_MAPS.items()
    }
    return labels | {name: f"Baseline {name}" for name in baselines}
