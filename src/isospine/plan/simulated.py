"""A run on views simulated from isotropic references, against which methods are measured."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from isospine.plan import cost
from isospine.plan.analyses import AnalysisJobs
from isospine.plan.contrasts import views_of
from isospine.plan.cost import Cost, count_voxels
from isospine.plan.figures import mapping_size_series, training_groups
from isospine.plan.labels import view_label
from isospine.plan.population import INITIAL, choose_population
from isospine.plan.run import Run
from isospine.plan.segmentations import SimulatedLabels
from isospine.plan.starts import MOST_STARTS, starts_from_others
from isospine.plan.unfolding import expand, has_segmentation, image_name


class Simulated(Run, AnalysisJobs, SimulatedLabels):
    """A run whose views are simulated from references."""

    results_table = "results/metrics.tsv"
    compared_table = "results/metrics.tsv"
    index_caption = "index"

    # --- views ------------------------------------------------------------------------------------------------

    @cached_property
    def views(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Views by contrast and label; what two contrasts share has one label."""
        return {
            contrast: {view_label(view): view for view in views_of(self.config, contrast)}
            for contrast in self.contrasts
        }

    @property
    def view_labels(self) -> list[str]:
        """Labels of the views of all contrasts."""
        return list(dict.fromkeys(label for views in self.views.values() for label in views))

    def views_seen(self, image: str, contrast: str) -> list[str]:
        """Labels of the views of one contrast."""
        return list(self.views[contrast])

    def view_voxels(self, image: str, contrast: str) -> list[float]:
        """Voxels of each view of one contrast of an image."""
        voxels = count_voxels(self.images.rows[image][contrast])
        return [voxels / view["factor"] for view in self.views[contrast].values()]

    def view_spec(self, wildcards: Any) -> dict[str, Any]:
        """Plane and factor of a view."""
        return self.views[wildcards.contrast][wildcards.view]

    def view_specs(self, wildcards: Any) -> list[dict[str, Any]]:
        """Plane and factor of each view of the contrast."""
        return list(self.views[wildcards.contrast].values())

    def view_planes(self, wildcards: Any) -> list[str]:
        """Plane of each view of the contrast."""
        return [view["plane"] for view in self.view_specs(wildcards)]

    def noise_name(self, wildcards: Any) -> str:
        """Key that the noise of a view is drawn by: contrasts of one run must not share their noise."""
        return "_".join([wildcards.image, *([wildcards.contrast] if self.contrasts[1:] else [])])

    #: The grid of the methods is that of the record of the views.
    grid = None

    def files_of_views(self, wildcards: Any, contrast: str, name: str = "image") -> list[str]:
        """Views of one contrast of the image of a job, or their sidecars."""
        where = {"image": wildcards.image, "contrast": contrast}
        return [self.file("view", name, view=view, **where) for view in self.views[contrast]]

    def records(self, wildcards: Any) -> list[str]:
        """Records of the views, one for each contrast: a change of one contrast leaves the others alone."""
        where, seen = {"image": wildcards.image}, self.contrasts_trained(wildcards)
        return [self.file("record_views", contrast=contrast, **where) for contrast in seen]

    def view_sidecars(self, wildcards: Any) -> list[str]:
        """Sidecars of the views of the contrasts that a job works on."""
        seen = self.contrasts_trained(wildcards)
        return [f for each in seen for f in self.files_of_views(wildcards, each, "sidecar")]

    def view_uris(self, wildcards: Any) -> list[str]:
        """BIDS URIs of the views of one contrast of an image."""
        return ["bids::" + path.removeprefix("results/") for path in self.view_files(wildcards)]

    def views_by_contrast(self, wildcards: Any) -> dict[str, int]:
        """Number of views of each contrast that a job works on, in the order of the files."""
        return {contrast: len(self.views[contrast]) for contrast in self.contrasts_trained(wildcards)}

    # --- one image --------------------------------------------------------------------------------------------

    def image_of(self, wildcards: Any) -> str:
        """Image that a job is of."""
        return str(wildcards.get("image"))

    def source_key(self, wildcards: Any) -> tuple[str, str]:
        """Key in `Images.files` of an image."""
        return wildcards.get("image"), wildcards.get("contrast")

    def cord_mask(self, wildcards: Any) -> str | list[str]:
        """The cord mask on the reference's grid, where the dataset has a segmentation."""
        if not has_segmentation(self.images.rows[wildcards.image][wildcards.contrast]):
            return []
        return self.file("cord_mask", image=wildcards.image, contrast=wildcards.contrast)

    # --- what learns from other persons -----------------------------------------------------------------------

    def drawn_population(self, image: str, label: str | None, step: str = "train") -> list[str]:
        """Images of other persons that a network learns or starts from; none of other methods and steps.

        Raises
        ------
        InputError
            If there is no other person.
        """
        method = self.methods.get(label or "")
        if method is None or step != "train":
            return []
        starts = starts_from_others(method.hyperparameters)
        count = MOST_STARTS if starts else method.hyperparameters.get("population_images", 0)
        if not count:
            return []
        key = f"{method.recipe}.{INITIAL}" if starts else method.recipe
        return choose_population(self.images.persons, image, count, method.seed, key)

    def earlier_file(self, image: str, contrast: str) -> str:
        """The earlier scan of an image, as the dataset has it."""
        return self.file("fetch", image=self.images.earlier[image, contrast], contrast=contrast)

    # --- figures of one image ---------------------------------------------------------------------------------

    def compared_images(self, wildcards: Any) -> list[str]:
        """Reconstructions of one image that the comparison shows or chooses from."""
        return self._reconstructions([one["label"] for one in self.compared], wildcards)

    def compared_metrics(self, wildcards: Any) -> list[str]:
        """Metrics of the same."""
        return self._metrics(self.compared, wildcards)

    def measured_images(self, wildcards: Any) -> list[str]:
        """Reconstructions of one image of which errors and profiles are measured, or that are chosen from."""
        return self._reconstructions([one["label"] for one in self.measured], wildcards)

    def measured_metrics(self, wildcards: Any) -> list[str]:
        """Metrics of the same."""
        return self._metrics(self.measured, wildcards)

    def followed_images(self, wildcards: Any) -> list[str]:
        """Reconstructions of one image that slices along the cord show or choose from."""
        return self._reconstructions([one["label"] for one in self.followed], wildcards)

    def followed_metrics(self, wildcards: Any) -> list[str]:
        """Metrics of the same."""
        return self._metrics(self.followed, wildcards)

    def viewed_images(self, wildcards: Any) -> list[str]:
        """Reconstructions of one image that the viewer shows."""
        return self._reconstructions([one["label"] for one in self.viewed], wildcards)

    def viewed_metrics(self, wildcards: Any) -> list[str]:
        """Metrics of the same."""
        return self._metrics(self.viewed, wildcards)

    def recipe_images(self, wildcards: Any) -> list[str]:
        """Reconstructions of one image by every recipe as configured, on the reference's grid."""
        return self._reconstructions(list(self.configured.values()), wildcards)

    def finer_images(self, wildcards: Any) -> list[str]:
        """The same on the grid of the wildcard."""
        return self._reconstructions(list(self.configured.values()), wildcards, wildcards.resolution)

    def _reconstructions(self, labels: list[str], wildcards: Any, resolution: str = "") -> list[str]:
        where = {"image": wildcards.image, "contrast": wildcards.contrast}
        grid = resolution or self.main
        return [self.file("reconstruct", method=label, resolution=grid, **where) for label in labels]

    def _metrics(self, shown: list[dict[str, str]], wildcards: Any) -> list[str]:
        where = {"image": wildcards.image, "contrast": wildcards.contrast}
        return [self.file("evaluate", label=one["label"], **where) for one in shown]

    def shown_name(self, wildcards: Any) -> str:
        """Name of an image as the report lists it, with the contrast where there are several."""
        return self._with_contrast(image_name(wildcards.image), wildcards.contrast)

    def finer_labels(self, wildcards: Any) -> dict[str, str]:
        """Note on a finer grid in the report's list of figures."""
        return {"figure": f"3 on a grid of {self.resolutions[wildcards.resolution]:g} mm"}

    def _with_contrast(self, title: str, contrast: str) -> str:
        return title if len(self.contrasts) == 1 else f"{title}, {contrast}"

    # --- the run as a whole -----------------------------------------------------------------------------------

    def metric_files(self, wildcards: Any) -> list[str]:
        """Metrics of every reconstruction."""
        return self.files("evaluate")

    def mapping_sizes(self, wildcards: Any) -> list[dict[str, Any]]:
        """Methods of the ablations of the mapping size."""
        return mapping_size_series(self.config, self.methods)

    def training_curves(self, wildcards: Any) -> list[str]:
        """Training curves of every method, image after image."""
        curve = self.steps["train"].files["curve"]
        return expand(curve, image=self.images.rows, method=self.methods, contrast=self.contrasts)

    def curve_methods(self, wildcards: Any) -> list[str]:
        """Method of each training curve, and the contrast where there are several."""
        return [
            self._with_contrast(method.name, contrast)
            for _ in self.images.rows
            for method in self.methods.values()
            for contrast in self.contrasts
        ]

    def curve_groups(self, wildcards: Any) -> list[dict[str, Any]]:
        """Methods whose curves share an axis, one group for each contrast."""
        return [
            {
                "title": self._with_contrast(group["title"], contrast),
                "methods": {
                    self._with_contrast(name, contrast): title for name, title in group["methods"].items()
                },
            }
            for contrast in self.contrasts
            for group in training_groups(self.config, self.methods)
        ]

    def error_anatomies(self, wildcards: Any) -> list[str]:
        """Tables of where the error of every image is."""
        return self.files("figure_error_anatomy", "table")

    def run_sidecars(self, wildcards: Any) -> list[str]:
        """Sidecars of every view."""
        return self.files("view", "sidecar")

    def first_image_name(self, wildcards: Any) -> str:
        """Name of the first image as the report lists it."""
        return self._with_contrast(image_name(next(iter(self.images.rows))), self.contrasts[0])

    def first_comparison(self, wildcards: Any) -> str:
        """Figure of its reconstructions."""
        return self.files("figure_comparison", "png")[0]

    def cord_is_known(self, wildcards: Any) -> bool:
        """Check whether any image has a segmentation of the spinal cord."""
        return any(has_segmentation(row) for rows in self.images.rows.values() for row in rows.values())

    @property
    def index_files(self) -> dict[str, Any]:
        """Inputs of the front page that acquired views do not have."""
        return {
            "metrics": self.results_table,
            "anatomy": self.error_anatomies,
            "hero": self.first_comparison,
        }

    @property
    def index_params(self) -> dict[str, Any]:
        """Params of the front page that acquired views do not have."""
        return {"image": self.first_image_name}

    @property
    def methods_files(self) -> dict[str, Any]:
        """Inputs of the methods section that acquired views do not have."""
        return {"sidecars": self.run_sidecars}

    @property
    def methods_params(self) -> dict[str, Any]:
        """Params of the methods section that acquired views do not have."""
        return {"cord": self.cord_is_known}

    # --- what jobs cost ---------------------------------------------------------------------------------------

    def _estimate(
        self,
        step: str,
        label: str | None,
        voxels: float,
        views: list[float],
        computed: float,
        others: list[float],
    ) -> Cost:
        settings: Mapping[str, Any] | None = (
            self.methods[label].hyperparameters if label in self.methods else None
        )
        match step:
            case "train":
                assert settings is not None
                return cost.training_cost(settings, voxels, views, others)
            case "baseline":
                assert label is not None
                return cost.baseline_cost(label, voxels)
            case "reconstruct":
                assert settings is not None
                return cost.reconstruction_cost(settings, voxels, computed)
            case "virtual_slices":
                assert settings is not None
                return cost.reconstruction_cost(settings, voxels, cost.PLANES_PER_VOXEL * voxels)
            case "fixed_point":
                assert settings is not None
                return cost.fixed_point_cost(settings, voxels, len(self.config["metrics"]["fixed_point"]))
            case "evaluate":
                return cost.evaluation_cost(settings, voxels)
        return cost.job_cost(step, computed)
