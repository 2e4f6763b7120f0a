"""What runs again and what does not: after a change, and in another folder that shares a cache."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.datasets import REAL_T2W, image_paths
from support.runs import METRICS, SIMULATED, Run
from support.snakemake import (
    TINY,
    Outcome,
    contents,
    copy_repository,
    executed,
    from_dataset,
    make_crops,
    merged,
    plan,
    snakemake,
    targets,
)

#: Every job on the way to the metrics that depends on the views, of two images with two values of L and three baselines.
FROM_VIEWS = {
    "view": 4,
    "record_views": 2,
    "train": 4,
    "reconstruct": 4,
    "baseline": 6,
    "evaluate": 10,
    "metrics": 1,
}


FROM_TRAINING = {"train": 4, "reconstruct": 4, "evaluate": 4, "metrics": 1}


pytestmark = [pytest.mark.workflow, pytest.mark.skipif(not REAL_T2W.is_dir(), reason="no real volumes")]


def recipe(**changed: Any) -> dict[str, Any]:
    return {"recipes": {"fourier": TINY["recipes"]["fourier"] | changed}}


def sizes(*values: int) -> dict[str, Any]:
    return {"ablations": {"mapping-size": SIMULATED["ablations"]["mapping-size"] | {"values": list(values)}}}


def noise(sigma: float) -> dict[str, Any]:
    return {"acquisition": {"noise": sigma}}


# --- reruns ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def finished(simulated_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Give a finished run with a repository of its own, of which the tests plan what would run again."""
    return simulated_run.copy(tmp_path_factory.mktemp("finished"), own_repository=True)


def planned(run: Run, *changes: dict[str, Any], target: str = METRICS) -> Outcome:
    return run.plan(target, config=merged(run.config, *changes)).succeeded()


@pytest.mark.slow
def test_nothing_changed(finished: Run) -> None:
    assert "Nothing to be done" in planned(finished).output


CHANGES: dict[str, tuple[list[dict[str, Any]], dict[str, int]]] = {
    "another value of L": ([sizes(8, 24)], {"train": 2, "reconstruct": 2, "evaluate": 2, "metrics": 1}),
    "another bandwidth": ([recipe(bandwidth=0.05)], FROM_TRAINING),
    "noise": ([noise(0.02)], FROM_VIEWS),
    "another slice profile": ([{"acquisition": {"slice_profile": "gaussian"}}], FROM_VIEWS),
    "another factor": (
        [{"views": [{"plane": "axial", "factor": 5}, {"plane": "sagittal", "factor": 4}]}],
        # the sagittal view has a new name, and the axial one is of another crop
        FROM_VIEWS | {"reference": 2, "cord_mask": 1},
    ),
    "one more view": (
        [{"views": [{"plane": plane, "factor": 5} for plane in ("axial", "sagittal", "coronal")]}],
        FROM_VIEWS | {"reference": 2, "cord_mask": 1, "view": 6},
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_change_of_the_configuration(finished: Run, change: str) -> None:
    changes, expected = CHANGES[change]
    assert planned(finished, *changes).jobs == expected


#: Jobs that run again after an edit; tests/jobs/test_code.py names the scripts that depend on further modules.
EDITS: dict[str, dict[str, int]] = {
    "src/isospine/evaluation/metrics.py": {"evaluate": 10, "metrics": 1},
    "src/isospine/solvers/interpolation.py": FROM_TRAINING | {"baseline": 6, "evaluate": 10},
    "src/isospine/models/coordinate/train.py": FROM_TRAINING,
    "workflow/scripts/evaluate.py": {"evaluate": 10, "metrics": 1},
    "workflow/scripts/view.py": FROM_VIEWS,
    "workflow/rules/common.smk": {},
}


@pytest.mark.parametrize("path", EDITS)
def test_edit_of_the_code(finished: Run, path: str) -> None:
    file = finished.repository / path
    before, times = file.read_bytes(), file.stat()
    try:
        file.write_bytes(before + b"\n# a comment\n")
        assert planned(finished).jobs == EDITS[path]
    finally:
        file.write_bytes(before)
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))  # Snakemake looks at the time of a script


