"""The images of the run, as the manifest lists them."""

import csv
from functools import cache
from pathlib import PurePosixPath


@cache
def read_rows(manifest, changed):
    """Rows of one state of the manifest; asked for by every job of a plan, so read once."""
    with open(manifest, encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


@cache
def manifest_file():
    """The manifest; asks for the index first, and where that was made once no more."""
    return Path(checkpoints.index.get().output.manifest)


@cache
def rows_by_path(manifest, changed):
    return {
        str(PurePosixPath(row["path"]).with_name(row["image"])): row
        for row in read_rows(manifest, changed)
    }


@cache
def bodies_of(manifest, changed):
    return select_views(read_rows(manifest, changed), config["views"], CONTRAST)


@cache
def images_of(manifest, changed, all_images):
    if ACQUIRED:
        bodies = bodies_of(manifest, changed)
        rows = {
            body: views[0] | {"image": PurePosixPath(body).name}
            for body, views in bodies.items()
        }
    else:
        rows = rows_by_path(manifest, changed)
    return {
        path: row
        for path, row in rows.items()
        if all_images or row["image"] not in LEFT_OUT
    }


def manifest_state():
    """What rows are cached by; asks for the index first."""
    manifest = manifest_file()
    return manifest, manifest.stat().st_mtime_ns


def file_rows():
    """Files of the dataset that the run takes, by their path without suffix."""
    return rows_by_path(*manifest_state())


def manifest_rows(all_images=False):
    """Images of the run, by the path of their files without suffix: of acquired views one for each body."""
    return images_of(*manifest_state(), all_images)


def manifest_row(wildcards):
    """Where one image is and which bytes it must have."""
    row = file_rows()[wildcards.image]
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
