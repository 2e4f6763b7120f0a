"""Plans of runs without Snakemake: the manifest of images that are nowhere, and a configuration."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from support.datasets import image_paths
from support.snakemake import REPOSITORY, TINY, from_dataset

from isospine.dataset.manifest import MANIFEST_COLUMNS
from isospine.io.yaml import load_yaml
from isospine.plan.acquired import Acquired
from isospine.plan.check import Config, check_config
from isospine.plan.grids import check_target_images
from isospine.plan.modes import plan_run
from isospine.plan.recipes import use_present_names
from isospine.plan.simulated import Simulated
from isospine.plan.views import COLUMN_OF

SCHEMA = load_yaml(REPOSITORY / "workflow/schemas/config.schema.yaml")
SHIPPED = load_yaml(REPOSITORY / "config/config.yaml")

#: Two views that a scanner acquired, on a grid of 1 mm and on a finer one.
ACQUIRED: dict[str, Any] = TINY | {
    "views": [{"entities": {"acq": "ax"}}, {"entities": {"acq": "sag"}}],
    "resolutions": [1.0, 0.8],
    "baselines": ["cubic", "tv"],
}

#: Jobs of one image without a segmentation, with the settings TINY, on the way to metrics.tsv.
PER_IMAGE = {
    "fetch": 1,
    "reference": 1,
    "view": 2,
    "record_views": 1,
    "train": 1,
    "reconstruct": 1,
    "baseline": 1,
    "evaluate": 2,
}


class Wildcards(dict[str, str]):
    """Wildcards of a job, as rules have them: attributes too."""

    def __getattr__(self, name: str) -> str:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def merge(config: Config, overlay: Config) -> Config:
    """Lay one configuration over another as Snakemake does: mappings merge, everything else replaces."""
    merged = dict(config)
    for key, value in overlay.items():
        old = merged.get(key)
        merged[key] = merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def manifest_row(path: str, **known: str) -> dict[str, str]:
    """Give the row of an image whose content is not there; further columns as they are known."""
    name = PurePosixPath(path).name.removesuffix(".nii.gz")
    *labels, contrast = name.split("_")
    columns = {"sub": "subject"} | COLUMN_OF
    row = dict.fromkeys(MANIFEST_COLUMNS, "n/a") | {
        columns[key]: value for key, value in (label.split("-") for label in labels)
    }
    whose = {"image": "_".join(labels), "person": row["subject"]}
    return row | whose | {"contrast": contrast, "path": path} | known


def write_rows(path: Path, rows: Iterable[Mapping[str, str]]) -> Path:
    """Write a manifest of such rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, MANIFEST_COLUMNS, delimiter="\t", lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    return path


def make_run(
    folder: Path,
    rows: Iterable[Mapping[str, str] | str],
    *changes: dict[str, Any],
    left_out: Iterable[str] = (),
    **dataset: Any,
) -> Simulated | Acquired:
    """Plan a run over the shipped configuration, as the Snakefile does.

    Parameters
    ----------
    folder : Path
        Where the manifest is written.
    rows : iterable
        Rows of the manifest, or paths of images.
    *changes : dict
        Overlays.
    left_out : iterable of str
        Names of images that the run goes on without.
    **dataset
        Keys of `dataset`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "data"
    config = merge(SHIPPED, from_dataset(source, *changes, **dataset))
    use_present_names(config)
    check_config(config, SCHEMA)
    check_target_images(config, folder)
    listed = [manifest_row(row) if isinstance(row, str) else row for row in rows]
    manifest = write_rows(folder / "manifest.tsv", listed)
    gone = {name: ("it failed", "its.log") for name in left_out}
    return plan_run(config, SCHEMA, {"kind": "plain"}, gone, lambda: manifest)


def simulated(folder: Path, rows: Iterable[Any], *changes: dict[str, Any], **more: Any) -> Simulated:
    """Plan a run on simulated views."""
    run = make_run(folder, rows, *changes, **more)
    assert isinstance(run, Simulated)
    return run


def acquired(
    folder: Path,
    subjects: Iterable[str] = ("01",),
    *changes: dict[str, Any],
    contrasts: Iterable[str] = ("T2w",),
    **more: Any,
) -> Acquired:
    """Plan a run on pairs of acquired views."""
    paths = image_paths(list(subjects), acquisitions=["ax", "sag"], contrasts=list(contrasts))
    run = make_run(folder, paths, ACQUIRED, *changes, contrast=list(contrasts), **more)
    assert isinstance(run, Acquired)
    return run


def jobs(run: Simulated | Acquired) -> dict[str, int]:
    """Count the planned jobs of each rule, without those of the dataset and of the report."""
    counts = {rule: len(list(run.runs(step))) for rule, step in run.steps.items() if step.cost}
    return {rule: count for rule, count in counts.items() if count and not rule.startswith("figure_")}
