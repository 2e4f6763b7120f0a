"""Index a BIDS dataset: its images, and everything that can be known without their content."""

import logging
import os
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import nibabel as nib
import numpy as np
import pandas as pd
from bids.layout import BIDSLayout, BIDSLayoutIndexer

from isospine.dataset.annex import Content, check_inside, check_link, read_key, recorded_keys
from isospine.dataset.manifest import ABSENT, CONTENT, ENTITIES, GEOMETRY, MANIFEST_COLUMNS, SLICES
from isospine.dataset.selection import Exclude, select_subjects
from isospine.dataset.source import anat_folders, one_of, read_description, segmentation_folders
from isospine.errors import InputError
from isospine.io.atomic import read_json, sha256_of
from isospine.io.nifti_header import check_affine, check_orientation, read_header, readable
from isospine.plan.views import Spec, select_views
from isospine.words import count

log = logging.getLogger(__name__)


def index_dataset(
    root: Path,
    contrasts: Sequence[str],
    subjects: str | list[str] = "all",
    exclude: Exclude = (),
    views: Sequence[Spec] = (),
) -> pd.DataFrame:
    """Manifest of a dataset: one row per image and contrast.

    Only raw images are taken, from ``sub-*/[ses-*/]anat``. What is annexed is described by its key, so that
    a clone gives the same table before and after content is fetched into it; what is not is read.

    Parameters
    ----------
    root : Path
        A clone of a DataLad dataset, or a plain BIDS folder.
    contrasts : sequence of str
        BIDS suffixes, e.g. "T1w" and "T2w", of images whose names are equal in all else.
    subjects : "all" or list of str
        See `isospine.selection.select_subjects`; so is `exclude`. With "all", subjects without an image
        of any of the contrasts are skipped.
    exclude : sequence of str, str or mapping
        Subjects not to take.
    views : sequence of mapping
        Acquired views to take (`view_specs.select_views`), with the slice entries of their sidecars; without any,
        every image is taken, and no sidecar is read.

    Returns
    -------
    DataFrame
        All text, "n/a" where absent, sorted by `path`. `image` is the file's name up to the contrast,
        `size` in bytes, `shape` as "99x99x29", `spacing` in mm as "0.8x0.8x0.8", `orientation` as "PSR"; the
        `slice...` columns are as sidecars have them; the `segmentation...` columns describe the cord segmentation in
        the dataset's derivatives.

    Raises
    ------
    InputError
        If it is no BIDS dataset, has no image of a contrast, lacks a subject that is named, nobody is left, an image
        lacks one of the contrasts, a view is missing, a sidecar cannot be read, or a file is a link that leads out of
        the dataset.
    """
    read_description(root)
    images = _find_images(root, contrasts)
    _check_names(root, contrasts, set(images["path"]))
    for contrast in contrasts:
        if contrast not in set(images["contrast"]):
            raise _no_contrast(root, contrast)
    chosen = select_subjects(root, sorted(set(images["subject"])), subjects, exclude)
    images = images[images["subject"].isin(chosen)].sort_values("path", ignore_index=True)
    _check_unique(images)
    if views:
        rows = [{str(key): str(text) for key, text in row.items()} for row in images.to_dict("records")]
        bodies = select_views(rows, views, contrasts)
        chosen_paths = {row["path"] for body in bodies.values() for own in body.values() for row in own}
        images = images[images["path"].isin(chosen_paths)].reset_index(drop=True)
    else:
        _check_complete(images, contrasts)
    images[SLICES] = _read_slices(root, contrasts, list(images["path"])) if views else ABSENT
    images["segmentation"] = _find_segmentations(root, images)
    segmentations = [path for path in images["segmentation"] if path != ABSENT]
    for path in [*images["path"], *segmentations]:
        check_inside(root, path)
    keys = recorded_keys(root, [*images["path"], *segmentations])
    content = {path: _describe_content(root, path, key) for path, key in keys.items()}
    content[ABSENT] = dict.fromkeys(CONTENT, ABSENT)
    for name in CONTENT:
        images[name] = [content[path][name] for path in images["path"]]
        images[f"segmentation_{name}"] = [content[path][name] for path in images["segmentation"]]
    geometry = [_describe_geometry(root / path, keys[path]) for path in images["path"]]
    images[GEOMETRY] = geometry
    return images[MANIFEST_COLUMNS]


