"""Runs on several contrasts of each image: one network for all of them, and numbers of each by itself."""

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from support.datasets import REAL_T2W, image_paths, make_bids
from support.snakemake import (
    TINY,
    Outcome,
    files_below,
    from_dataset,
    make_crops,
    plan,
    read_rows,
    snakemake,
)

from isospine.models.load import load_model

MANIFEST, METRICS = "results/manifest.tsv", "results/metrics.tsv"
IMAGE = "sub-01/anat/sub-01"

pytestmark = pytest.mark.workflow

#: Each contrast sharp where the other is thick, a network for each or one for both.
ONE_VIEW_EACH = {
    "views": [
        {"plane": "axial", "factor": 5, "contrast": "T1w"},
        {"plane": "sagittal", "factor": 5, "contrast": "T2w"},
    ]
}
SHARING = {
    "ablations": TINY["ablations"]
    | {"sharing": {"recipe": "fourier", "hyperparameter": "contrasts", "values": ["separate", "shared"]}}
}
SHARED = "fouriercontrastssharedseed0"


def two_contrasts(source: Path, *others: dict[str, Any], **dataset: Any) -> dict[str, Any]:
    return from_dataset(source, TINY, ONE_VIEW_EACH, SHARING, *others, contrast=["T1w", "T2w"], **dataset)


def add_t1w(folder: Path, shift: float = 0.0) -> Path:
    """Give each T2w image a T1w one of the same anatomy, in which neither bright nor dark is what it was."""
    for path in folder.glob("sub-*/anat/*_T2w.nii.gz"):
        image = nib.load(path)
        share = np.asarray(image.dataobj) / np.asarray(image.dataobj).max()
        affine = nib.affines.from_matvec(np.eye(3), [shift, 0, 0]) @ image.affine
        other = (1000 * share * (1.2 - share)).astype(np.int16)
        nib.Nifti1Image(other, affine).to_filename(path.with_name(path.name.replace("T2w", "T1w")))
    return folder


# --- plans ----------------------------------------------------------------------------------------------------


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    paths = image_paths(["01", "02"], contrasts=["T1w", "T2w"])
    return make_bids(tmp_path / "data", [*paths, *image_paths(["03"], contrasts=["PDw"])])


#: Jobs of one image with the settings of `two_contrasts`.
PER_IMAGE = {
    **{"fetch": 2, "reference": 2, "view": 2, "record_views": 2, "train": 2, "train_shared": 1},
    **{"reconstruct": 4, "baseline": 2, "evaluate": 6},
}


def test_one_training_needs_the_views_of_all_contrasts(repository: Path, tmp_path: Path, empty: Path) -> None:
    config = two_contrasts(empty)
    snakemake(repository, tmp_path, MANIFEST, config=config).succeeded()
    model = f"results/models/{IMAGE}_desc-{SHARED}_T2w.safetensors"
    jobs = plan(repository, tmp_path, model, config=config).succeeded().jobs
    assert jobs == {"fetch": 2, "reference": 2, "view": 2, "record_views": 2, "train_shared": 1}, (
        "the views of both"
    )
    own = model.replace(SHARED, "fourierseed0")
    jobs = plan(repository, tmp_path, own, config=config).succeeded().jobs
    assert jobs == {"fetch": 1, "reference": 1, "view": 1, "record_views": 1, "train": 1}


def test_an_image_without_one_of_the_contrasts(repository: Path, tmp_path: Path) -> None:
    data = make_bids(
        tmp_path / "data",
        [*image_paths(["01"], contrasts=["T1w", "T2w"]), *image_paths(["02", "03"], contrasts=["T2w"])],
    )
    outcome = snakemake(repository, tmp_path, METRICS, config=two_contrasts(data))
    assert outcome.code != 0 and "Traceback" not in outcome.output[-3000:]
    assert re.search(
        r'sub-02 has no T1w image, but T2w \(the first of 2 such images\).*dataset.exclude: \["02", "03"\]',
        outcome.output,
    )
    assert not (tmp_path / "results" / "sourcedata" / "sub-01").exists(), "nothing was fetched"
    config = two_contrasts(data, exclude=["02", "03"])
    snakemake(repository, tmp_path, MANIFEST, config=config).succeeded()
    rows = read_rows(tmp_path / MANIFEST)
    assert [(row["image"], row["contrast"]) for row in rows] == [("sub-01", "T1w"), ("sub-01", "T2w")]


# --- a whole run ----------------------------------------------------------------------------------------------


