"""The images of the run, as the manifest lists them."""

import csv
from functools import cache
from pathlib import PurePosixPath


@cache
def read_rows(manifest, changed, all_images):
    """Rows of one state of the manifest; asked for by every job of a plan, so read once."""
    with open(manifest, encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return {
        str(PurePosixPath(row["path"]).with_name(row["image"])): row
        for row in rows
        if all_images or row["image"] not in LEFT_OUT
    }


@cache
def manifest_file():
    """The manifest; asks for the index first, and where that was made once no more."""
    return Path(checkpoints.index.get().output.manifest)


def manifest_rows(all_images=False):
    """Images of the run, by the path of their files without suffix; asks for the index first."""
    manifest = manifest_file()
    return read_rows(manifest, manifest.stat().st_mtime_ns, all_images)


def manifest_row(wildcards):
    """Where one image is and which bytes it must have."""
    row = manifest_rows()[wildcards.image]
    return {key: row[key] for key in ("path", "annex_key", "size", "sha256")}


def segmentation_row(wildcards):
    """Where the cord segmentation of one image is and which bytes it must have."""
    row = manifest_rows()[wildcards.image]
    columns = {"path": "segmentation"} | {
        key: f"segmentation_{key}" for key in ("annex_key", "size", "sha256")
    }
    return {key: row[column] for key, column in columns.items()}


def index_first(wildcards):
    """No file, but the images must be known before this rule's params are."""
    manifest_rows()
    return []
