"""Unfold a configuration into contrasts, methods and grids, and with the table of outputs into files and jobs."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from pathlib import Path, PurePosixPath
from typing import Any

from isospine.plan.check import Config
from isospine.plan.contrasts import contrasts_of
from isospine.plan.entities import IMAGE_PATTERN, LABEL
from isospine.plan.figures import ablation_names
from isospine.plan.grids import alphanumeric, planes_of, resolution_label
from isospine.plan.images import Images, Row
from isospine.plan.methods import plan_methods
from isospine.plan.outputs import steps_of
from isospine.plan.population import INITIAL
from isospine.plan.starts import starts_from_others
from isospine.plan.steps import Condition, Step
from isospine.plan.views import are_acquired
from isospine.recipes.kinds import draws, kind_of
from isospine.recipes.segmenters import SEGMENTERS

#: Wildcards of a job, by their names.
Wildcards = dict[str, str]


def wanted_segmentations(config: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Structures to segment, without those that `null` switched off."""
    return {name: own for name, own in (config.get("segmentations") or {}).items() if own}


class Unfolding:
    """The content of a configuration: contrasts, methods and grids, and the files and jobs of each image.

    Parameters
    ----------
    config, schema : dict
        A checked configuration, and its JSON Schema.
    dataset : mapping
        What is known of the dataset's source, at least its `kind`.
    left_out : mapping
        Reason and log of each image that the run leaves out, by its name.
    manifest : callable
        Gives the path of the manifest; asks for the index first.

    Raises
    ------
    InputError
        If the methods that the configuration asks for cannot be run.
    """

    def __init__(
        self,
        config: Config,
        schema: dict[str, Any],
        dataset: Mapping[str, Any],
        left_out: Mapping[str, tuple[str, str]],
        manifest: Callable[[], Path],
    ) -> None:
        self.config, self.dataset, self.left_out = config, dataset, left_out
        self.acquired = are_acquired(config["views"])
        self.methods = plan_methods(config, schema)
        self.baselines: list[str] = config["baselines"]
        self.contrasts = contrasts_of(config)
        self.resolutions = {resolution_label(size): size for size in config["resolutions"]}
        #: The grid that methods are measured on, and of the others those whose spacing is given.
        self.main = next(iter(self.resolutions)) if self.acquired else "reference"
        self.others = [label for label in self.resolutions if label != self.main]
        self.finer = [label for label in self.others if not isinstance(self.resolutions[label], dict)]
        self.planes = planes_of(config)
        self.ablations = ablation_names(config)
        self.configured = {
            m.name: m.label
            for m in self.methods.values()
            if m.name == m.recipe and m.seed == config["seeds"][0]
        }
        self.images = Images(manifest, config["views"], self.contrasts, left_out, config.get("earlier"))
        #: Kind of the labels of each structure that are put on the views.
        self.segmentations = wanted_segmentations(config)
        self.segmenters = {alphanumeric(name): name for name in SEGMENTERS} if self.segmentations else {}
        self.steps = steps_of(self.acquired, self.main, self.contrasts)

    @property
    def subjects(self) -> dict[str, list[str]]:
        """Images of each subject of the run, by its label."""
        found: dict[str, list[str]] = {}
        for image in self.images.rows:
            found.setdefault(subject_of(image), []).append(image)
        return found

    @property
    def labels(self) -> list[str]:
        """Labels of every method and baseline."""
        return [*self.methods, *self.baselines]

    @property
    def scored(self) -> list[str]:
        """Labels of the methods and baselines that jobs score."""
        return self.labels

    @property
    def followers(self) -> list[str]:
        """Labels of the methods that know an earlier scan."""
        return [
            label for label, method in self.methods.items() if kind_of(method.hyperparameters).needs_earlier
        ]

    @property
    def of_coordinates(self) -> list[str]:
        """Labels of the methods that are networks of coordinates."""
        return [
            label for label, method in self.methods.items() if kind_of(method.hyperparameters).of_coordinates
        ]

    @property
    def population_recipes(self) -> list[str]:
        """Recipes that learn from other persons; with the key `initial` behind those that start from their networks."""
        found = set()
        for method in self.methods.values():
            if kind_of(method.hyperparameters).needs_references:
                found.add(method.recipe)
            if starts_from_others(method.hyperparameters):
                found.add(f"{method.recipe}.{INITIAL}")
        return sorted(found)

    @property
    def constraints(self) -> dict[str, str]:
        """Pattern of each wildcard."""
        known = {
            "contrast": self.contrasts,
            "view": self.view_labels,
            "method": self.methods,
            "baseline": self.baselines,
            "label": self.labels,
            "resolution": self.resolutions,
            "plane": self.planes,
            "ablation": self.ablations,
            "segmenter": self.segmenters,
        }
        patterns = {name: _any_of(values) for name, values in known.items()}
        return patterns | {
            "image": IMAGE_PATTERN,
            "view_image": IMAGE_PATTERN,
            "number": "[0-9]+",
            "subject": LABEL,
        }

    def trained_by(self, rule: str) -> str:
        """Pattern of the methods that a training rule trains."""
        return _any_of(self._trained(self.steps[rule]))

    # --- defined by each of the two modes --------------------------------------------------------------------

    @property
    def view_labels(self) -> list[str]:
        """Labels of simulated views."""
        raise NotImplementedError

    def views_seen(self, image: str, contrast: str) -> list[str]:
        """Paths of the files of acquired views without contrast and suffix, or labels of simulated views."""
        raise NotImplementedError

    def is_segmented(self, wildcards: Mapping[str, str]) -> bool:
        """Check whether the dataset has a segmentation of the spinal cord for the image of a job."""
        return has_segmentation(self.images.all_rows[wildcards["image"]][wildcards["contrast"]])

    # --- files ------------------------------------------------------------------------------------------------

    def file(self, rule: str, name: str = "", **wildcards: str) -> str:
        """Path of one file of a job, of its first one by default."""
        files = self.steps[rule].files
        return (files[name] if name else next(iter(files.values()))).format(**wildcards)

    def files(self, rule: str, name: str = "") -> list[str]:
        """One file of every job of a step, in the order of what the step runs over."""
        return [self.file(rule, name, **wildcards) for wildcards in self.runs(self.steps[rule])]

    def asked_files(self, wildcards: object = None) -> list[str]:
        """Every volume, figure, table and page that a run asks for."""
        return self._files_of(self._asked)

    def export_files(self, wildcards: object = None) -> list[str]:
        """Files of an export: those of this configuration, none of an earlier one."""
        return self._files_of(lambda step, _: step.files if step.exported else ())

    def _files_of(self, names: Callable[[Step, Wildcards], Iterable[str]]) -> list[str]:
        return [
            step.files[name].format(**wildcards)
            for step in self.steps.values()
            for wildcards in self.runs(step)
            for name in names(step, wildcards)
        ]

    def _asked(self, step: Step, wildcards: Wildcards) -> tuple[str, ...]:
        asked = step.asked if self.holds(step.asked_only, wildcards) else ()
        return (*step.shown, *asked)

    # --- jobs -------------------------------------------------------------------------------------------------

    def runs(self, step: Step) -> Iterator[Wildcards]:
        """Wildcards of every job of a step."""
        if "image" not in step.over:
            yield from self._bound(step, {}, step.over)
        else:
            for image in self.images.rows:
                yield from self.image_runs(step, image)

    def image_runs(self, step: Step, image: str) -> Iterator[Wildcards]:
        """Wildcards of every job of a step for one image."""
        return self._bound(step, {"image": image}, step.over[1:])

    def image_jobs(self, image: str) -> list[tuple[str, str]]:
        """Of each planned job of an image, the file that marks it as finished, and its log."""
        return [
            (step.product.format(**wildcards), step.log.format(**wildcards))
            for step in self.steps.values()
            if "image" in step.over
            for wildcards in self.image_runs(step, image)
        ]

    def _bound(self, step: Step, known: Wildcards, over: tuple[str, ...]) -> Iterator[Wildcards]:
        if not over:
            if self.holds(step.only, known):
                yield known
            return
        name, *others = over
        for value in self._values(step, name, known):
            yield from self._bound(step, known | {name: value}, tuple(others))

    def _values(self, step: Step, name: str, known: Wildcards) -> Iterable[str]:
        """Values of a wildcard in a step, where those before it are known."""
        match name:
            case "contrast":
                return self.contrasts
            case "method":
                if step.earlier:
                    return self.followers
                if step.coordinates:
                    return self.of_coordinates
                return self._trained(step) if step.trains else self.methods
            case "baseline":
                return self.baselines
            case "label":
                return self.scored
            case "resolution":
                return self._grids(step, known)
            case "plane":
                return self.planes
            case "view" | "view_image":
                return self.views_seen(known["image"], known["contrast"])
            case "number":
                return map(str, range(len(self.views_seen(known["image"], known["contrast"]))))
            case "ablation":
                return self.ablations
            case "subject":
                return self.subjects
            case "segmenter":
                return self.segmenters
        raise ValueError(name)

    def _trained(self, step: Step) -> list[str]:
        return [label for label in self.methods if self.is_shared(label) == step.shared]

    def _grids(self, step: Step, known: Wildcards) -> list[str]:
        if step.grids == "finer":
            return self.finer
        beside = step.grids == "planned" and known["method"] in self.configured.values()
        return [self.main, *(self.others if beside else [])]

    def holds(self, condition: Condition, wildcards: Wildcards) -> bool:
        """Check whether a condition of the table of outputs holds for a job."""
        match condition:
            case "":
                return True
            case "demo":
                return bool(self.dataset["kind"] == "demo")
            case "trainings":
                return any(draws(method.hyperparameters) for method in self.methods.values())
            case "networks":
                return bool(self.methods)
            case "coordinates":
                return bool(self.of_coordinates)
            case "fixed point":
                return bool(self.config["metrics"]["fixed_point"])
            case "ablations":
                return bool(self.ablations)
            case "compressed":
                return self.config.get("compression") is not None
            case "planes":
                return bool(self.planes and self.methods)
            case "other grid":
                return wildcards["resolution"] != self.main
            case "segmented":
                return self.is_segmented(wildcards)
            case "labelled":
                # a step of the whole run has no image
                segmented = "image" not in wildcards or self.holds("segmented", wildcards)
                return bool(self.segmentations) and segmented
            case "several views":
                return len(self.views_seen(wildcards["image"], wildcards["contrast"])) > 1

    def is_shared(self, label: str) -> bool:
        """Check whether one network serves all contrasts of an image; a single contrast shares nothing."""
        shared = self.methods[label].hyperparameters.get("contrasts") == "shared"
        return shared and len(self.contrasts) > 1


def expand(pattern: str, **values: Iterable[str]) -> list[str]:
    """Paths of a pattern for every combination of values, the first one the slowest."""
    return [pattern.format(**dict(zip(values, one, strict=True))) for one in product(*values.values())]


def has_segmentation(row: Row) -> bool:
    """Check whether the dataset has a segmentation of the spinal cord for an image."""
    return row["segmentation"] != "n/a"


def image_name(image: str) -> str:
    """Name of an image, from the path of its files."""
    return PurePosixPath(image).name


def subject_of(image: str) -> str:
    """Label of the subject that an image is of, from the path of its files."""
    return image.split("/", 1)[0].removeprefix("sub-")


def _any_of(values: Iterable[str]) -> str:
    """Pattern that matches any of some values, and a word that occurs nowhere if there are no values."""
    return "|".join(map(re.escape, values)) or "none"
