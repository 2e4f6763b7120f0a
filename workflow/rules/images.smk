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
def files_of(manifest, changed):
    return {
        (str(PurePosixPath(row["path"]).with_name(row["image"])), row["contrast"]): row
        for row in read_rows(manifest, changed)
    }


@cache
def bodies_of(manifest, changed):
    return select_views(read_rows(manifest, changed), config["views"], CONTRASTS)


@cache
def images_of(manifest, changed, all_images):
    images = {}
    if ACQUIRED:
        for body, views in bodies_of(manifest, changed).items():
            name = PurePosixPath(body).name
            images[body] = {
                contrast: own[0] | {"image": name} for contrast, own in views.items()
            }
    else:
        for (image, contrast), row in files_of(manifest, changed).items():
            images.setdefault(image, {})[contrast] = row
    return {
        image: rows
        for image, rows in images.items()
        if all_images or PurePosixPath(image).name not in LEFT_OUT
    }


def manifest_state():
    """What rows are cached by; asks for the index first."""
    manifest = manifest_file()
    return manifest, manifest.stat().st_mtime_ns


def file_rows():
    """Files of the dataset that the run takes, by their path without contrast and suffix, and their contrast."""
    return files_of(*manifest_state())


def manifest_rows(all_images=False):
    """Rows of each image by contrast, by the path of its files without suffix; of acquired views, an image is a body."""
    return images_of(*manifest_state(), all_images)


def image_row(wildcards):
    """Row of one contrast of an image."""
    return manifest_rows()[wildcards.image][wildcards.contrast]


def manifest_row(wildcards):
    """Where one image is and which bytes it must have."""
    row = file_rows()[wildcards.image, wildcards.contrast]
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
