"""A run as the methods section of a report is told of it."""

from typing import Any

from isospine.recipes.catalogue import known_recipes
from isospine.report.methods.text import methods_paragraphs

DATASET: dict[str, Any] = {
    "kind": "datalad", "source": "/home/someone/spines", "name": "spines", "licence": "CC0", "doi": "10.1/2",
    "version": "r1", "commit": "abc123", "datalad_id": None,
}  # fmt: skip


SETTINGS: dict[str, Any] = {
    "dataset": {"version": "r1", "contrast": "T2w", "subjects": "all", "exclude": [], "keep": True},
    "views": [{"plane": "axial", "factor": 5}],
    "acquisition": {"sampling": "profile", "slice_profile": "box", "noise": 0.0},
    "metrics": {"karthik2023": False, "fixed_point": []},
    "ablations": {"size": {"recipe": "fourier", "hyperparameter": "L", "values": [8, 16]}, "other": None},
    "seeds": [0, 1],
    "baselines": ["linear", "tv"],
}


ENVIRONMENT = {"isospine": "0.1.0", "snakemake": "9.1", "scikit-image": "0.25"}


SIDECARS: list[dict[str, Any]] = [
    {"Plane": "axial", "Factor": 5, "SliceThickness": 4.0, "SliceProfile": "box"},
    {"Plane": "axial", "Factor": 5, "SliceThickness": 5.0, "SliceProfile": "box"},
    {"Plane": "sagittal", "Factor": 2.5, "SliceThickness": 2.0, "SliceProfile": "box"},
]


def record(recipe: str, method: str | None = None, image: str = "sub-01", **changes: Any) -> dict[str, Any]:
    return {
        "image": image, "contrast": "T2w", "method": method or recipe, "recipe": recipe, "seed": 0,
        "software": {"python": "3.11", "isospine": "0.1.0", "numpy": "2.4", "scipy": "1.17", "torch": "2.13"},
        "hyperparameters": known_recipes()[recipe] | changes, "train_seconds": 12.0, "parameters": 4321, "weights": "0a1b2c",
        "threads": 1, "device": "cpu",
    }  # fmt: skip


def paragraphs_of(*records: dict[str, Any], **others: Any) -> list[str]:
    arguments: dict[str, Any] = {
        "dataset": DATASET, "records": records or [record("fourier")], "views": SIDECARS, "settings": SETTINGS,
        "left_out": [], "cord": True, "environment": ENVIRONMENT,
    }  # fmt: skip
    return methods_paragraphs(**(arguments | others))
