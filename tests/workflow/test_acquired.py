"""The workflow on views that a scanner acquired, from the dataset to the pages."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
import SimpleITK
from jsonschema import Draft202012Validator
from playwright.sync_api import Page
from support.acquired_pairs import GAIN, MOTION, SPOILT, make_dataset, spoil
from support.golden import differences
from support.job_code import rules_seen, uncovered
from support.runs import ACQUIRED, Run
from support.snakemake import REPOSITORY, TINY, Outcome, from_dataset, plan, read_rows, snakemake

from isospine.io.atomic import read_json, write_json
from isospine.io.yaml import load_yaml
from isospine.views.registration import world_motion

BODY = "sub-01/anat/sub-01"
pytestmark = pytest.mark.workflow


@pytest.fixture(scope="module")
def finished(acquired_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return acquired_run.copy(tmp_path_factory.mktemp("acquired"))


@pytest.fixture(scope="module")
def run(finished: Run) -> Path:
    """Give the folder of the results."""
    return finished.results


@pytest.fixture(scope="module")
def config(finished: Run) -> dict[str, Any]:
    return finished.config


@pytest.fixture(scope="module")
def data(finished: Run) -> Path:
    return finished.data


def test_where_to_look_is_said(finished: Run) -> None:
    output = finished.outcome.output
    assert "results/held_out.tsv" in output and "1 image, 1 network setting and 2 baselines" in output


def test_the_code_of_a_job_is_what_it_uses(acquired_run: Run) -> None:
    """Every job, so that no edit of the library leaves a result that it would change."""
    assert not list(uncovered(acquired_run.witnessed))
    seen = rules_seen(acquired_run.witnessed)
    assert {"place", "train", "baseline", "trial", "held_out", "figure_acquired", "figure_viewer"} <= seen


def test_there_are_volumes_and_no_metrics_of_a_reference(run: Path) -> None:
    assert not (run / "metrics.tsv").exists()
    for label in ("cubic", "tv", "fourierseed0"):
        image = nib.load(run / f"{BODY}_res-1mm_desc-{label}_T2w.nii.gz")
        np.testing.assert_allclose(image.header.get_zooms(), 1.0, rtol=1e-5)
    finer = nib.load(run / f"{BODY}_res-0p8mm_desc-fourierseed0_T2w.nii.gz")
    np.testing.assert_allclose(finer.header.get_zooms(), 0.8, rtol=1e-5)
    assert (run / f"{BODY}_res-1mm_desc-disagreement_T2w.nii.gz").exists()


def test_the_viewer_shows_views_methods_and_contradictions(run: Path, page: Page) -> None:
    page.goto((run / f"figures/{BODY}_desc-viewer_T2w.html").as_uri())
    page.locator("body[data-ready=yes]").wait_for()
    assert page.locator("#first option").all_inner_texts() == [
        "mean of the views, cubic",
        "view 1, axial",
        "view 2, sagittal",
        "TV",
        "INR fourier",
        "contradictions of the views, 5 times",
    ]
    assert page.locator("h2").all_inner_texts() == ["mean of the views, cubic", "INR fourier"]
    assert "PSNR in trials" in page.locator(".notes").nth(1).inner_text()


def test_views_are_put_back(run: Path) -> None:
    transform = SimpleITK.Euler3DTransform(
        SimpleITK.ReadTransform(str(run / f"views/{BODY}_acq-sag_T2w_xfm.tfm"))
    )
    placed = read_json(run / f"{BODY}_acq-sag_desc-placed_T2w.json")
    np.testing.assert_allclose(placed["RotationDegrees"], MOTION[:3], atol=0.3)
    np.testing.assert_allclose(placed["TranslationMillimetres"], MOTION[3:], atol=0.2)
    assert np.exp(placed["LogGain"][0]) == pytest.approx(GAIN, rel=0.03)
    assert placed["Sources"] == [f"bids:source:{BODY}_acq-sag_T2w.nii.gz"]
    still = nib.load(run / f"sourcedata/{BODY}_acq-sag_T2w.nii.gz").affine
    moved = nib.load(run / f"{BODY}_acq-sag_desc-placed_T2w.nii.gz").affine
    np.testing.assert_allclose(world_motion(transform) @ moved, still, atol=0.02)


@pytest.mark.parametrize("name", ["trials", "held_out"])
def test_every_method_is_judged_on_the_same_slices(run: Path, name: str) -> None:
    rows = read_rows(run / f"{name}.tsv")
    schema = load_yaml(REPOSITORY / "workflow/schemas/slices.schema.yaml")
    assert list(rows[0]) == schema["required"]
    by_method = {
        method: sorted((row["view"], row["slice"]) for row in rows if row["method"] == method)
        for method in ("fourier", "cubic", "tv")
    }
    assert by_method["fourier"] == by_method["cubic"] == by_method["tv"]
    assert {view for view, _ in by_method["tv"]} == {"sub-01_acq-ax_T2w", "sub-01_acq-sag_T2w"}
    validator = Draft202012Validator(schema)
    for row in rows:
        typed = {key: typed_value(key, text) for key, text in row.items()}
        assert not list(validator.iter_errors(typed)), typed


def test_methods_are_ranked_by_trials(run: Path) -> None:
    ranking = read_rows(run / "tables/ranking.tsv")
    assert {row["method"] for row in ranking} == {"fourier", "cubic", "tv"}
    scores = [float(row["psnr_mean"]) for row in ranking]
    assert scores == sorted(scores, reverse=True)
    assert {row["verdict"] for row in read_rows(run / "tables/paired.tsv")} == {"too few persons"}


def test_golden_numbers(run: Path) -> None:
    rows = read_rows(run / "tables/trial_images.tsv")
    assert not differences("trial_images.tsv", rows, ["image", "method"], {"psnr": 0.2, "ssim": 0.005})


def typed_value(key: str, text: str) -> Any:
    if key in ("image", "subject", "person", "session", "contrast", "method", "recipe", "view") or text in (
        "n/a",
        "inf",
    ):
        return text
    if text in ("True", "False"):
        return text == "True"
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def test_results_are_bids(run: Path) -> None:
    validator = Path(sys.executable).with_name("bids-validator-deno")
    answer = subprocess.run(
        [validator, "--json", str(run)], capture_output=True, text=True, check=False, timeout=120
    )
    issues = json.loads(answer.stdout)["issues"]["issues"]
    assert [issue for issue in issues if issue["severity"] == "error"] == []


def test_pages_say_that_there_is_no_reference(run: Path, page: Page) -> None:
    for path in ("report/sub-01.html", "report/index.html"):
        page.goto((run / path).as_uri())
        text = page.locator("body").inner_text()
        assert "There is no reference" in text and "fourier" in text
    methods = (run / "report/methods.md").read_text()
    assert "slices of 4 mm with a box slice profile" in methods and "[@mattes2003]" in methods
    assert "reference of an image" not in methods


def test_a_recipe_is_evaluated_on_the_grid_of_an_image(
    repository: Path, config: dict[str, Any], data: Path, run: Path
) -> None:
    like = data / f"{BODY}_acq-ax_T2w.nii.gz"
    wanted = config | {"resolutions": [1.0, 0.8, {"image": str(like)}]}
    target = f"results/{BODY}_res-sub01acqaxT2w_desc-fourierseed0_T2w.nii.gz"
    outcome = snakemake(repository, run.parent, target, config=wanted).succeeded()
    assert "localrule train:" not in outcome.output
    found, expected = nib.load(run.parent / target), nib.load(like)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found.affine, expected.affine, atol=1e-4)
    assert np.corrcoef(found.get_fdata().ravel(), expected.get_fdata().ravel())[0, 1] > 0.9
    about = read_json(run.parent / target.replace(".nii.gz", ".json"))
    assert about["Resolution"].startswith("grid of sub-01_acq-ax_T2w.nii.gz")


def test_nothing_is_done_twice_and_the_report_is_made(
    repository: Path, config: dict[str, Any], run: Path
) -> None:
    again = snakemake(repository, run.parent, "-n", config=config)
    assert "Nothing to be done" in again.output
    report = snakemake(repository, run.parent, "--report", "report.html", config=config).succeeded()
    assert "Report created" in report.output
    status = snakemake(repository, run.parent, "status", config=config).succeeded()
    assert "1 done" in status.output


@pytest.mark.parametrize(
    ("changes", "again", "not_again"),
    [
        (
            {"acquired": {"motion": "none"}},
            {"place", "view", "train", "held_out", "trial"},
            {"fetch"},
        ),
        ({"acquired": {"axes": "scanner"}}, {"train", "baseline", "held_out"}, {"place", "view"}),
        ({"acquired": {"field": "union"}}, {"train", "baseline", "held_out"}, {"place", "view"}),
        ({"resolutions": [0.9, 0.8]}, {"train", "held_out"}, {"place", "trial"}),
        ({"acquisition": {"slice_profile": "gaussian"}}, {"place", "train", "baseline"}, {"fetch"}),
        ({"seeds": [1]}, {"train", "held_out", "trial"}, {"place", "baseline"}),
    ],
)
def test_what_changes_a_result_runs_again(
    repository: Path,
    config: dict[str, Any],
    run: Path,
    changes: dict[str, Any],
    again: set[str],
    not_again: set[str],
) -> None:
    changed = config | {
        key: config.get(key, {}) | value if isinstance(value, dict) else value
        for key, value in changes.items()
    }
    jobs = plan(repository, run.parent, config=changed).jobs
    assert again <= jobs.keys() and not not_again & jobs.keys()
    if "seeds" in changes:
        networks, views = jobs["train"], len(config["views"])
        assert (jobs["held_out"], jobs["trial"]) == (networks, views * networks), "and of no baseline"


def test_another_sidecar_places_the_views_again(
    repository: Path, config: dict[str, Any], data: Path, run: Path
) -> None:
    sidecar = data / f"{BODY}_acq-ax_T2w.json"
    before = sidecar.read_text()
    write_json(sidecar, {"SliceThickness": 3.0})
    try:
        snakemake(repository, run.parent, "results/manifest.tsv", config=config).succeeded()
        assert {"place", "train", "held_out"} <= plan(repository, run.parent, config=config).jobs.keys()
    finally:
        sidecar.write_text(before)
        snakemake(repository, run.parent, "results/manifest.tsv", config=config).succeeded()


@pytest.fixture(scope="module")
def spoilt(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Give a run on bodies with a view that cannot be used; tests/views/test_spoilt.py has every way."""
    folder = tmp_path_factory.mktemp("spoilt")
    data = make_dataset(folder / "data", ("elsewhere", "gap"))
    for what in ("elsewhere", "gap"):
        spoil(data, what, what)
    config = from_dataset(data, ACQUIRED)
    outcome = snakemake(repository, folder / "run", "--keep-going", config=config)
    return Run(repository, folder / "run", config, outcome)