def _find_images(root: Path, contrasts: Sequence[str]) -> pd.DataFrame:
    """Find the images of some contrasts with pybids, and parse their names."""
    name = rf"(?:_[a-zA-Z0-9]+-[a-zA-Z0-9+]+)*_{one_of(contrasts)}\.nii(?:\.gz)?"
    anat = rf"/(sub-[a-zA-Z0-9+]+)(?:/(ses-[a-zA-Z0-9+]+))?(?:/anat(?:/\1(?(2)_\2|){name})?)?"
    # all the rest is ignored: a dataset of 267 subjects has 24,000 files, and 267 of them matter
    indexer = BIDSLayoutIndexer(validate=False, index_metadata=False, ignore=[re.compile(f"^(?!{anat}$)")])
    layout = BIDSLayout(str(root), validate=False, derivatives=False, indexer=indexer)
    rows = []
    for file in layout.get(suffix=list(contrasts), extension=[".nii", ".nii.gz"]):
        entities = {key: str(value) for key, value in file.get_entities().items()}
        contrast = entities["suffix"]
        path = Path(file.path).relative_to(root.absolute()).as_posix()
        image = Path(path).name.removesuffix(entities["extension"]).removesuffix(f"_{contrast}")
        rows.append([image, contrast, path, *(entities.get(entity, ABSENT) for entity in ENTITIES)])
    return pd.DataFrame(rows, columns=["image", "contrast", "path", *ENTITIES], dtype=str)


def _read_slices(root: Path, contrasts: Sequence[str], paths: Sequence[str]) -> list[list[str]]:
    """Read the slice entries of sidecars with pybids, including inherited ones."""
    sidecar = rf"(?:[^/]*_)?{one_of(contrasts)}\.json"
    image = "|".join(re.escape(path) for path in paths)
    folders = r"sub-[^/]+(?:/ses-[^/]+)?(?:/anat)?"
    parents = sorted({str(parent) for path in paths for parent in PurePosixPath(path).parents})
    sidecars = [f"{folder}/{name}" for folder in parents for name in sorted(os.listdir(root / folder))]
    sidecars = [path for path in sidecars if re.fullmatch(sidecar, PurePosixPath(path).name)]
    for path in sidecars:
        check_link(root, path)
    indexer = BIDSLayoutIndexer(
        validate=False, ignore=[re.compile(rf"^(?!/(?:(?:{folders}/)?{sidecar}|{image}|{folders})?$)")]
    )
    try:
        for path in sidecars:
            read_json(root / path)  # pybids would not name the invalid file
        layout = BIDSLayout(str(root), validate=False, derivatives=False, indexer=indexer)
        found = [layout.get_metadata(str(root.absolute() / path)) for path in paths]
    except (OSError, InputError) as error:
        raise InputError(
            f"{root}: a sidecar (.json) of its {' or '.join(contrasts)} images cannot be read ({error}); fix it, or get its content if it "
            "is annexed (datalad get)"
        ) from error
    keys = ("SliceThickness", "SpacingBetweenSlices")
    return [[" ".join(str(about.get(key, ABSENT)).split()) for key in keys] for about in found]


def _check_names(root: Path, contrasts: Sequence[str], found: set[str]) -> None:
    """Warn of images that are skipped because their names are not valid BIDS.

    Raises
    ------
    InputError
        If there are no others.
    """
    name = re.compile(rf".+_{one_of(contrasts)}\.nii(?:\.gz)?", re.DOTALL)
    paths = [f"{folder}/{file}" for folder in anat_folders(root) for file in os.listdir(root / folder)]
    others = sorted(path for path in paths if name.fullmatch(path) and path not in found)
    if not others:
        return
    problem = (
        f"{root}: the names of {count(len(others), 'image')} are not those of BIDS, such as {others[0]!r}; expected "
        "sub-LABEL/[ses-LABEL/]anat/sub-LABEL_[ses-LABEL_][KEY-LABEL_...]SUFFIX.nii.gz with labels of letters and digits: rename"
    )
    if not found:
        raise InputError(f"{problem} them")
    log.warning("%s them to include them; they are skipped", problem)