@pytest.mark.slow
def test_edit_runs_again_and_is_done(finished: Run) -> None:
    file = finished.repository / "src" / "isospine" / "evaluation" / "metrics.py"
    model = finished.directory / "results" / "models" / "sub-01/anat/sub-01_desc-fourierseed0_T2w.json"
    before = model.read_bytes()
    file.write_text(file.read_text() + "\n# a comment\n")
    target = "results/metrics/sub-01/anat/sub-01_desc-fourierseed0_T2w.tsv"
    assert finished.again(target).succeeded().jobs == {"evaluate": 1}
    assert "Nothing to be done" in planned(finished, target=target).output
    assert model.read_bytes() == before


VIEWS = targets(["axial5", "sagittal5"], kind="desc")


RECONSTRUCTIONS = targets(["fourierseed0", "linear"])


class Cached:
    """Folders that share a cache, each with a repository, a dataset and results of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cache = folder / "cache"
        self.cache.mkdir()
        self.data = make_crops(folder / "data", image_paths(["01", "02"]))

    def run(
        self, name: str, wanted: list[str], *changes: dict[str, Any], edit: str = ""
    ) -> tuple[Path, dict[str, int]]:
        """Run in a folder, made anew if it is not there; give its results and the jobs that ran."""
        place = self.folder / name
        if not place.exists():
            copy_repository(place / "isospine")
            shutil.copytree(self.data, place / "data")
        if edit:
            with (place / "isospine" / edit).open("a") as file:
                file.write("\n# a comment\n")
        config = from_dataset(place / "data", TINY, *changes)
        outcome = snakemake(
            place / "isospine",
            place / "work",
            *wanted,
            "--cache",
            config=config,
            environment={"SNAKEMAKE_OUTPUT_CACHE": str(self.cache)},
        )
        self.outcome = outcome.succeeded()
        return place / "work" / "results", executed(outcome.output)

    def entries(self) -> set[str]:
        """Give the names of stored files, without those of their checksums."""
        return {path.name for path in self.cache.iterdir() if path.suffix != ".sha256"}


def in_common(one: Path, other: Path, pattern: str) -> set[bytes]:
    """Give the contents that files of both have, of the same names or not."""
    first, second = (set(contents(results, pattern).values()) for results in (one, other))
    assert first and second
    return first & second


@pytest.fixture(scope="module")
def cached(tmp_path_factory: pytest.TempPathFactory) -> Cached:
    return Cached(tmp_path_factory.mktemp("cached"))


#: Two subjects and two seeds, the self-supervised prior and the cord of one.
ALL = [
    *targets(["fourierseed0", "fourierseed1", "linear"], ["01", "02"]),
    *targets(["selfpriorseed0"]),
    "results/sub-01/anat/sub-01_label-SC_desc-T2w_mask.nii.gz",
]


PRIOR = {"recipes": {"self-prior": {"L": 9, "steps": 20, "cells": 1000, "width": 16, "hidden_layers": 1}}}


BOTH = (PRIOR, {"seeds": [0, 1]})


@pytest.fixture(scope="module")
def first(cached: Cached) -> Path:
    results, ran = cached.run("first", ALL, *BOTH)
    assert (ran["train"], ran["reconstruct"]) == (5, 5)
    return results


@pytest.mark.slow
def test_cache_tells_subjects_and_seeds_apart(first: Path) -> None:
    for pattern in (r"desc-fourier.*\.safetensors$", r"res-reference_desc-fourier.*\.nii\.gz$"):
        found = contents(first, pattern)
        assert len(found) == len(set(found.values())) == 4
    records = [json.loads(text) for text in contents(first, r"models/.*fourier.*\.json$").values()]
    assert {(record["image"], record["seed"]) for record in records} == {
        (image, seed) for image in ("sub-01", "sub-02") for seed in (0, 1)
    }


@pytest.mark.slow
def test_second_folder_takes_all_from_the_cache(cached: Cached, first: Path) -> None:
    before = cached.entries()
    second, ran = cached.run("second folder", ALL, *BOTH)
    assert ran == {"clone": 1, "index": 1}
    assert cached.entries() == before
    made = r"^(models/|sub-|sourcedata/sub-)"
    assert contents(second, made) == contents(first, made), "the records too, with their times"
    place = second.parents[1]
    config = from_dataset(place / "data", TINY, *BOTH)
    again = plan(place / "isospine", place / "work", *ALL, config=config).succeeded()
    assert "Nothing to be done" in again.output


@pytest.mark.slow
def test_cache_tells_settings_apart(cached: Cached, first: Path) -> None:
    size, ran = cached.run("other", RECONSTRUCTIONS, recipe(L=12))
    assert ran == {"clone": 1, "index": 1, "train": 1, "reconstruct": 1}
    assert not in_common(first, size, r"\.safetensors$")
    # in the same folder, whose files are links into the cache
    held = contents(cached.cache, ".")
    noisy, ran = cached.run("other", RECONSTRUCTIONS, recipe(L=12), noise(0.02))
    assert ran == {"view": 2, "record_views": 1, "train": 1, "reconstruct": 1, "baseline": 1}
    assert held.items() <= contents(cached.cache, ".").items(), "nothing is written through a link"
    for pattern in (r"desc-(axial|sagittal)5_T2w\.nii", r"desc-linear_T2w\.nii", r"\.safetensors$"):
        assert not in_common(first, noisy, pattern)
    noisier, ran = cached.run("noisier", VIEWS, noise(0.04))
    assert ran == {"clone": 1, "index": 1, "view": 2}
    assert not in_common(noisy, noisier, r"desc-(axial|sagittal)5_T2w\.nii")


@pytest.mark.slow
def test_cache_knows_the_code(cached: Cached, first: Path) -> None:
    before = cached.entries()
    edited, ran = cached.run("edited", RECONSTRUCTIONS, edit="src/isospine/models/coordinate/train.py")
    assert ran == {"clone": 1, "index": 1, "train": 1, "reconstruct": 1}
    assert len(cached.entries() - before) == 3 + 2, "model, curve and record; image and sidecar"
    assert in_common(first, edited, r"\.safetensors$"), "a comment changes no result"


@pytest.mark.slow
def test_cache_knows_the_code_of_the_prior(cached: Cached, first: Path) -> None:
    """No job of a coordinate network uses it."""
    before = cached.entries()
    wanted = [*RECONSTRUCTIONS, *targets(["selfpriorseed0"])]
    edited, ran = cached.run("edited prior", wanted, *BOTH, edit="src/isospine/models/prior/restore.py")
    assert ran == {"clone": 1, "index": 1, "train": 1, "reconstruct": 1}
    assert len(cached.entries() - before) == 3 + 2, "model, curve and record; image and sidecar"
    assert in_common(first, edited, r"desc-selfprior.*\.safetensors$"), "a comment changes no result"


def change_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


#: What can happen to a stored file, each to all files of one ending.
DAMAGE: dict[str, Callable[[Path], object]] = {
    ".nii.gz": change_a_byte,
    ".json": lambda path: path.write_bytes(path.read_bytes()[:-10]),
    ".tsv": lambda path: path.write_bytes(b""),
    ".safetensors": lambda path: path.with_name(f"{path.name}.sha256").unlink(),
}


@pytest.mark.slow
@pytest.mark.fault
@pytest.mark.nightly
@pytest.mark.parametrize(
    "ending", [pytest.param(".nii.gz", marks=pytest.mark.smoke), ".json", ".tsv", ".safetensors"]
)
def test_damaged_entries_are_made_again(cached: Cached, ending: str) -> None:
    source, _ = cached.run("source", RECONSTRUCTIONS)
    good = contents(source, r"^(models/|sub-).*(nii\.gz|safetensors)$")
    stored = {path.resolve() for path in source.rglob(f"*{ending}") if path.resolve().parent == cached.cache}
    assert stored
    for path in stored:
        DAMAGE[ending](path)
    again, _ = cached.run(f"beside damaged {ending}", RECONSTRUCTIONS)
    assert contents(again, r"^(models/|sub-).*(nii\.gz|safetensors)$") == good
    assert contents(source, r"^(models/|sub-).*(nii\.gz|safetensors)$") == good, (
        "mended through the links too"
    )
    assert cached.outcome.output.count("does not have the checksum") >= 1
    _, ran = cached.run(f"after damaged {ending}", RECONSTRUCTIONS)
    assert ran == {"clone": 1, "index": 1}
