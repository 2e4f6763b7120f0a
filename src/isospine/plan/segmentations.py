"""Inputs and params of jobs that segment the cord from labels on views, for the rules."""

from collections.abc import Iterator, Mapping
from typing import Any

from isospine.errors import InputError
from isospine.plan.images import Row
from isospine.plan.unfolding import Unfolding, has_segmentation, image_name, wanted_segmentations
from isospine.words import listed

#: Images that a note lists.
LISTED = 20


def takes_soft_labels(config: Mapping[str, Any]) -> bool:
    """Check whether the labels that a configuration asks for say what part of a voxel is inside."""
    return any(about["kind"] == "soft" for about in wanted_segmentations(config).values())


class SegmentationJobs(Unfolding):
    """Inputs and params that both modes have; parameters and errors are those of `Unfolding`."""

    #: What an image lacks that is not segmented.
    unlabelled: str

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
        return self._segmented(wildcards, "image")

    def segmenter_names(self, wildcards: Any) -> list[str]:
        """Names of the methods of the same."""
        return list(self.segmenters.values())

    def about_segmentation(self, wildcards: Any) -> dict[str, str]:
        """What the scores of an image say about it."""
        image = {"image": image_name(wildcards.image), "contrast": wildcards.contrast}
        return image | {"structure": "SC", "kind": str(self.label_kind)}

    def segmentation_tables(self, wildcards: Any) -> list[str]:
        """Scores of every image that has labels.

        Raises
        ------
        InputError
            If there is none.
        """
        found = self.files("figure_segmentation", "table")
        if not found:
            raise InputError(
                f"segmentations: no image has {self.unlabelled} in derivatives/ of the dataset; add one (config/README.md "
                "says how it is named), or set segmentations: {SC: null}"
            )
        return found

    def segmentation_notes(self) -> list[str]:
        """Sentences on the images that are not segmented."""
        if not self.segmentations:
            return []
        step = self.steps["figure_segmentation"]
        skipped = [
            f"{image_name(image)}_{contrast}"
            for image in self.images.rows
            for contrast in self.contrasts
            if not self.holds(step.only, {"image": image, "contrast": contrast})
        ]
        return [f"segmentations: without {self.unlabelled}, skipped: {_named(skipped)}"] if skipped else []

    def _segmented(self, wildcards: Any, name: str) -> list[str]:
        where = {"image": wildcards.image, "contrast": wildcards.contrast}
        return [self.file("segment", name, segmenter=label, **where) for label in self.segmenters]

    def _label_files(self, wildcards: Any, name: str) -> list[str]:
        raise NotImplementedError


class SimulatedLabels(SegmentationJobs):
    """Inputs and params of labels that simulated views show of the dataset's own segmentation."""

    unlabelled = "a segmentation of the cord"

    def _label_files(self, wildcards: Any, name: str) -> list[str]:
        where = {"image": wildcards.image, "contrast": wildcards.contrast}
        return [
            self.file("label_view", name, view=view, **where)
            for view in self.views_seen(wildcards.image, wildcards.contrast)
        ]


class DrawnLabels(SegmentationJobs):
    """Inputs and params of labels that were drawn on acquired views."""

    unlabelled = "labels of the cord on a view"

    def body_views(self, image: str, contrast: str) -> dict[str, Row]:
        """Views of one contrast of a body, by the paths of their files without contrast and suffix."""
        raise NotImplementedError

    def is_segmented(self, wildcards: Mapping[str, str]) -> bool:
        """Check whether there are labels on the view of a job, or on any one of its contrast."""
        views = self.body_views(wildcards["image"], wildcards["contrast"])
        own = wildcards.get("view_image")
        return any(has_segmentation(row) for path, row in views.items() if own in (None, path))

    def labelled_views(self, wildcards: Any) -> list[int]:
        """Numbers, among the views of one contrast of a body, of those that have labels."""
        views = self.body_views(wildcards.image, wildcards.contrast).values()
        return [number for number, row in enumerate(views) if has_segmentation(row)]

    def label_sources(self, wildcards: Any) -> list[str]:
        """Paths of the files of these labels in the dataset."""
        views = self.body_views(wildcards.image, wildcards.contrast).values()
        return [row["segmentation"] for row in views if has_segmentation(row)]

    def scores_of_image(self, wildcards: Any) -> list[str]:
        """Agreements of the segmentations by every method with the labels."""
        return self._segmented(wildcards, "scores")

    def segmentation_notes(self) -> list[str]:
        """Sentences on the images that are not segmented, and on those with labels on one view alone."""
        notes = super().segmentation_notes()
        alone = sorted(self._labelled_once()) if self.segmentations else []
        if alone:
            notes.append(
                f"segmentations: labels on one view alone, so that nothing is known of how far views agree, and between its slices the "
                f"outline is a guess: {_named(alone)}"
            )
        if notes_of_slices := self._moved_by_slices():
            notes.append(notes_of_slices)
        return notes

    def _labelled_once(self) -> Iterator[str]:
        for image in self.images.rows:
            for contrast in self.contrasts:
                rows = self.body_views(image, contrast).values()
                if sum(map(has_segmentation, rows)) == 1:
                    yield f"{image_name(image)}_{contrast}"

    def _moved_by_slices(self) -> str:
        if not self.segmentations or self.config["acquired"]["motion"] != "slices":
            return ""
        return "segmentations: labels are placed by the motion of their whole view, not by that of every slice (acquired.motion: slices)"

    def _label_files(self, wildcards: Any, name: str) -> list[str]:
        views = self.body_views(wildcards.image, wildcards.contrast)
        return [
            self.file("label_view", name, view_image=path, contrast=wildcards.contrast)
            for path, row in views.items()
            if has_segmentation(row)
        ]


def _named(names: list[str]) -> str:
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return (", ".join(names[:LISTED]) + more) if more else listed(names)
