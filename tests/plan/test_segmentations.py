"""What a run asks for that segments the cord, without Snakemake."""

from pathlib import Path
from typing import Any

import pytest
from support.datasets import image_paths, segmentation_path
from support.plans import SCHEMA, SHIPPED, Wildcards, jobs, manifest_row, merge, simulated
from support.snakemake import TINY

from isospine.errors import InputError
from isospine.plan.check import check_config
from isospine.plan.grids import alphanumeric
from isospine.plan.simulated import Simulated
from isospine.recipes.segmenters import SEGMENTERS
from isospine.segmentation.methods import METHODS

IMAGE = "sub-01/anat/sub-01"
SEGMENTED: dict[str, Any] = TINY | {"segmentations": {"SC": {"kind": "soft"}}}
ABOUT = Wildcards(image=IMAGE, contrast="T2w")


def make(tmp_path: Path, config: dict[str, Any]) -> Simulated:
    """Two images, the first with a segmentation."""
    first, second = image_paths(["01", "02"])
    row = manifest_row(first, segmentation=segmentation_path(first), segmentation_size="7")
    return simulated(tmp_path, [row, second], config)


def test_a_later_file_switches_it_off(tmp_path: Path) -> None:
    off = merge(SEGMENTED, {"segmentations": {"SC": None}})
    check_config(merge(SHIPPED, off), SCHEMA)
    assert jobs(make(tmp_path, off)) == jobs(make(tmp_path, TINY))


def test_images_with_a_segmentation_are_segmented_where_asked(tmp_path: Path) -> None:
    before, after = jobs(make(tmp_path, TINY)), jobs(make(tmp_path, SEGMENTED))
    assert after == before | {"label_view": 2, "segment": len(SEGMENTERS)}
    run = make(tmp_path, SEGMENTED)
    assert run.segmentation_tables(None) == ["results/tables/sub-01/anat/sub-01_desc-cord_T2w.tsv"]
    asked = run.asked_files()
    for file in (f"figures/{IMAGE}_desc-cord_T2w.png", "tables/segmentation.html"):
        assert f"results/{file}" in asked
        assert f"results/{file}" not in make(tmp_path, TINY).asked_files()
    assert "results/segmentation.tsv" in run.export_files()


def test_inputs_of_a_segmentation_are_labels_alone(tmp_path: Path) -> None:
    run = make(tmp_path, SEGMENTED)
    stems = [f"results/{IMAGE}_label-SC_desc-{view}T2w_probseg" for view in ("axial5", "sagittal5")]
    assert run.label_files(ABOUT) == [f"{stem}.nii.gz" for stem in stems]
    assert run.label_sidecars(ABOUT) == [f"{stem}.json" for stem in stems]
    assert run.label_uris(ABOUT)[0].startswith(f"bids::{IMAGE}_label-SC")
    assert run.label_kind == "soft" and make(tmp_path, TINY).label_kind is None
    assert run.segmenter(Wildcards(segmenter="distancespline")) == "distance-spline"
    assert run.segmentations_of_image(ABOUT)[0] == (
        f"results/{IMAGE}_res-reference_label-SC_desc-nearestT2w_probseg.nii.gz"
    )
    assert run.about_segmentation(ABOUT) == {
        "image": "sub-01", "contrast": "T2w", "structure": "SC", "kind": "soft",
    }  # fmt: skip


def test_every_label_has_a_meaning(tmp_path: Path) -> None:
    found = make(tmp_path, SEGMENTED).descriptions
    assert {f"{alphanumeric(name)}T2w" for name in SEGMENTERS} <= found.keys()
    assert "axial5T2w" in found
    assert "axial5T2w" not in make(tmp_path, TINY).descriptions


def test_methods_of_the_workflow_exist() -> None:
    assert SEGMENTERS.keys() <= METHODS.keys()


@pytest.mark.parametrize(
    ("overlay", "told"),
    [
        ({"segmentations": {"SC": {"kind": "fuzzy"}}}, "segmentations.SC.kind: "),
        ({"segmentations": {"lesion": {"kind": "soft"}}}, "segmentations: unknown key 'lesion'"),
    ],
)
def test_other_configurations_are_refused(overlay: dict[str, Any], told: str) -> None:
    config = merge(SHIPPED, overlay)
    with pytest.raises(InputError, match=told):
        check_config(config, SCHEMA)


def test_nothing_to_segment_is_said_in_the_plan(tmp_path: Path) -> None:
    run = simulated(tmp_path, image_paths(["01", "02"]), SEGMENTED)
    with pytest.raises(InputError, match="segmentations: no image has a segmentation of the cord"):
        run.segmentation_tables(None)


def test_an_image_without_a_segmentation_is_named(tmp_path: Path) -> None:
    assert make(tmp_path, SEGMENTED).segmentation_notes() == [
        "segmentations: without a segmentation of the cord, skipped: sub-02_T2w"
    ]
    assert not make(tmp_path, TINY).segmentation_notes()