@pytest.mark.parametrize("what", ["elsewhere", "gap"])
def test_views_that_cannot_be_used_end_before_any_training(spoilt: Run, what: str) -> None:
    assert spoilt.outcome.code != 0
    # the last words of each job that failed, by its log file
    said = spoilt.outcome.output.split("What failed, by log file:")[1]
    lines = [line for line in said.splitlines() if f"sub-{what}" in line]
    assert any(all(word in line for word in SPOILT[what]) for line in lines), said
    assert not list(spoilt.results.rglob("*.safetensors"))


def test_one_view_alone_is_reconstructed_with_a_warning(repository: Path, data: Path, tmp_path: Path) -> None:
    alone = ACQUIRED | {"views": ACQUIRED["views"][:1], "resolutions": [1.0], "baselines": ["tv"]}
    target = f"results/{BODY}_res-1mm_desc-tv_T2w.nii.gz"
    outcome = snakemake(repository, tmp_path, target, config=from_dataset(data, alone)).succeeded()
    assert "all views are thick along one direction" in outcome.output
    learning = alone | {"recipes": {"self-prior": {}, "fourier": None}}
    refused: Outcome = snakemake(repository, tmp_path, config=from_dataset(data, learning))
    assert refused.code != 0 and "recipes: {self-prior: null}" in refused.output


