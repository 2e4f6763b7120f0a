"""Foresee the manifest of a run, for a plan: the dataset is indexed as the run will do it, and nothing is left of that."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from isospine.dataset.clone import clone_dataset, dataset_root
from isospine.dataset.demo.dataset import make_demo_dataset
from isospine.dataset.index import describe_geometry, index_dataset
from isospine.dataset.manifest import ABSENT, GEOMETRY, write_manifest
from isospine.dataset.source import DEMO
from isospine.plan.population import check_others
from isospine.plan.segmentations import takes_soft_labels


def foresee_manifest(
    config: Mapping[str, Any], contrasts: Sequence[str], population: Sequence[str], manifest: Path
) -> None:
    """Write the manifest that a run on a local dataset will have.

    Parameters
    ----------
    config : mapping
        A checked configuration.
    contrasts : sequence of str
        Those of the run.
    population : sequence of str
        Recipes that learn from images of other persons.
    manifest : Path
        The table to write.

    Raises
    ------
    InputError
        As the steps that clone and index the dataset.
    """
    dataset, views = config["dataset"], config["views"]
    acquired = "entities" in views[0]
    with TemporaryDirectory(prefix="isospine-") as place:
        source = dataset["source"]
        if source == DEMO:
            source = str(Path(place, "demo"))
            make_demo_dataset(Path(source))
        clone = Path(place, "dataset")
        root = dataset_root(clone_dataset(source, dataset["version"], clone), clone)
        table = index_dataset(
            root,
            contrasts,
            dataset["subjects"],
            dataset["exclude"],
            views if acquired else [],
            dataset.get("persons"),
            config.get("earlier") if acquired else None,
            dataset.get("sessions", "all"),
            acquired and takes_soft_labels(config),
        )
        table[GEOMETRY] = [
            _geometry(row, Path(source), dataset["version"]) for row in table.to_dict("records")
        ]
    check_others(dict(zip(table["image"], table["person"], strict=True)), population)
    write_manifest(table, manifest)


def _geometry(row: Mapping[Any, str], source: Path, version: str | None) -> list[str]:
    """Geometry of an image; of one that is annexed too, where the dataset itself has it."""
    known = [row[name] for name in GEOMETRY]
    file = source / row["path"]
    looked_for = ABSENT in known and version is None and file.is_file()
    return describe_geometry(file, None) if looked_for else known
