"""Runs from the first rule to the last: on two real volumes, and on small crops with unusual settings."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
import yaml
from jsonschema import Draft202012Validator
from support.datasets import REAL_T2W, image_paths
from support.golden import GOLDEN, UPDATE, differences
from support.job_code import rules_seen, uncovered
from support.runs import Run, start
from support.snakemake import (
    REPOSITORY,
    TINY,
    files_below,
    from_dataset,
    make_crops,
    merged,
    read_rows,
)

from isospine.models.load import load_model

#: How far the metrics of the full run may be from the golden ones, on any processor.
TOLERANCE = {"psnr": 0.1, "ssim": 0.005, "psnr_karthik2023": 0.1, "ssim_karthik2023": 0.005}

#: Columns and keys that hold times, or what depends on the machine.
VARYING = {"train_seconds", "train_joules", "seconds", "peak_memory_mb"}

REAL = {
    "metrics": {"karthik2023": True},
    "recipes": {
        "pretrained": {"precision": "float32"},
        "self-prior": {"steps": 300, "cells": 20000, "precision": "float32"},
        "population-prior": {
            "width": 32,
            "steps": 50,
            "cells": 20000,
            "population_steps": 200,
            "population_cells": 20000,
            "precision": "float32",
        },
        "fourier": {"epochs": 1, "L": 64, "batch": 1024, "precision": "float32"},
    },
    "ablations": {
        "mapping-size": {"recipe": "fourier", "hyperparameter": "L", "values": [32, 64]},
        "bandwidth": None,
    },
    "seeds": [0],
    "resolutions": ["reference", 0.5],
}

THREE_PLANES = [{"plane": plane, "factor": 2.5} for plane in ("axial", "sagittal", "coronal")]
NOISY = {
    "views": THREE_PLANES,
    "resolutions": ["reference", 0.8],
    "recipes": {"self-prior": {"L": 9, "steps": 20, "cells": 1000, "width": 16, "hidden_layers": 1}},
}

#: What the runs on a crop make: everything but figures.
CROP = "sub-01/ses-a/anat/sub-01_ses-a"
TARGETS = ("results/metrics.tsv", f"results/{CROP}_res-0p8mm_desc-fourierseed0_T2w.nii.gz")

pytestmark = [
    pytest.mark.workflow,
    pytest.mark.skipif(not REAL_T2W.is_dir(), reason="no real volumes"),
]


def sidecar(run: Run, path: str) -> dict[str, Any]:
    return json.loads((run.results / path).read_text())


def grid(run: Run, path: str) -> tuple[list[int], list[float]]:
    """Shape and voxel sizes in mm of a volume."""
    image = nib.load(run.results / path)
    return list(image.shape), np.round(nib.affines.voxel_sizes(image.affine), 4).tolist()


@pytest.fixture(scope="module")
def real(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    config = from_dataset(REAL_T2W, REAL, subjects=["sct1mm", "unf01"])
    return start(repository, tmp_path_factory.mktemp("real"), config)


@pytest.fixture(scope="module")
def crop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_crops(tmp_path_factory.mktemp("crop") / "data", image_paths(["01"], ["a"]))


def same_text(path: Path, text: str) -> bool:
    """Compare with a golden file, or write it if that is asked for."""
    if os.environ.get(UPDATE):
        path.write_text(text)
    return path.read_text() == text


@pytest.mark.slow
def test_what_the_terminal_says(real: Run) -> None:
    """Counts and the time left on the way, and at the end where everything is, with a command that works."""
    output = real.outcome.output
    steps = re.findall(r"^(\d+) of (\d+) steps", output, re.MULTILINE)
    assert steps[-1][0] == steps[-1][1]
    assert re.search(r"^About \d+ (s|min|h)\b.* left, until \w+ \d\d:\d\d\.$", output, re.MULTILINE)
    assert re.search(r"^2 images, 5 network settings and 5 baselines, in \d.*\.$", output, re.MULTILINE)
    places = dict(re.findall(r"^(Look first at|All numbers|For the report): +(.+)$", output, re.MULTILINE))
    assert (real.directory / places["Look first at"]).exists()
    assert (real.directory / places["All numbers"]).exists()
    _, _, warnings = output.partition("Warnings of jobs, and their logs:")
    # the background of one of the real volumes was set to zero
    assert "79 of its 131 slices across array axis 0 hold one value only" in warnings
    assert len(re.findall(r"\(results/logs/\S+[.]log", warnings)) == 1, "there is no other warning"
    assert re.search(r"^Provided resources: .*\bmem_mb\b", output, re.MULTILINE), "jobs share the memory"
    assert shlex.split(places["For the report"])[1:] == [
        *("--report", "report.html", "--snakefile", str(real.repository / "Snakefile")),
        *("--configfile", "overlay.yaml"),
    ]


@pytest.mark.slow
def test_the_code_of_a_job_is_what_it_uses(real: Run) -> None:
    """Every job, so that no edit of the library leaves a result that it would change."""
    assert not list(uncovered(real.witnessed))
    assert {"train", "reconstruct", "baseline", "evaluate", "methods", "figure_viewer"} <= rules_seen(
        real.witnessed
    )


@pytest.mark.slow
def test_golden_paths(real: Run) -> None:
    paths = files_below(real.results)
    assert not [path for path in paths if "/.writing-" in path], "nothing half-written"
    assert same_text(GOLDEN / "paths.txt", "\n".join(paths) + "\n"), "\n".join(
        sorted(set(paths) ^ set((GOLDEN / "paths.txt").read_text().split()))
    )


@pytest.mark.slow
def test_golden_numbers(real: Run) -> None:
    rows = read_rows(real.results / "metrics.tsv")
    assert not differences("metrics.tsv", rows, ["image", "method", "region"], TOLERANCE)


def typed(row: dict[str, str], properties: dict[str, Any]) -> dict[str, Any]:
    """Give the values of a row their types, those of the schema's strings staying as they are."""
    values = {}
    for key, text in row.items():
        is_text = properties.get(key, {}).get("type") == "string"
        values[key] = text if is_text else {"True": True, "False": False}.get(text, number(text))
    return values


