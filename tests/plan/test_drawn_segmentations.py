"""What a run on acquired views asks for that segments the cord from labels drawn on them, without Snakemake."""

from pathlib import Path
from typing import Any

import pytest
from support.datasets import image_paths, segmentation_path
from support.plans import ACQUIRED, Wildcards, jobs, make_run, manifest_row

from isospine.errors import InputError
from isospine.plan.acquired import Acquired
from isospine.plan.segmentations import takes_soft_labels
from isospine.recipes.segmenters import SEGMENTERS

BODY = "sub-01/anat/sub-01"
ONE = Wildcards(image=BODY, contrast="T2w")
LABELLED: dict[str, Any] = {"segmentations": {"SC": {"kind": "binary"}}}


def make(
    tmp_path: Path, labelled: tuple[str, ...] = ("01ax", "01sag", "02sag"), *changes: dict[str, Any]
) -> Acquired:
    """Pairs of three persons, of which some views have labels."""
    rows = []
    for path in image_paths(["01", "02", "03"], acquisitions=["ax", "sag"]):
        known = {"segmentation": segmentation_path(path), "segmentation_sha256": "0" * 64}
        own = any(f"sub-{name[:2]}_acq-{name[2:]}_" in path for name in labelled)
        rows.append(manifest_row(path, **known if own else {}))
    run = make_run(tmp_path, rows, ACQUIRED, *(changes or (LABELLED,)))
    assert isinstance(run, Acquired)
    return run


def test_views_with_labels_are_segmented(tmp_path: Path) -> None:
    before, after = jobs(make(tmp_path, (), {})), jobs(make(tmp_path))
    assert after == before | {"fetch_segmentation": 3, "label_view": 3, "segment": 2 * len(SEGMENTERS)}
    assert jobs(make(tmp_path, ("01ax",), {})) == before, "nobody asked for it"
    asked = make(tmp_path).asked_files()
    for file in (f"figures/{BODY}_desc-cord_T2w.png", "tables/segmentation.html"):
        assert f"results/{file}" in asked
        assert f"results/{file}" not in make(tmp_path, (), {}).asked_files()
    assert "results/figures/sub-03/anat/sub-03_desc-cord_T2w.png" not in asked


def test_inputs_of_labels_and_segmentations(tmp_path: Path) -> None:
    run = make(tmp_path)
    stems = [f"results/{BODY}_acq-{view}_label-SC_desc-placedT2w_probseg" for view in ("ax", "sag")]
    assert run.label_files(ONE) == [f"{stem}.nii.gz" for stem in stems]
    assert run.label_uris(ONE) == [f"bids::{stem.removeprefix('results/')}.nii.gz" for stem in stems]
    assert run.labelled_views(ONE) == [0, 1]
    other = Wildcards(image="sub-02/anat/sub-02", contrast="T2w")
    assert run.labelled_views(other) == [1]
    source = "derivatives/labels/sub-02/anat/sub-02_acq-sag_T2w_label-SC_seg.nii.gz"
    assert run.label_sources(other) == [source]
    view = Wildcards(view_image="sub-02/anat/sub-02_acq-sag", contrast="T2w")
    assert run.segmentation_row(view)["path"] == source
    assert run.segmentation_identity(view) is None
    stem = f"{BODY}_res-1mm_label-SC_desc-nearestT2w"
    assert run.segmentations_of_image(ONE)[0] == f"results/{stem}_probseg.nii.gz"
    assert run.scores_of_image(ONE)[0] == f"results/tables/{stem}_agreement.tsv"
    assert f"results/tables/{stem}_area.csv" in run.export_files()


def test_every_job_has_a_cost(tmp_path: Path) -> None:
    run = make(tmp_path)
    for rule in ("fetch_segmentation", "label_view", "segment", "figure_segmentation"):
        for wildcards in run.image_runs(run.steps[rule], BODY):
            assert run.cost(rule, Wildcards(wildcards)).memory_mb > 0


def test_every_label_has_a_meaning(tmp_path: Path) -> None:
    assert {"placedT2w", "tvT2w"} <= make(tmp_path).descriptions.keys()


def test_who_is_skipped_or_has_labels_on_one_view_is_named(tmp_path: Path) -> None:
    skipped, alone = make(tmp_path).segmentation_notes()
    assert skipped == "segmentations: without labels of the cord on a view, skipped: sub-03_T2w"
    assert "labels on one view alone" in alone and alone.endswith("guess: sub-02_T2w")
    assert not make(tmp_path, ("01ax",), {}).segmentation_notes()
    moving = make(tmp_path, ("01ax", "01sag"), LABELLED | {"acquired": {"motion": "slices"}})
    assert "acquired.motion: slices" in moving.segmentation_notes()[-1]


def test_no_labels_at_all_are_refused_in_the_plan(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match="segmentations: no image has labels of the cord on a view in derivatives/"
    ):
        make(tmp_path, ()).segmentation_tables(None)


def test_the_page_of_a_subject_links_to_its_segmentations(tmp_path: Path) -> None:
    (section,) = make(tmp_path).subject_sections(Wildcards(subject="01"))
    (table,) = section["segmentations"]
    assert table == f"results/tables/{BODY}_desc-cord_T2w.tsv"
    assert table in make(tmp_path).subject_inputs(Wildcards(subject="01"))
    volumes = {one["path"] for one in section["volumes"]}
    assert {
        f"results/{BODY}_res-1mm_label-SC_desc-tvT2w_mask.nii.gz",
        f"results/{BODY}_acq-sag_label-SC_desc-placedT2w_probseg.nii.gz",
    } <= volumes


def test_kind_of_the_labels() -> None:
    assert takes_soft_labels({"segmentations": {"SC": {"kind": "soft"}}})
    assert not takes_soft_labels(LABELLED) and not takes_soft_labels({})
