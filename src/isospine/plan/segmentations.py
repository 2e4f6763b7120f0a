"""Inputs and params of the segmentations of simulated views, for the rules."""

from typing import Any

from isospine.errors import InputError
from isospine.plan.unfolding import Unfolding, image_name


class SegmentationJobs(Unfolding):
    """Inputs and params of jobs that segment; parameters and errors are those of `Unfolding`."""

    @property
    def label_kind(self) -> str | None:
        """Kind of the labels on the views; None without segmentations."""
        return self.segmentations["SC"]["kind"] if self.segmentations else None

    def label_files(self, wildcards: Any) -> list[str]:
        """Labels on each view of one contrast of an image."""
        return self._label_files(wildcards, "image")

    def label_sidecars(self, wildcards: Any) -> list[str]:
        """Sidecars of the same."""
        return self._label_files(wildcards, "sidecar")

    def label_uris(self, wildcards: Any) -> list[str]:
        """BIDS URIs of the same."""
        return ["bids::" + path.removeprefix("results/") for path in self.label_files(wildcards)]

    def segmenter(self, wildcards: Any) -> str:
        """Name of the method with the label of the wildcards."""
        return self.segmenters[wildcards.segmenter]

    def segmentations_of_image(self, wildcards: Any) -> list[str]:
        """Occupancies by every method."""
        where = {"image": wildcards.image, "contrast": wildcards.contrast}
        return [self.file("segment", segmenter=label, **where) for label in self.segmenters]

    def segmenter_names(self, wildcards: Any) -> list[str]:
        """Names of the methods of the same."""
        return list(self.segmenters.values())

    def about_segmentation(self, wildcards: Any) -> dict[str, str]:
        """What the scores of an image say about it."""
        image = {"image": image_name(wildcards.image), "contrast": wildcards.contrast}
        return image | {"structure": "SC", "kind": str(self.label_kind)}

    def segmentation_tables(self, wildcards: Any) -> list[str]:
        """Scores of every image that has a segmentation of the cord.

        Raises
        ------
        InputError
            If there is none.
        """
        found = self.files("figure_segmentation", "table")
        if not found:
            raise InputError(
                "segmentations: no image has a segmentation of the cord in derivatives/ of the dataset; add one (config/README.md "
                "says how it is named), or set segmentations: {}"
            )
        return found

    def _label_files(self, wildcards: Any, name: str) -> list[str]:
        where = {"image": wildcards.image, "contrast": wildcards.contrast}
        return [
            self.file("label_view", name, view=view, **where)
            for view in self.views_seen(wildcards.image, wildcards.contrast)
        ]
