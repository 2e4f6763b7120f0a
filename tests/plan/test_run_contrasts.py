"""What a run on several contrasts of each image asks for, without Snakemake."""

from pathlib import Path
from typing import Any

import pytest
from support.datasets import image_paths
from support.plans import Wildcards, jobs, simulated
from support.snakemake import TINY

from isospine.plan.requests import too_large
from isospine.plan.simulated import Simulated

IMAGE = "sub-01/anat/sub-01"
SHARED = "fouriercontrastssharedseed0"
#: Each contrast sharp where the other is thick, a network for each or one for both.
ONE_VIEW_EACH: dict[str, Any] = {
    "views": [
        {"plane": "axial", "factor": 5, "contrast": "T1w"},
        {"plane": "sagittal", "factor": 5, "contrast": "T2w"},
    ]
}
SHARING: dict[str, Any] = {
    "ablations": TINY["ablations"]
    | {"sharing": {"recipe": "fourier", "hyperparameter": "contrasts", "values": ["separate", "shared"]}}
}
#: Jobs of one image with these settings.
PER_IMAGE = {
    **{"fetch": 2, "reference": 2, "view": 2, "record_views": 2, "train": 2, "train_shared": 1},
    **{"reconstruct": 4, "baseline": 2, "evaluate": 6},
}
T1W, T2W = (Wildcards(image=IMAGE, contrast=contrast) for contrast in ("T1w", "T2w"))
BOTH = Wildcards(image=IMAGE, method=SHARED)


def two_contrasts(folder: Path, *changes: dict[str, Any]) -> Simulated:
    paths = image_paths(["01", "02"], contrasts=["T1w", "T2w"])
    return simulated(folder, paths, TINY, ONE_VIEW_EACH, SHARING, *changes, contrast=["T1w", "T2w"])


@pytest.fixture
def run(tmp_path: Path) -> Simulated:
    return two_contrasts(tmp_path)


def test_one_training_serves_all_contrasts(run: Simulated) -> None:
    assert jobs(run) == {rule: 2 * count for rule, count in PER_IMAGE.items()}
    views = [f"results/{IMAGE}_desc-axial5_T1w.nii.gz", f"results/{IMAGE}_desc-sagittal5_T2w.nii.gz"]
    assert run.view_files(BOTH) == views, "the views of both"
    assert run.view_files(T1W) == views[:1] and run.view_files(T2W) == views[1:]
    assert run.views_by_contrast(BOTH) == {"T1w": 1, "T2w": 1}
    assert run.trained_by("train_shared") == SHARED and run.trained_by("train") == "fourierseed0"
    assert run.provenance(BOTH) == {
        "image": "sub-01",
        "method": "fourier-contrasts-shared",
        "recipe": "fourier",
    }
    models = dict(run.steps["train_shared"].files)
    assert list(models)[:3] == ["T1w_safetensors", "T2w_safetensors", "T1w_tsv"]
    own = {
        contrast: run.file("train", method=SHARED, image=IMAGE, contrast=contrast)
        for contrast in ("T1w", "T2w")
    }
    assert {c: models[f"{c}_safetensors"].format(image=IMAGE, method=SHARED) for c in own} == own


def test_every_job_is_counted_once(run: Simulated) -> None:
    # of each contrast 5 figures, of all the training
    assert run.job_counts(None)["sub-01"] == sum(PER_IMAGE.values()) + 2 * 5
    planned = run.planned_jobs(None)["sub-01"]
    assert len(set(planned)) == len(planned)


def test_an_export_has_the_views_of_each_contrast(run: Simulated) -> None:
    taken = run.export_files()
    assert len(set(taken)) == len(taken)
    for contrast in ("T1w", "T2w"):
        assert f"results/models/{IMAGE}_desc-{SHARED}_{contrast}.safetensors" in taken
    assert f"results/{IMAGE}_desc-axial5_T1w.nii.gz" in taken
    assert f"results/{IMAGE}_desc-axial5_T2w.nii.gz" not in taken, "no such view"


def test_a_view_without_a_contrast_is_of_all(tmp_path: Path) -> None:
    views = [{"plane": "axial", "factor": 5}, ONE_VIEW_EACH["views"][1]]
    run = two_contrasts(tmp_path, {"views": views})
    assert run.views_by_contrast(BOTH) == {"T1w": 1, "T2w": 2} and len(run.view_files(BOTH)) == 3
    assert run.view_labels == ["axial5", "sagittal5"]


def test_a_single_contrast_shares_nothing(tmp_path: Path) -> None:
    recipes = {"recipes": {"fourier": None, "mcginnis2023": {"epochs": 1}}}
    paths = image_paths(["01", "02"], contrasts=["T1w"])
    planned = [jobs(simulated(tmp_path, paths, TINY, recipes, contrast=one)) for one in ("T1w", ["T1w"])]
    assert planned[0]["train"] == 2 and "train_shared" not in planned[0]
    assert planned[1] == planned[0], "a list of one is that one"


def test_names_have_the_contrast_where_there_are_several(run: Simulated) -> None:
    assert (run.shown_name(T1W), run.image_name(T1W)) == ("sub-01, T1w", "sub-01")
    assert run.first_image_name(None) == "sub-01, T1w"
    assert run.noise_name(T1W) != run.noise_name(T2W), "contrasts must not share their noise"
    assert run.curve_methods(None)[:2] == ["fourier, T1w", "fourier, T2w"]
    assert [group["title"] for group in run.curve_groups(None)] == [
        "sharing (fourier), T1w",
        "sharing (fourier), T2w",
    ]
    curves = run.training_curves(None)
    assert len(curves) == len(run.curve_methods(None)) == 8 and curves[1].endswith("fourierseed0_T2w.tsv")
    one = simulated(run_folder(run), image_paths(["01"]), TINY)
    assert one.noise_name(Wildcards(image="a", contrast="T2w")) == "a" and one.shown_name(T2W) == "sub-01"


def run_folder(run: Simulated) -> Path:
    return Path(run.config["dataset"]["source"]).parent / "one"


def test_metrics_are_in_the_order_of_images_methods_and_contrasts(run: Simulated) -> None:
    ends = [file.split("desc-")[1].removesuffix(".tsv") for file in run.metric_files(None)]
    labels = ("fourierseed0", SHARED, "linear")
    assert ends == [f"{label}_{contrast}" for label in labels for contrast in ("T1w", "T2w")] * 2
    assert [record.split("desc-")[1] for record in run.run_records(None)] == [f"{end}.json" for end in ends]


def test_costs_of_a_network_of_both_are_those_of_both(run: Simulated) -> None:
    apart = run.cost("train", Wildcards(T1W, method="fourierseed0")).seconds
    assert run.cost("train_shared", BOTH).seconds > 1.5 * apart
    assert "the job train " in next(too_large(run, 1)) or "sub-01_T1w" in next(too_large(run, 1))
