"""The part of the table of outputs that is of segmentations of the cord from labels on views."""

from collections.abc import Iterator

from isospine.plan.steps import (
    Step,
    fetch_step,
    figure_files,
    image_figure_step,
    log_of,
    shown_step,
    volume_files,
    volumes_step,
)


def simulated_labels() -> Iterator[Step]:
    """Step of labels of the cord on simulated views."""
    name = "{image}_label-SC_desc-{view}{contrast}_probseg"
    files, over = volume_files(f"results/{name}"), ("image", "contrast", "view")
    yield volumes_step("label_view", f"label_view/{name}", files, over, only="labelled", cost="view")


def drawn_labels() -> Iterator[Step]:
    """Steps of labels of the cord that were drawn on acquired views."""
    view, name = ("image", "contrast", "view_image"), "{view_image}_label-SC_desc-placed{contrast}_probseg"
    placed = volume_files(f"results/{name}")
    source = "{view_image}_{contrast}_label-SC_seg"
    yield fetch_step("fetch_segmentation", source, view, only="labelled", finished=placed["image"])
    yield volumes_step("label_view", f"label_view/{name}", placed, view, only="labelled", cost="view")


def segmentations(main: str, drawn: bool = False) -> Iterator[Step]:
    """Steps of labels of the cord on views, which become one segmentation by each method.

    Of labels that were drawn, each has areas, and scores beside the labels themselves.
    """
    stem = f"{{image}}_res-{main}_label-SC_desc-{{segmenter}}{{contrast}}"
    files, over = volume_files(f"results/{stem}_probseg"), ("image", "contrast", "segmenter")
    files |= {"mask": f"results/{stem}_mask.nii.gz", "mask_sidecar": f"results/{stem}_mask.json"}
    if drawn:
        files |= {
            "areas": f"results/tables/{stem}_area.csv",
            "scores": f"results/tables/{stem}_agreement.tsv",
        }
    yield volumes_step("segment", f"segment/{stem}", files, over, only="labelled")
    table = {"table": "results/tables/{image}_desc-cord_{contrast}.tsv"}
    table |= figure_files("{image}_desc-cord_{contrast}")
    yield image_figure_step("figure_segmentation", table, only="labelled")
    table = {"table": "results/segmentation.tsv", "columns": "results/segmentation.json"}
    table |= {"page": "results/tables/segmentation.html"}
    yield shown_step("segmentation_table", log_of("segmentation"), table, only="labelled")