def test_a_body_that_lacks_a_view_is_named_before_any_image_is_fetched(
    repository: Path, tmp_path: Path
) -> None:
    data = make_dataset(tmp_path / "data", ("01", "02"))
    (data / "sub-02/anat/sub-02_acq-sag_T2w.nii.gz").unlink()
    outcome = snakemake(repository, tmp_path / "run", config=from_dataset(data, ACQUIRED))
    assert outcome.code != 0 and "sub-02 has no T2w image with acq-sag" in outcome.output
    assert not list((tmp_path / "run/results/sourcedata").rglob("*.nii.gz"))


def test_one_network_serves_two_contrasts(repository: Path, tmp_path: Path) -> None:
    data = make_dataset(tmp_path / "data", contrasts=("T1w", "T2w"))
    shared = {"fourier": TINY["recipes"]["fourier"] | {"contrasts": "shared"}, "pretrained": None}
    views = [
        {"entities": {"acq": "ax"}, "contrast": "T1w"},
        {"entities": {"acq": "sag"}, "contrast": "T2w"},
    ]
    both = ACQUIRED | {"recipes": shared, "views": views, "resolutions": [1.0], "baselines": []}
    config = from_dataset(data, both, contrast=["T1w", "T2w"])
    outcome = snakemake(repository, tmp_path / "run", config=config).succeeded()
    assert outcome.output.count("localrule train_shared:") == 1 and "localrule train:" not in outcome.output
    results = tmp_path / "run/results"
    for contrast in ("T1w", "T2w"):
        volume = nib.load(results / f"{BODY}_res-1mm_desc-fourierseed0_{contrast}.nii.gz")
        np.testing.assert_allclose(volume.header.get_zooms(), 1.0, rtol=1e-5)
        record = read_json(results / f"models/{BODY}_desc-fourierseed0_{contrast}.json")
        assert (record["contrast"], record["contrasts"]) == (contrast, ["T1w", "T2w"])
    placed = read_json(results / f"{BODY}_acq-sag_desc-placed_T2w.json")
    np.testing.assert_allclose(placed["RotationDegrees"], MOTION[:3], atol=1.0)
    np.testing.assert_allclose(placed["TranslationMillimetres"], MOTION[3:], atol=0.7)
    trials = read_rows(results / "trials.tsv")
    assert {(row["contrast"], row["view"]) for row in trials} == {
        ("T1w", "sub-01_acq-ax_T1w"),
        ("T2w", "sub-01_acq-sag_T2w"),
    }
    assert [row["contrast"] for row in read_rows(results / "tables/ranking.tsv")] == ["T1w", "T2w"]
    # the other contrast is part of what the network of one is made of
    separate = config | {"recipes": {"fourier": TINY["recipes"]["fourier"], "pretrained": None}}
    jobs = plan(repository, tmp_path / "run", config=separate).jobs
    assert {"train", "held_out", "trial"} <= jobs.keys() and "place" not in jobs
