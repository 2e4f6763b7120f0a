"""The images of the run, as the manifest lists them."""

import csv
from functools import cache
from pathlib import PurePosixPath


@cache
def read_rows(manifest, changed, all_images):
    """Rows of one state of the manifest; asked for by every job of a plan, so read once."""
    with open(manifest, encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    images = {}
    for row in rows:
        if all_images or row["image"] not in LEFT_OUT:
            image = str(PurePosixPath(row["path"]).with_name(row["image"]))
            images.setdefault(image, {})[row["contrast"]] = row
    return images


@cache
def manifest_file():
    """The manifest; asks for the index first, and where that was made once no more."""
    return Path(checkpoints.index.get().output.manifest)


def manifest_rows(all_images=False):
    """Rows of each image by contrast, by the path of its files without suffix; asks for the index first."""
    manifest = manifest_file()
    return read_rows(manifest, manifest.stat().st_mtime_ns, all_images)


def image_row(wildcards):
    """Row of one contrast of an image."""
    return manifest_rows()[wildcards.image][wildcards.contrast]


def manifest_row(wildcards):
    """Where one image is and which bytes it must have."""
    row = image_row(wildcards)
    return {key: row[key] for key in ("path", "annex_key", "size", "sha256")}


def segmentation_row(wildcards):
    """Where the cord segmentation of one image is and which bytes it must have."""
    row = image_row(wildcards)
    columns = {"path": "segmentation"} | {
        key: f"segmentation_{key}" for key in ("annex_key", "size", "sha256")
    }
    return {key: row[column] for key, column in columns.items()}


def index_first(wildcards):
    """No file, but the images must be known before this rule's params are."""
    manifest_rows()
    return []