def _no_contrast(root: Path, contrast: str) -> InputError:
    names = [name for folder in anat_folders(root) for name in os.listdir(root / folder)]
    found = {match[1] for name in names if (match := re.search(r"_([a-zA-Z0-9]+)\.nii(\.gz)?$", name))}
    remedy = (
        f"it has {', '.join(sorted(found))}: set dataset.contrast to one of these"
        if found
        else ("it has no images in sub-*/anat nor sub-*/ses-*/anat at all: correct dataset.source")
    )
    return InputError(f"dataset.contrast: no {contrast} image in {root}; {remedy}")


def _check_unique(images: pd.DataFrame) -> None:
    twice = images.loc[images.duplicated(["image", "contrast"], keep=False), "path"]
    if len(twice):
        raise InputError(
            f"{twice.iloc[0]} and {twice.iloc[1]}: the same image twice; remove one of the files"
        )


def _check_complete(images: pd.DataFrame, contrasts: Sequence[str]) -> None:
    """Refuse images that lack a contrast, all at once: a large dataset may have many."""
    found = images.groupby("image", sort=False)["contrast"].agg(set)
    incomplete = found[found.map(len) < len(contrasts)]
    if incomplete.empty:
        return
    first, has = incomplete.index[0], incomplete.iloc[0]
    missing = next(contrast for contrast in contrasts if contrast not in has)
    subjects = ", ".join(dict.fromkeys(images.loc[images["image"].isin(incomplete.index), "subject"]))
    others = f" (the first of {len(incomplete)} such images)" if len(incomplete) > 1 else ""
    raise InputError(
        f"dataset.contrast: {first} has no {missing} image, but {', '.join(sorted(has))}{others}; expected every image in "
        f"{', '.join(contrasts)}, named alike in all else: exclude these subjects (dataset.exclude: [{subjects}]), or list "
        "those to take (dataset.subjects)"
    )


def _find_segmentations(root: Path, images: pd.DataFrame) -> list[str]:
    """Path of each image's cord segmentation; "n/a" if there is none."""
    pipelines = segmentation_folders(root)
    found = []
    for image, contrast, path in zip(images["image"], images["contrast"], images["path"], strict=True):
        folder = os.path.dirname(path)
        candidates = (_segmentation(root, f"{pipeline}/{folder}", image, contrast) for pipeline in pipelines)
        found.append(next((candidate for candidate in candidates if candidate), ABSENT))
    return found


def _segmentation(root: Path, folder: str, image: str, contrast: str) -> str | None:
    """Path of the cord segmentation of an image in a folder of derivatives.

    Names are those of spine-generic, then the older ones of spine-generic, then those of BIDS. A file in
    another space or resolution (`_RPI_r_`, `space-`, `res-`) would not lie on the image's grid.
    """
    if not (root / folder).is_dir():
        return None
    desc = "(?:_desc-[a-zA-Z0-9]+)?"
    for name in (
        f"_{contrast}_label-SC_seg",
        f"_{contrast}_seg-manual",
        f"(?:_{contrast})?{desc}_label-SC{desc}_mask",
    ):
        pattern = re.compile(re.escape(image) + name + r"\.nii(?:\.gz)?")
        for file in sorted(os.listdir(root / folder)):
            if pattern.fullmatch(file):
                return f"{folder}/{file}"
    return None


def _describe_content(root: Path, path: str, key: str | None) -> dict[str, str]:
    """`annex_key`, `size` and `sha256` of a file."""
    file = root / path
    content = read_key(key) if key else Content(None, file.stat().st_size, sha256_of(file))
    facts = (content.key, content.size, content.sha256)
    return {name: ABSENT if fact is None else str(fact) for name, fact in zip(CONTENT, facts, strict=True)}


def _describe_geometry(file: Path, key: str | None) -> list[str]:
    """`shape`, `spacing` and `orientation` of an image that is not annexed; "n/a" if unreadable."""
    if key is not None:
        return [ABSENT] * 3
    try:
        header = read_header(file)
        with readable(file):
            affine = header.get_best_affine()
            check_affine(file, affine)
            check_orientation(file, header)
    # a damaged image is refused when it is fetched, with the reason; others can go on
    except InputError:
        return [ABSENT] * 3
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    shape = "x".join(map(str, header.get_data_shape()))
    return [shape, "x".join(f"{round(size, 4):g}" for size in spacing), "".join(nib.aff2axcodes(affine))]