class Run:
    """A finished run on two contrasts of one real crop."""

    def __init__(self, repository: Path, folder: Path) -> None:
        self.repository, self.directory = repository, folder / "work"
        self.data = add_t1w(make_crops(folder / "data", image_paths(["01"])))
        self.outcome = self.again()

    def again(self, *arguments: str) -> Outcome:
        config = two_contrasts(self.data)
        return snakemake(self.repository, self.directory, *arguments, config=config).succeeded()

    def plan(self, *changes: dict[str, Any]) -> dict[str, int]:
        config = two_contrasts(self.data, *changes)
        return plan(self.repository, self.directory, METRICS, config=config).succeeded().jobs

    def table(self, name: str) -> list[dict[str, str]]:
        return read_rows(self.directory / "results" / name)


@pytest.fixture(scope="module")
def run(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    if not REAL_T2W.is_dir():
        pytest.skip("no real volumes")
    return Run(repository, tmp_path_factory.mktemp("contrasts"))


@pytest.mark.slow
def test_a_shared_network_sees_views_alone(run: Run) -> None:
    job = re.search(r"^(?:local)?rule train_shared:\n    input: (.+)$", run.outcome.output, re.MULTILINE)
    assert job is not None
    views = [f"results/{IMAGE}_desc-{view}" for view in ("axial5_T1w", "sagittal5_T2w")]
    records = [f"results/views/{IMAGE}_{contrast}.json" for contrast in ("T1w", "T2w")]
    assert job[1].split(", ") == [*(f"{v}.nii.gz" for v in views), *records]


@pytest.mark.slow
def test_models_stand_for_themselves_and_share_a_trunk(run: Run) -> None:
    stem = run.directory / "results" / "models" / f"{IMAGE}_desc-{SHARED}"
    models = [load_model(f"{stem}_{contrast}.safetensors") for contrast in ("T1w", "T2w")]
    first, second = (model.network.state_dict() for model in models)
    *trunk, weight, _ = first
    assert all(first[name].equal(second[name]) for name in trunk) and not first[weight].equal(second[weight])
    assert [model.provenance["contrast"] for model in models] == ["T1w", "T2w"]
    records = [json.loads(Path(f"{stem}_{contrast}.json").read_text()) for contrast in ("T1w", "T2w")]
    curve = read_rows(Path(f"{stem}_T2w.tsv"))
    # as nine significant digits were written
    assert sum(record["train_seconds"] for record in records) == pytest.approx(
        float(curve[-1]["seconds"]), rel=1e-6
    )
    assert {record["hyperparameters"]["contrasts"] for record in records} == {"shared"}


@pytest.mark.slow
def test_sharing_changes_both_contrasts(run: Run) -> None:
    for contrast in ("T1w", "T2w"):
        images = [
            np.asarray(
                nib.load(
                    run.directory / f"results/{IMAGE}_res-reference_desc-{label}_{contrast}.nii.gz"
                ).dataobj
            )
            for label in ("fourierseed0", SHARED)
        ]
        assert np.abs(images[0] - images[1]).max() > 1


@pytest.mark.slow
def test_no_number_is_of_two_contrasts(run: Run) -> None:
    rows = run.table("metrics.tsv")
    methods = {"fourier", "fourier-contrasts-shared", "linear"}
    assert {(row["contrast"], row["method"]) for row in rows} == {
        (c, m) for c in ("T1w", "T2w") for m in methods
    }
    summary = {
        (row["contrast"], row["region"], row["method"]): row for row in run.table("tables/summary.tsv")
    }
    for row in rows:
        own = summary[row["contrast"], row["region"], row["method"]]
        assert (own["images"], own["runs"]) == ("1", "1")
        assert float(own["psnr_mean"]) == pytest.approx(float(row["psnr"]))
    paired = run.table("tables/paired.tsv")
    assert {row["contrast"] for row in paired} == {"T1w", "T2w"}
    assert all(row["images"] == "1" for row in paired)


@pytest.mark.slow
def test_pages_name_the_contrast(run: Run) -> None:
    results = run.directory / "results"
    index = (results / "report" / "index.html").read_text()
    for words in (
        "Which method is better?, T1w",
        "Which method is better?, T2w",
        "1 image, each in T1w and T2w",
    ):
        assert words in index
    ablation = (results / "figures" / "ablation_sharing.html").read_text()
    assert all(f'"title":"whole volume, {contrast}"' in ablation for contrast in ("T1w", "T2w"))
    methods = (results / "report" / "methods.md").read_text()
    assert "axial of T1w; sagittal of T2w" in methods
    for contrast in ("T1w", "T2w"):
        assert (results / "figures" / f"{IMAGE}_desc-comparison_{contrast}.png").exists()


@pytest.mark.slow
def test_the_status_counts_every_job_once(run: Run) -> None:
    status = re.search(r"^sub-01 +done +(\d+)/(\d+)", run.again("status").output, re.MULTILINE)
    assert status is not None and status[1] == status[2]
    # of the cord, which is segmented in T2w alone: fetch, mask and the page along it; of each contrast 5 figures
    assert int(status[1]) == sum(PER_IMAGE.values()) + 3 + 2 * 5


@pytest.mark.slow
def test_an_export_has_both_contrasts(run: Run) -> None:
    run.again("export")
    exported = files_below(run.directory / "export")
    for contrast in ("T1w", "T2w"):
        assert f"models/{IMAGE}_desc-{SHARED}_{contrast}.safetensors" in exported
    assert f"{IMAGE}_desc-axial5_T1w.nii.gz" in exported
    assert f"{IMAGE}_desc-axial5_T2w.nii.gz" not in exported, "no such view"


@pytest.mark.slow
def test_what_runs_again(run: Run) -> None:
    assert run.plan() == {}
    noisy = run.plan({"acquisition": {"noise": 0.02}})
    assert noisy["view"] == 2 and noisy["train_shared"] == 1
    shared = {"recipes": {"fourier": TINY["recipes"]["fourier"] | {"epochs": 2}}}
    assert run.plan(shared)["train_shared"] == 1
    # under the same label: what was trained apart is now trained together
    together = {"recipes": {"fourier": TINY["recipes"]["fourier"] | {"contrasts": "shared"}}}
    jobs = run.plan(together, {"ablations": {"sharing": None}})
    assert jobs == {"train_shared": 1, "reconstruct": 2, "evaluate": 2, "metrics": 1}
    path = run.data / f"{IMAGE}_T1w.nii.gz"
    before, times = path.read_bytes(), path.stat()
    try:
        image = nib.load(path)
        nib.Nifti1Image(np.asarray(image.dataobj) // 2, image.affine).to_filename(path)
        run.again(MANIFEST)
        jobs = run.plan()
        # of T1w everything, of T2w what the shared network makes
        assert jobs == {
            **{"fetch": 1, "reference": 1, "view": 1, "record_views": 1, "train": 1, "train_shared": 1},
            **{"reconstruct": 3, "baseline": 1, "evaluate": 4, "metrics": 1},
        }
    finally:
        path.write_bytes(before)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.mark.slow
def test_contrasts_have_noise_of_their_own(run: Run, repository: Path, tmp_path: Path) -> None:
    """The same image under two names: with equal noise, a network could tell it from the anatomy."""
    data = shutil.copytree(run.data, tmp_path / "data")
    shutil.copy(data / f"{IMAGE}_T2w.nii.gz", data / f"{IMAGE}_T1w.nii.gz")
    views = {"views": [{"plane": "axial", "factor": 5}], "acquisition": {"noise": 0.02}}
    targets = [f"results/{IMAGE}_desc-axial5_{contrast}.nii.gz" for contrast in ("T1w", "T2w")]
    snakemake(repository, tmp_path, *targets, config=two_contrasts(data, views)).succeeded()
    first, second = (np.asarray(nib.load(tmp_path / target).dataobj) for target in targets)
    assert (first != second).mean() > 0.9


@pytest.mark.slow
def test_a_cached_training_serves_all_contrasts(run: Run, repository: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    targets = [f"results/models/{IMAGE}_desc-{SHARED}_{contrast}.safetensors" for contrast in ("T1w", "T2w")]
    found = []
    for name in ("first", "second"):
        outcome = snakemake(
            *(repository, tmp_path / name, *targets, "--cache"),
            config=two_contrasts(run.data),
            environment={"SNAKEMAKE_OUTPUT_CACHE": str(cache)},
        ).succeeded()
        found.append([(tmp_path / name / target).read_bytes() for target in targets])
    assert all(f"Symlinking output file {target} from cache." in outcome.output for target in targets)
    assert found[0] == found[1] and found[0][0] != found[0][1]


@pytest.mark.slow
def test_contrasts_that_do_not_overlap(run: Run, repository: Path, tmp_path: Path) -> None:
    data = add_t1w(shutil.copytree(run.data, tmp_path / "data"), shift=500.0)
    model = f"results/models/{IMAGE}_desc-{SHARED}_T1w.safetensors"
    outcome = snakemake(repository, tmp_path, model, config=two_contrasts(data))
    assert outcome.code != 0
    assert re.search(r"ERROR: sub-01, T1w, T2w: .*do not overlap.*correct their affines", outcome.output)
    assert not list((tmp_path / "results" / "models").rglob("*.safetensors"))