def number(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def schema_errors(table: Path) -> Iterator[str]:
    schema = yaml.safe_load((REPOSITORY / "workflow" / "schemas" / "metrics.schema.yaml").read_text())
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for row in read_rows(table):
        yield from (error.message for error in validator.iter_errors(typed(row, schema["properties"])))


@pytest.mark.slow
def test_rows_of_metrics(real: Run) -> None:
    assert not list(schema_errors(real.results / "metrics.tsv"))
    rows = read_rows(real.results / "metrics.tsv")
    assert {(row["subject"], row["region"]) for row in rows} == {
        (subject, region) for subject in ("sct1mm", "unf01") for region in ("whole", "mask", "cord")
    }
    whole = {row["method"]: row["L"] for row in rows if row["region"] == "whole"}
    assert (
        whole.items()
        >= {"fourier": "64", "fourier-L-32": "32", "self-prior": "49", "pretrained": "n/a"}.items()
    )
    # both images show bodies that the weights learned from
    assert {row["body_seen"] != "n/a" for row in rows if row["method"] == "pretrained"} == {True}
    assert {row["body_seen"] for row in rows if row["method"] != "pretrained"} == {"n/a"}


@pytest.mark.slow
def test_second_run_does_nothing(real: Run, capsys: pytest.CaptureFixture[str]) -> None:
    second = real.again().succeeded()
    assert "Nothing to be done" in second.output
    assert "Look first at:   results/report/index.html" in second.output
    with capsys.disabled():
        print(f"\nfull run on two volumes: {real.outcome.seconds:.1f} s; second run: {second.seconds:.1f} s")


@pytest.mark.slow
def test_results_are_bids(real: Run) -> None:
    validator = Path(sys.executable).with_name("bids-validator-deno")
    answer = subprocess.run(
        [validator, real.results, "--format", "json"], capture_output=True, text=True, check=False
    )
    issues = json.loads(answer.stdout)["issues"]["issues"]
    assert not [issue for issue in issues if issue["severity"] == "error"]


@pytest.mark.slow
def test_sidecars(real: Run) -> None:
    image = "sub-unf01/anat/sub-unf01"
    reference = sidecar(real, f"{image}_desc-reference_T2w.json")
    assert reference["Sources"] == ["bids:source:sub-unf01/anat/sub-unf01_T2w.nii.gz"]
    assert (reference["OriginalShape"], reference["CropShape"]) == ([131, 141, 16], [130, 141, 15])
    assert reference["CropStart"] == [0, 0, 0]
    for plane, shape in {"axial": [130, 141, 3], "sagittal": [26, 141, 15]}.items():
        view = sidecar(real, f"{image}_desc-{plane}5_T2w.json")
        assert view["Sources"] == [f"bids::{image}_desc-reference_T2w.nii.gz"]
        assert [view["SliceThickness"], view["SpacingBetweenSlices"]] == pytest.approx([5, 5], abs=1e-5)
        assert (view["SliceProfile"], view["Plane"], view["Factor"]) == ("box", plane, 5)
        assert grid(real, f"{image}_desc-{plane}5_T2w.nii.gz")[0] == shape
    coarse = sidecar(real, f"{image}_res-reference_desc-fourierL32seed0_T2w.json")
    assert coarse["Sources"] == [f"bids::models/{image}_desc-fourierL32seed0_T2w.safetensors"]
    assert coarse["Resolution"].startswith("grid of the reference")
    baseline = sidecar(real, f"{image}_res-reference_desc-tv_T2w.json")
    assert baseline["Sources"] == [
        f"bids::{image}_desc-{plane}5_T2w.nii.gz" for plane in ("axial", "sagittal")
    ]
    assert grid(real, f"{image}_res-reference_desc-tv_T2w.nii.gz") == ([130, 141, 15], [1, 1, 1])
    assert grid(real, f"{image}_res-0p5mm_desc-fourierseed0_T2w.nii.gz") == ([260, 282, 30], [0.5, 0.5, 0.5])


@pytest.mark.slow
def test_dataset_description(real: Run) -> None:
    description = sidecar(real, "dataset_description.json")
    assert description["DatasetType"] == "derivative"
    assert description["GeneratedBy"][0].keys() >= {"Name", "Version", "CodeURL"}
    assert [source["Version"] for source in description["SourceDatasets"]] == ["unversioned"]
    assert description["DatasetLinks"] == {"source": REAL_T2W.as_uri()}
    labels = {row["desc_id"] for row in read_rows(real.results / "descriptions.tsv")}
    volumes = [
        path for path in files_below(real.results) if path.endswith("_T2w.nii.gz") and "_desc-" in path
    ]
    used = {path.split("_desc-")[1].split("_")[0] for path in volumes}
    assert {f"desc-{label}" for label in used} <= labels


@pytest.mark.slow
def test_model_files_are_self_contained(real: Run, tmp_path: Path) -> None:
    name = "sub-sct1mm/anat/sub-sct1mm_desc-fourierL32seed0_T2w"
    shutil.copy(real.results / "models" / f"{name}.safetensors", tmp_path / "model.safetensors")
    model = load_model(tmp_path / "model.safetensors")
    assert model.frequencies is not None and model.frequencies.shape == (32, 3)
    written = nib.load(
        real.results / "sub-sct1mm/anat/sub-sct1mm_res-reference_desc-fourierL32seed0_T2w.nii.gz"
    )
    np.testing.assert_allclose(
        model.reconstruct(model.grid), np.asarray(written.dataobj), rtol=1e-4, atol=0.05
    )
    record = sidecar(real, f"models/{name}.json")
    assert record["hyperparameters"]["L"] == 32 and record["train_seconds"] > 0
    curve = read_rows(real.results / "models" / f"{name}.tsv")
    assert [row["epoch"] for row in curve] == ["1"]


@pytest.mark.slow
def test_population_prior_never_sees_the_subject_under_test(real: Run) -> None:
    """Audit the records, and the inputs that Snakemake itself wrote down."""
    subjects = {"sub-sct1mm", "sub-unf01"}
    for subject in subjects:
        stem = f"models/{subject}/anat/{subject}_desc-populationpriorseed0_T2w"
        record = sidecar(real, f"{stem}.json")
        assert record["population"] == sorted(subjects - {subject})
        assert (
            load_model(real.results / f"{stem}.safetensors").provenance["population"] == record["population"]
        )
        inputs = real.again("--detailed-summary", f"results/{stem}.json").output
        line = next(line for line in inputs.splitlines() if line.startswith(f"results/{stem}.json"))
        used = [path for path in line.replace(",", "\t").split("\t") if "desc-reference" in path]
        assert used and not [path for path in used if subject in path]


@pytest.fixture(scope="module")
def noisy(repository: Path, crop: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    acquisition = {"acquisition": {"sampling": "point", "noise": 0.02}}
    config = from_dataset(crop, TINY, NOISY, acquisition)
    return start(repository, tmp_path_factory.mktemp("noisy"), config, *TARGETS)


@pytest.mark.nightly
@pytest.mark.slow
def test_point_sampling_noise_and_three_views(noisy: Run) -> None:
    rows = read_rows(noisy.results / "metrics.tsv")
    assert {(row["sampling"], row["noise"], row["session"]) for row in rows} == {("point", "0.02", "a")}
    assert all(float(row["psnr"]) > 10 for row in rows)
    assert not list(schema_errors(noisy.results / "metrics.tsv"))
    view = sidecar(noisy, f"{CROP}_desc-coronal2p5_T2w.json")
    assert (view["SliceProfile"], view["RicianNoiseSigma"], view["SliceThickness"]) == ("point", 0.02, 2.5)


@pytest.mark.slow
def test_overlay_of_three_views(repository: Path, crop: Path, tmp_path: Path) -> None:
    overlay = yaml.safe_load((REPOSITORY / "config" / "three-views.yaml").read_text())
    small = {
        "irem2021": {"epochs": 4, "width": 48, "batch": 128},
        "self-prior": NOISY["recipes"]["self-prior"],
    }
    others = {"baselines": ["linear"], "recipes": overlay["recipes"] | small}
    config = from_dataset(crop, overlay, others, {"acquisition": {"slice_profile": "gaussian"}})
    run = start(repository, tmp_path, config, TARGETS[0])
    whole = [row for row in read_rows(run.results / "metrics.tsv") if row["region"] == "whole"]
    assert {row["method"]: row["skip_every"] for row in whole} == {
        "irem2021": "6",
        "pretrained": "n/a",
        "self-prior": "n/a",
        "linear": "n/a",
    }
    assert all(float(row["psnr"]) > 14 for row in whole)
    assert not list(schema_errors(run.results / "metrics.tsv"))
    for plane in ("axial", "sagittal", "coronal"):
        view = sidecar(run, f"{CROP}_desc-{plane}5_T2w.json")
        assert (view["Plane"], view["SliceProfile"]) == (plane, "gaussian")
    prior = load_model(run.results / "models" / f"{CROP}_desc-selfpriorseed0_T2w.safetensors")
    assert len(prior.networks) == 3


@pytest.mark.slow
def test_same_bytes_in_two_folders(noisy: Run, tmp_path: Path) -> None:
    one, two = noisy, start(noisy.repository, tmp_path / "two and a half", noisy.config, *TARGETS)
    paths = [path for path in files_below(one.results) if not path.startswith("logs/")]
    assert paths == [path for path in files_below(two.results) if not path.startswith("logs/")]
    compared = [
        path for path in paths if path.endswith((".nii.gz", ".safetensors")) or path.startswith("sub-")
    ]
    assert len(compared) > 15
    for path in compared:
        assert (one.results / path).read_bytes() == (two.results / path).read_bytes(), path
    record = f"models/{CROP}_desc-fourierseed0_T2w.json"
    assert without_times(sidecar(one, record)) == without_times(sidecar(two, record))
    curve = record.replace(".json", ".tsv")
    for table in ("metrics.tsv", curve, "manifest.tsv"):
        rows = [[without_times(row) for row in read_rows(run.results / table)] for run in (one, two)]
        assert rows[0] == rows[1] and rows[0]


def without_times(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in VARYING}


@pytest.mark.slow
def test_run_without_networks(simulated_run: Run, tmp_path: Path) -> None:
    run = simulated_run.copy(tmp_path)
    config = merged(run.config, {"recipes": {"fourier": None}, "ablations": {"mapping-size": None}})
    run.again("results/metrics.tsv", config=config).succeeded()
    assert {row["method"] for row in read_rows(run.results / "metrics.tsv")} == {"linear", "cubic", "tv"}
    assert not list(schema_errors(run.results / "metrics.tsv"))
