"""Datasets as people have them, from their source to the first files of a run."""

import os
from pathlib import Path

import pytest
from support.datasets import image_paths, make_annex, make_bids, make_subdataset, write_volume
from support.snakemake import TINY, from_dataset, plan, read_rows, snakemake

pytestmark = pytest.mark.workflow

#: Small enough for the volumes of `datasets.write_volume`.
SMALL_VIEWS = {"views": [{"plane": "axial", "factor": 2}, {"plane": "sagittal", "factor": 2}]}
#: Names as those of spine-generic, of images that are not compressed.
IMAGES = [f"sub-{subject}/anat/sub-{subject}_flip-1_mt-on_MTS.nii" for subject in ("01", "02")]


def test_annexed_text_subdatasets_plain_nifti_and_any_entity(repository: Path, tmp_path: Path) -> None:
    """All of a dataset is annexed, a subject is a subdataset, one more is not saved."""
    data, work = make_annex(make_bids(tmp_path / "data", IMAGES[:1], volumes=True)), tmp_path / "work"
    write_volume(data / IMAGES[1], seed=1)
    make_subdataset(data, "sub-02")
    write_volume(data / "sub-03/anat/sub-03_MTS.NII.GZ")
    config = from_dataset(data, TINY, SMALL_VIEWS, contrast="MTS")
    targets = [f"results/{image.removesuffix('_MTS.nii')}_desc-axial2_MTS.nii.gz" for image in IMAGES]
    outcome = snakemake(repository, work, *targets, config=config).succeeded()
    assert "sub-03/anat/sub-03_MTS.NII.GZ (new)" in outcome.output and "datalad save" in outcome.output
    assert [row["path"] for row in read_rows(work / "results/manifest.tsv")] == IMAGES
    assert all((work / target).is_file() for target in targets)
    planned = plan(repository, work, config=config).succeeded()
    assert planned.jobs["train"] == 2 and "report_index" in planned.jobs


@pytest.mark.parametrize("path", ["dataset_description.json", "exclude.yml"])
def test_a_plan_waits_for_no_pipe(repository: Path, tmp_path: Path, path: str) -> None:
    data = make_bids(tmp_path / "data", image_paths(["01"]))
    (data / path).unlink(missing_ok=True)
    os.mkfifo(data / path)
    config = from_dataset(data, TINY, exclude={"file": "exclude.yml", "section": "a"})
    (data / "exclude.yml").touch()
    outcome = plan(repository, tmp_path / "work", config=config)
    assert outcome.code != 0 and f"{path}: is a named pipe" in outcome.output


def test_a_configuration_whose_aliases_multiply_is_refused(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "many.yaml").write_text(
        "dataset:\n  exclude: [&a0 [x], "
        + ", ".join(f"&a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}, *a{n - 1}]" for n in range(1, 11))
        + "]\n"
    )
    outcome = plan(repository, tmp_path / "work", "--configfile", str(tmp_path / "many.yaml"))
    assert outcome.code != 0 and "aliases" in outcome.output and "100000 values" in outcome.output
