"""Configurations that cannot be run: each is refused with the culprit and the remedy, before any job."""

from pathlib import Path
from typing import Any

import pytest
from support.datasets import image_paths, refuses
from support.plans import make_run
from support.snakemake import TINY

BAD: dict[str, tuple[dict[str, Any], list[str]]] = {
    "unknown section": ({"datasett": {}}, ["unknown key 'datasett'", "did you mean dataset?"]),
    "unknown key": (
        {"acquisition": {"nois": 0.1}},
        ["acquisition", "unknown key 'nois'", "did you mean noise?"],
    ),
    "wrong type": ({"seeds": "zero"}, ["seeds", '"zero"', "expected", "integers"]),
    "wrong type below": (
        {"recipes": {"fourier": {"epochs": "two"}}},
        ["recipes.fourier.epochs", '"two"', "expected a whole number"],
    ),
    "no frequencies": ({"recipes": {"fourier": {"L": 0}}}, ["recipes.fourier.L", "0", "from 1 to 8192"]),
    "no frequencies in an ablation": (
        {"ablations": {"sizes": {"recipe": "fourier", "hyperparameter": "L", "values": [8, 0]}}},
        ["ablations.sizes.values.1", "0", "from 1 to 8192"],
    ),
    "factor of one": (
        {"views": [{"plane": "axial", "factor": 1}]},
        ["views.0.factor", "1", "above 1, up to 8"],
    ),
    "no views": ({"views": []}, ["views", "expected", "{plane, factor}"]),
    "two views of a plane": (
        {"views": [{"plane": "axial", "factor": factor} for factor in (4, 5)]},
        ["views.1.plane", "a second axial view", "remove"],
    ),
    "unknown plane": (
        {"views": [{"plane": "oblique", "factor": 5}]},
        ["views.0.plane", "oblique", "axial, sagittal, coronal"],
    ),
    "unknown recipe": (
        {"recipes": {"siren": {}}},
        ["recipes.siren", "unknown recipe", "fourier", "karthik2023"],
    ),
    "unknown recipe of an ablation": (
        {"ablations": {"sizes": {"recipe": "siren", "hyperparameter": "L", "values": [8]}}},
        ["ablations.sizes.recipe", "'siren'", "fourier"],
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_configuration(tmp_path: Path, case: str) -> None:
    change, words = BAD[case]
    with refuses(*words):
        make_run(tmp_path, image_paths(["01"]), TINY, change)
