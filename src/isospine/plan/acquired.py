"""A run on acquired views, whose methods are judged without a reference."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from isospine.plan import cost
from isospine.plan.cost import Cost, count_voxels
from isospine.plan.images import Row
from isospine.plan.run import Run
from isospine.plan.segmentations import DrawnLabels
from isospine.plan.views import stated_slices
from isospine.recipes.kinds import kind_of
from isospine.recipes.lookup import module_of

PROFILE_CHOICE = "isospine.evaluation.profile_choice:with_better_profiles"


class Acquired(Run, DrawnLabels):
    """A run whose views are images of the dataset; what others call an image is a body."""

    results_table = "results/trials.tsv"
    compared_table = "results/tables/trial_images.tsv"
    index_caption = "acquired_index"

    # --- settings of every rule -------------------------------------------------------------------------------

    @property
    def view_labels(self) -> list[str]:
        """Labels of simulated views, of which there are none."""
        return []

    @cached_property
    def grid(self) -> dict[str, Any]:
        """Grid of every method: spacing in mm, what it covers and along what it lies."""
        about = self.config["acquired"]
        return {
            "spacing": self.resolutions[self.main],
            "field": about["field"],
            "axes": about["axes"],
        }

    @property
    def two_planes(self) -> list[str]:
        """Recipes that learn from views of two planes."""
        return sorted(
            {m.recipe for m in self.methods.values() if kind_of(m.hyperparameters).needs_two_planes}
        )

    @property
    def profile_choice(self) -> str:
        """Function that chooses between the slice profiles stated and those that views show; "" where it is not asked for."""
        return PROFILE_CHOICE if self.config["acquired"]["slice_profile"] == "estimated" else ""

    def loaded_by_placing(self, wildcards: Any) -> list[str]:
        """Modules that a job loads by name that places views."""
        return [module_of(self.profile_choice)] if self.profile_choice else []

    @property
    def settings(self) -> dict[str, Any]:
        """Arguments of the report's first page that describe the run."""
        return super().settings | {"acquired": self.config["acquired"]}

    # --- the views of a body ----------------------------------------------------------------------------------

    def body_views(self, image: str, contrast: str) -> dict[str, Row]:
        """Views of one contrast of a body, by the paths of their files without contrast and suffix."""
        return self.images.bodies[image][contrast]

    def views_seen(self, image: str, contrast: str) -> list[str]:
        """Paths of the same."""
        return list(self.body_views(image, contrast))

    def view_voxels(self, image: str, contrast: str) -> list[float]:
        """Voxels of each view of one contrast of a body."""
        return [count_voxels(row) for row in self.body_views(image, contrast).values()]

    def files_of_views(self, wildcards: Any, contrast: str) -> list[str]:
        """Views of one contrast of the body of a job."""
        views = self.body_views(self.image_of(wildcards), contrast)
        return [self.file("fetch", view_image=path, contrast=contrast) for path in views]

    def all_files(self, wildcards: Any) -> list[str]:
        """Views of all contrasts of a body."""
        return [f for each in self.contrasts for f in self.files_of_views(wildcards, each)]

    def all_sidecars(self, wildcards: Any) -> dict[str, list[dict[str, Any]]]:
        """Slice entries in the sidecars of a body's views."""
        return {
            contrast: [stated_slices(row) for row in self.body_views(wildcards.image, contrast).values()]
            for contrast in self.contrasts
        }

    def view_uris(self, wildcards: Any) -> list[str]:
        """BIDS URIs of the views of one contrast of a body."""
        rows = self.body_views(wildcards.image, wildcards.contrast).values()
        return [f"bids:source:{row['path']}" for row in rows]

    # --- one view ---------------------------------------------------------------------------------------------

    def image_of(self, wildcards: Any) -> str:
        """Body that a job is of: its own, or that of its view."""
        if image := wildcards.get("image"):
            return str(image)
        view, contrast = self.source_key(wildcards)
        return next(body for body in self.images.rows if view in self.body_views(body, contrast))

    def source_key(self, wildcards: Any) -> tuple[str, str]:
        """Key in `Images.files` of a view."""
        return wildcards.get("view_image"), wildcards.get("contrast")

    def records(self, wildcards: Any) -> list[str]:
        """Record of the views of the body of a job, of all contrasts."""
        return [self.record_beside(wildcards)]

    def record_beside(self, wildcards: Any) -> str:
        """The same, of the body that a view is of."""
        return self.file("place", image=self.image_of(wildcards))

    def number_in_body(self, wildcards: Any) -> int:
        """Number of a view among those."""
        views = self.body_views(self.image_of(wildcards), wildcards.contrast)
        return list(views).index(wildcards.view_image)

    def view_number(self, wildcards: Any) -> int:
        """Number of the view that a trial is made on."""
        return int(wildcards.number)

    # --- earlier scans ----------------------------------------------------------------------------------------

    @property
    def scored(self) -> list[str]:
        """Labels of what is scored by trials and held-out slices: what knows an earlier scan is not among them.

        A trial is made of one view's own planes, where an earlier scan would show what is to be told.
        """
        return [label for label in self.labels if label not in self.followers]

    def earlier_file(self, image: str, contrast: str) -> str:
        """The earlier scan of a body."""
        return self.file("fetch", view_image=self.images.earlier[image, contrast], contrast=contrast)

    # --- scores and pages -------------------------------------------------------------------------------------

    def _held_out(self, image: str, contrast: str) -> list[str]:
        where = {"image": image, "contrast": contrast}
        return [self.file("held_out", label=label, **where) for label in self.scored]

    def _trials(self, image: str, contrast: str) -> list[str]:
        where, views = {"image": image, "contrast": contrast}, range(len(self.views_seen(image, contrast)))
        return [
            self.file("trial", label=label, number=str(number), **where)
            for label in self.scored
            for number in views
        ]

    def held_out_of_image(self, wildcards: Any) -> list[str]:
        """Scores of every method on the held-out slices of one contrast of a body."""
        return self._held_out(wildcards.image, wildcards.contrast)

    def held_out_files(self, wildcards: Any) -> list[str]:
        """The same of every contrast of every body."""
        return [
            f for image in self.images.rows for each in self.contrasts for f in self._held_out(image, each)
        ]

    def trials_of_image(self, wildcards: Any) -> list[str]:
        """Scores of every method in trials, one file for each view."""
        return self._trials(wildcards.image, wildcards.contrast)

    def trial_files(self, wildcards: Any) -> list[str]:
        """The same of every contrast of every body."""
        return [f for image in self.images.rows for each in self.contrasts for f in self._trials(image, each)]

    def shown_name(self, wildcards: Any) -> str:
        """Name of a body as the report lists it."""
        return self.image_name(wildcards)

    def figure_labels(self, title: str) -> Callable[[Any], dict[str, str]]:
        """Note on a figure in the report's list, with the contrast where there are several."""

        def labels(wildcards: Any) -> dict[str, str]:
            return {"figure": f"{wildcards.contrast}: {title}" if self.contrasts[1:] else title}

        return labels

    @property
    def shown(self) -> list[dict[str, str]]:
        """Volumes of a page beside the views and their cubic interpolation, or those that it chooses from."""
        return [one for one in self.compared if one["label"] != "cubic"]

    @property
    def viewer_shown(self) -> list[dict[str, str]]:
        """Volumes of the viewer beside the same."""
        return [one for one in self.viewed if one["label"] != "cubic"]

    def shown_volumes(self, wildcards: Any) -> list[str]:
        """Volumes of a page."""
        return self._volumes(self.shown, wildcards)

    def viewer_volumes(self, wildcards: Any) -> list[str]:
        """Volumes of the viewer."""
        return self._volumes(self.viewer_shown, wildcards)

    def _volumes(self, shown: list[dict[str, str]], wildcards: Any) -> list[str]:
        where = {"image": wildcards.image, "contrast": wildcards.contrast, "resolution": self.main}
        return [self.file("reconstruct", method=one["label"], **where) for one in shown]

    def disagreement_of_image(self, wildcards: Any) -> str | list[str]:
        """Map of where the views contradict each other, which a single view does not."""
        where = {"image": wildcards.image, "contrast": wildcards.contrast}
        if len(self.views_seen(**where)) < 2:
            return []
        return self.file("disagreement", resolution=self.main, **where)

    def run_placements(self, wildcards: Any) -> list[str]:
        """Records of the estimates of every body's views."""
        return self.files("place")

    @property
    def index_files(self) -> dict[str, Any]:
        """Inputs of the front page that simulated views do not have."""
        tables = {"images": self.file("ranking", "images"), "ranking": self.file("ranking", "table")}
        return tables | {"placements": self.run_placements}

    @property
    def methods_files(self) -> dict[str, Any]:
        """Inputs of the methods section that simulated views do not have."""
        return {"placements": self.run_placements}

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
        if step in ("fetch", "follow_up_maps"):
            return cost.job_cost(step, computed)
        if step == "place" and self.profile_choice:  # two reconstructions, with the slices that were left
            solving = cost.job_cost("solve", voxels, cost.ACQUIRED_STEPS)
            return cost.job_cost(step, voxels, cost.ACQUIRED_STEPS) + solving + solving
        settings: Mapping[str, Any] | None = (
            self.methods[label].hyperparameters if label in self.methods else None
        )
        if step == "virtual_slices":
            step, computed = "reconstruct", cost.PLANES_PER_VOXEL * voxels
        return cost.acquired_cost(step, label, settings, voxels, views, computed)
