"""A run that does not keep what it fetches: what is on the disk during it and after it, and what runs again."""

import hashlib
import re
from pathlib import Path

import pytest
from support.datasets import image_paths, make_spine_generic_like, segmentation_path
from support.snakemake import TINY, copy_repository, files_below, from_dataset, make_crops, plan, snakemake

pytestmark = pytest.mark.workflow

SUBJECTS = ["amu01", "amu02", "unf01"]
IMAGES = image_paths(SUBJECTS)
VIEWS = {"views": [{"plane": "axial", "factor": 2}, {"plane": "sagittal", "factor": 2}]}
TARGETS = [
    f"results/sub-{one}/anat/sub-{one}_{label}.nii.gz"
    for one in SUBJECTS
    for label in ("desc-axial2_T2w", "desc-sagittal2_T2w", "label-SC_desc-T2w_mask")
]


def made(directory: Path) -> dict[str, str]:
    """Digests of all references, views and masks."""
    results = directory / "results"
    return {
        path: hashlib.sha256((results / path).read_bytes()).hexdigest()
        for path in files_below(results)
        if path.startswith("sub-")
    }


def fetched(directory: Path) -> list[str]:
    """What is left of fetched content: in the clone's annex, and as plain copies."""
    place = directory / "results" / "sourcedata"
    annex = place / "dataset" / ".git" / "annex" / "objects"
    return [
        *(path for path in files_below(annex) if annex.exists()),
        *(path for path in files_below(place) if re.match(r"sub-.*\.nii\.gz$", path)),
    ]


@pytest.mark.slow
def test_fetched_images_are_dropped_and_not_missed(tmp_path: Path) -> None:
    repository = copy_repository(tmp_path / "isospine")
    paths = [*IMAGES, *map(segmentation_path, IMAGES)]
    source = make_spine_generic_like(tmp_path / "source", paths)
    kept, dropped = (from_dataset(source, TINY, VIEWS, keep=keep) for keep in (True, False))
    work = tmp_path / "work"
    outcome = snakemake(repository, work, *TARGETS, "--resources", "gpu=1", config=dropped).succeeded()
    assert re.search("^Provided resources: .*downloads", outcome.output, re.MULTILINE), "bounded all the same"
    assert len(made(work)) == 3 * 2 * (1 + 2 + 1)
    assert fetched(work) == []
    assert "The content stays" not in "".join(
        log.read_text() for log in work.rglob("results/logs/fetch/**/*.log")
    )
    # two cores: no more than two images at a time, one of them on its way
    there, most = 0, 0
    for event in re.findall(r"\(Rule: fetch\)|Removing temporary output \S+_T2w\.nii", outcome.output):
        there += 1 if event.startswith("(") else -1
        most = max(most, there)
    assert there == 0 and 1 <= most <= 2

    assert "Nothing to be done" in plan(repository, work, *TARGETS, config=dropped).succeeded().output
    assert "Nothing to be done" in plan(repository, work, *TARGETS, config=kept).succeeded().output
    recipe = "results/sub-amu01/anat/sub-amu01_res-reference_desc-linear_T2w.nii.gz"
    assert plan(repository, work, recipe, config=dropped).succeeded().jobs == {
        "record_views": 1,
        "baseline": 1,
    }
    (work / TARGETS[2]).unlink()
    jobs = plan(repository, work, TARGETS[2], config=dropped).succeeded().jobs
    assert jobs == {"fetch_segmentation": 1, "cord_mask": 1}

    other = tmp_path / "other"
    snakemake(repository, other, *TARGETS, config=kept).succeeded()
    snakemake(repository, work, TARGETS[2], config=dropped).succeeded()
    assert made(other) == made(work)
    assert {path for path in fetched(other) if path.startswith("sub-")} >= {
        f"sub-{one}/anat/sub-{one}_T2w{suffix}.nii.gz" for one in SUBJECTS for suffix in ("", "_label-SC_seg")
    }
    assert "Nothing to be done" in plan(repository, other, *TARGETS, config=dropped).succeeded().output


@pytest.mark.slow
def test_dataset_of_the_user_keeps_all(tmp_path: Path) -> None:
    repository = copy_repository(tmp_path / "isospine")
    data = make_crops(tmp_path / "data", image_paths(["01"]))
    before = files_below(data)
    view = "results/sub-01/anat/sub-01_desc-axial5_T2w.nii.gz"
    snakemake(repository, tmp_path, view, config=from_dataset(data, TINY, keep=False)).succeeded()
    assert files_below(data) == before
    assert not list((tmp_path / "results" / "sourcedata").rglob("*.nii.gz"))
