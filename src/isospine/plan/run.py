"""The run of a configuration in either mode, for the rules: inputs, params and costs of their jobs.

Methods that take `wildcards` are input functions and params of rules: they read wildcards as attributes, and by `get`
those that a rule may lack.
"""

import json
import os
from collections.abc import Callable, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from isospine.plan.check import Config
from isospine.plan.cost import Cost, count_voxels, voxels_of_file
from isospine.plan.figures import (
    ablation_series,
    compared_methods,
    followed_methods,
    measured_methods,
    viewed_methods,
)
from isospine.plan.grids import target_header
from isospine.plan.labels import describe_labels, describe_segmentations
from isospine.plan.report_pages import ReportPages
from isospine.plan.unfolding import expand, image_name
from isospine.plan.views import ABSENT

FILE_COLUMNS = ("path", "annex_key", "size", "sha256")
#: Columns of the manifest of a segmentation, by those of an image.
SEGMENTATION_COLUMNS = {"path": "segmentation"} | {key: f"segmentation_{key}" for key in FILE_COLUMNS[1:]}


class Run(ReportPages):
    """The run of a configuration; parameters and errors are those of `Unfolding`.

    Attributes
    ----------
    results_table, compared_table : str
        The table of all numbers of the run, and the one of which every two methods are compared.
    index_caption : str
        Name of the caption of the front page.
    """

    results_table: str
    compared_table: str
    index_caption: str

    def __init__(
        self,
        config: Config,
        schema: dict[str, Any],
        dataset: Mapping[str, Any],
        left_out: Mapping[str, tuple[str, str]],
        manifest: Callable[[], Path],
    ) -> None:
        super().__init__(config, schema, dataset, left_out, manifest)
        self.properties = list(schema["properties"])
        self.compared = compared_methods(config, self.methods)
        self.measured = measured_methods(config, self.methods)
        self.followed = followed_methods(config, self.methods)
        self.viewed = viewed_methods(config, self.methods)
        self.descriptions = describe_labels(config["views"], self.methods, self.baselines)
        if self.segmentations:
            self.descriptions |= describe_segmentations(config["views"], self.contrasts)
        acquisition = config["acquisition"]
        point = acquisition["sampling"] == "point"
        self.profile: str = "point" if point else acquisition["slice_profile"]
        # asked for several times by a plan
        self.cost_of_job = cache(self._cost)

    # --- defined by each of the two modes ----------------------------------------------------------

    def view_voxels(self, image: str, contrast: str) -> list[float]:
        """Voxels of each view of one contrast of an image."""
        raise NotImplementedError

    def image_of(self, wildcards: Any) -> str:
        """Image that a job is of."""
        raise NotImplementedError

    def shown_name(self, wildcards: Any) -> str:
        """Name of an image as the report lists it."""
        raise NotImplementedError

    def source_key(self, wildcards: Any) -> tuple[str, str]:
        """Key in `Images.files` of the file of the dataset that a job is of."""
        raise NotImplementedError

    def _estimate(
        self,
        step: str,
        label: str | None,
        voxels: float,
        views: list[float],
        computed: float,
        others: list[float],
    ) -> Cost:
        """Cost of a job; of its voxels those of its image, of each view, of the grid that is computed, and of others."""
        raise NotImplementedError

    # --- the dataset ------------------------------------------------------------------------------------------

    def index_first(self, wildcards: Any) -> list[str]:
        """Give no file, but the images must be known before the rule's params are."""
        self.images.rows  # noqa: B018
        return []

    def demo_record(self, wildcards: Any) -> list[str]:
        """Give the record of the demo's dataset, where that is the source."""
        return self.files("demo_dataset")

    def manifest_row(self, wildcards: Any) -> dict[str, str]:
        """Path and expected content of one image."""
        row = self.images.files[self.source_key(wildcards)]
        return {key: row[key] for key in FILE_COLUMNS}

    def manifest_identity(self, wildcards: Any) -> dict[str, Any] | None:
        """What identifies the content of one image beside its row of the manifest; None if the row does."""
        return self.weak_identity(self.manifest_row(wildcards))

    def weak_identity(self, row: Mapping[str, str]) -> dict[str, Any] | None:
        """Dataset of a file whose row has no SHA-256: another dataset may have other bytes under the same annex key.

        Two repositories can even agree in their commit, so that the place of a local one counts as well.
        """
        if row["sha256"] != ABSENT:
            return None
        place = os.path.realpath(Path(self.config["dataset"]["source"]).expanduser())
        return {**self.dataset, "place": sha256(os.fsencode(place)).hexdigest()}

    def source_uri(self, wildcards: Any) -> str:
        """BIDS URI of one image."""
        return f"bids:source:{self.manifest_row(wildcards)['path']}"

    def segmentation_row(self, wildcards: Any) -> dict[str, str]:
        """Path and expected content of the cord segmentation of one image."""
        row = self.images.files[self.source_key(wildcards)]
        return {key: row[column] for key, column in SEGMENTATION_COLUMNS.items()}

    def segmentation_identity(self, wildcards: Any) -> dict[str, Any] | None:
        """What identifies its content beside that."""
        return self.weak_identity(self.segmentation_row(wildcards))

    def segmentation_uri(self, wildcards: Any) -> str:
        """BIDS URI of the cord segmentation of one image."""
        return f"bids:source:{self.segmentation_row(wildcards)['path']}"

    # --- grids ------------------------------------------------------------------------------------------------

    def target_image(self, wildcards: Any) -> str | list[str]:
        """Image whose grid is taken, if that of an image is."""
        resolution = self.resolutions[wildcards.resolution]
        return resolution["image"] if isinstance(resolution, dict) else []

    def target_content(self, wildcards: Any) -> str | None:
        """What identifies the grid of that image."""
        image = self.target_image(wildcards)
        return target_header(Path(image)) if isinstance(image, str) else None

    def target_spacing(self, wildcards: Any) -> float | None:
        """Spacing of another grid; None for that of the model, or of an image."""
        resolution = self.resolutions[wildcards.resolution]
        given = wildcards.resolution != self.main and not isinstance(resolution, dict)
        return resolution if given else None

    def target_name(self, wildcards: Any) -> str:
        """Description of the grid in sidecars."""
        resolution = self.resolutions[wildcards.resolution]
        if isinstance(resolution, dict):
            return f"grid of {image_name(resolution['image'])}"
        return "grid of the reference" if wildcards.resolution == "reference" else "isotropic"

    def plane(self, wildcards: Any) -> dict[str, Any]:
        """Settings of slices that were never acquired."""
        return self.planes[wildcards.plane]

    # --- the run as a whole -----------------------------------------------------------------------------------

    def run_records(self, wildcards: Any) -> list[str]:
        """Records of every training and baseline."""
        record = self.steps["train"].files["record"].replace("{method}", "{label}")
        return expand(record, image=self.images.rows, label=self.labels, contrast=self.contrasts)

    def planned_jobs(self, wildcards: Any) -> dict[str, list[tuple[str, str]]]:
        """Jobs of every image of the dataset, those that are left out too, by the image's name."""
        return {image_name(image): self.image_jobs(image) for image in self.images.all_rows}

    def persons(self, wildcards: Any) -> dict[str, str]:
        """Person of each image of the run, by the image's name."""
        return {image_name(image): person for image, person in self.images.persons.items()}

    def job_counts(self, wildcards: Any) -> dict[str, int]:
        """Number of those jobs."""
        return {image: len(jobs) for image, jobs in self.planned_jobs(wildcards).items()}

    def image_name(self, wildcards: Any) -> str:
        """Name of an image as the report lists it."""
        return image_name(wildcards.image)

    def series(self, wildcards: Any) -> dict[str, Any]:
        """Methods of one ablation."""
        return ablation_series(self.config, self.methods, wildcards.ablation)

    @property
    def numbers(self) -> dict[str, int]:
        """Count images, left-out images, networks and baselines."""
        return {
            "images": len(self.images.rows),
            "left_out": len(self.left_out),
            "networks": len({method.name for method in self.methods.values()}),
            "baselines": len(self.baselines),
        }

    # --- pages ------------------------------------------------------------------------------------------------

    @property
    def index_files(self) -> dict[str, Any]:
        """Inputs of the front page that one mode has."""
        return {}

    @property
    def index_params(self) -> dict[str, Any]:
        """Params of the front page that one mode has."""
        return {}

    @property
    def settings_hash(self) -> str:
        """First digits of the SHA-256 of the configuration without folders of this machine."""
        return sha256(json.dumps(self.configuration, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def methods_files(self) -> dict[str, Any]:
        """Inputs of the methods section that one mode has."""
        return {}

    @property
    def methods_params(self) -> dict[str, Any]:
        """Params of the methods section that one mode has."""
        return {}

    # --- arguments of pages that describe the run -----------------------------------------------------------------------

    @property
    def settings(self) -> dict[str, Any]:
        """Arguments of the report's first page that describe the run."""
        keys = ("views", "acquisition", "metrics", "ablations", "seeds", "baselines")
        return {key: self.config[key] for key in keys} | {
            "resolutions": self._grid_names,
            "source": self.dataset["kind"],
            "contrasts": self.contrasts,
            "recipes": list(self.configured),
        }

    @property
    def configuration(self) -> dict[str, Any]:
        """The configuration without folders of this machine."""
        dataset = {key: value for key, value in self.config["dataset"].items() if key != "source"}
        if isinstance(dataset["exclude"], dict):
            dataset["exclude"] = dataset["exclude"] | {"file": Path(dataset["exclude"]["file"]).name}
        kept = {key: self.config[key] for key in self.properties}
        return kept | {"dataset": dataset, "resolutions": self._grid_names}

    @property
    def _grid_names(self) -> list[Any]:
        return [
            {"image": Path(size["image"]).name} if isinstance(size, dict) else size
            for size in self.config["resolutions"]
        ]

    # --- what jobs cost ---------------------------------------------------------------------------------------

    def cost(self, rule: str, wildcards: Any, share: float = 1.0) -> Cost:
        """Cost of a job of a rule, for the whole image or for a share of its voxels."""
        label = wildcards.get("method") or wildcards.get("label") or wildcards.get("baseline")
        step, contrast = self.steps[rule].cost, wildcards.get("contrast")
        if step == "fetch":
            image, _ = self.source_key(wildcards)
        else:
            image = self.image_of(wildcards)
        return self.cost_of_job(step, image, contrast, label, wildcards.get("resolution"), share)

    def _cost(
        self,
        step: str,
        image: str,
        contrast: str | None,
        label: str | None,
        resolution: str | None,
        share: float,
    ) -> Cost:
        """Cost of a step; without a contrast it works on all of them."""
        if step == "fetch":
            assert contrast
            row = self.images.files[image, contrast]
            return self._estimate(step, label, share * count_voxels(row), [], share * count_voxels(row), [])
        rows = self.images.rows[image]
        worked_on = [contrast] if contrast else list(rows)
        own = self.resolutions[self.main]
        target = self.resolutions[resolution] if resolution else own
        if isinstance(target, dict):
            computed = voxels_of_file(target["image"], Path(target["image"]).stat().st_size)
        else:
            computed = share * sum(count_voxels(rows[each], target) for each in worked_on)
        voxels = share * sum(count_voxels(rows[each], own) for each in worked_on)
        views = [share * count for each in worked_on for count in self.view_voxels(image, each)]
        others = [
            share * count_voxels(self.images.rows[other][each])
            for each in worked_on
            for other in self.drawn_population(image, label, step)
        ]
        return self._estimate(step, label, voxels, views, computed, others)
