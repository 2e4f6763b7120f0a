"""Index a BIDS dataset: its images, and everything that can be known without their content."""

import logging
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pandas as pd

from isospine.dataset.annex import Content, check_inside, read_key, recorded_keys
from isospine.dataset.manifest import ABSENT, CONTENT, ENTITY_COLUMNS, GEOMETRY, MANIFEST_COLUMNS, SLICES
from isospine.dataset.persons import Persons, name_persons
from isospine.dataset.segmentations import find_segmentations, kinds_of_names
from isospine.dataset.selection import Exclude, may_be_taken, select_bodies
from isospine.dataset.sidecars import read_slices
from isospine.dataset.source import anat_folders, lost_folders, subject_folders
from isospine.dataset.subdatasets import install_subdatasets
from isospine.dataset.texts import read_dataset_description
from isospine.errors import InputError
from isospine.io.atomic import sha256_of
from isospine.io.nifti_header import check_affine, check_orientation, read_header, readable
from isospine.io.nifti_name import is_nifti, stem_of
from isospine.plan.earlier import earlier_rows, later_rows
from isospine.plan.entities import read_image_name
from isospine.plan.views import Spec, exclude_entries, select_views
from isospine.words import count

log = logging.getLogger(__name__)


def index_dataset(
    root: Path,
    contrasts: Sequence[str],
    subjects: str | list[str] = "all",
    exclude: Exclude = (),
    views: Sequence[Spec] = (),
    persons: Persons = None,
    earlier: Mapping[str, Any] | None = None,
    sessions: str | Sequence[str] = "all",
    soft: bool = False,
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
        See `isospine.dataset.selection.select_bodies`, as for `exclude` and `sessions`. With "all", subjects without an image
        of any of the contrasts are skipped.
    exclude : sequence of str, str or mapping
        Subjects not to take.
    views : sequence of mapping
        Acquired views to take (`view_specs.select_views`), with the slice entries of their sidecars; without any,
        every image is taken, and no sidecar is read.
    persons : str or mapping, optional
        Who is one person, as of `isospine.dataset.persons.name_persons`.
    earlier : mapping, optional
        `earlier` of the configuration: images to take beside acquired views.
    soft : bool
        Take labels of acquired views that say what part of a voxel is inside, before others.

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
        If it is no BIDS dataset, has no image of a contrast, lacks a subject or session that is named, nobody is left, an image
        lacks one of the contrasts, a view is missing, a sidecar cannot be read, a file is a link that leads out of
        the dataset, or the persons are not known.
    """
    read_dataset_description(root)
    passed_over = install_subdatasets(root, lambda labels: may_be_taken(root, labels, subjects, exclude))
    images, others = _find_images(root, contrasts)
    _check_names(root, others, not images.empty)
    for contrast in contrasts:
        if contrast not in set(images["contrast"]):
            raise _no_contrast(root, contrast)
    found = sorted(set(zip(images["subject"], images["session"], strict=True)))
    chosen = select_bodies(root, found, subjects, exclude, passed_over, sessions)
    own = [body in chosen for body in zip(images["subject"], images["session"], strict=True)]
    labels = sorted({subject for subject, _ in found}.union(passed_over))
    if subjects == "all":
        _name_subjects_without(root, contrasts, labels, others)
    if lost := lost_folders(root):
        log.warning("%s: links to nothing, whose images are left out: %s", root, ", ".join(lost[:30]))
    images = images[own].sort_values("path", ignore_index=True)
    _check_unique(images)
    if views:
        rows = [{str(key): str(text) for key, text in row.items()} for row in images.to_dict("records")]
        bodies = select_views(later_rows(rows, earlier), views, contrasts)
        chosen_paths = {row["path"] for body in bodies.values() for own in body.values() for row in own}
        chosen_paths |= {row["path"] for row in earlier_rows(rows, earlier, views)} if earlier else set()
        images = images[images["path"].isin(chosen_paths)].reset_index(drop=True)
    else:
        _check_complete(images, contrasts)
    person_of = name_persons(root, persons, labels, sorted(set(images["subject"])))
    images["person"] = [person_of[label] for label in images["subject"]]
    images[SLICES] = read_slices(root, contrasts, list(images["path"])) if views else ABSENT
    images["segmentation"] = find_segmentations(root, images, kinds_of_names(bool(views), soft))
    segmentations = [path for path in images["segmentation"] if path != ABSENT]
    for path in [*images["path"], *segmentations]:
        check_inside(root, path)
    keys = recorded_keys(root, [*images["path"], *segmentations])
    content = {path: _describe_content(root, path, key) for path, key in keys.items()}
    content[ABSENT] = dict.fromkeys(CONTENT, ABSENT)
    for name in CONTENT:
        images[name] = [content[path][name] for path in images["path"]]
        images[f"segmentation_{name}"] = [content[path][name] for path in images["segmentation"]]
    geometry = [describe_geometry(root / path, keys[path]) for path in images["path"]]
    images[GEOMETRY] = geometry
    return images[MANIFEST_COLUMNS]


def _find_images(root: Path, contrasts: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """Find the images of some contrasts, and files that would be such images but for their names."""
    rows, others = [], []
    for folder in anat_folders(root):
        for name in os.listdir(root / folder):
            image, _, contrast = stem_of(name).rpartition("_")
            if not is_nifti(name) or contrast not in contrasts:
                continue
            entities = read_image_name(image)
            if entities is None or not _belongs(entities, folder):
                others.append(f"{folder}/{name}")
                continue
            labels = [entities.get(entity, ABSENT) for entity in ENTITY_COLUMNS]
            rows.append([image, contrast, f"{folder}/{name}", *labels])
    return pd.DataFrame(rows, columns=["image", "contrast", "path", *ENTITY_COLUMNS], dtype=str), sorted(
        others
    )


def _belongs(entities: Mapping[str, str], folder: str) -> bool:
    """Check whether an image has the subject and session of its folder."""
    labels = [f"sub-{entities['subject']}", f"ses-{entities.get('session')}"]
    parts = folder.split("/")[:-1]
    return parts == labels[: len(parts)]


def _check_names(root: Path, others: Sequence[str], found: bool) -> None:
    """Warn of images that are skipped because their names are not valid BIDS.

    Raises
    ------
    InputError
        If there are no others.
    """
    if not others:
        return
    problem = (
        f"{root}: the names of {count(len(others), 'image')} are not those of BIDS, such as {others[0]!r}; expected "
        "sub-LABEL/[ses-LABEL/]anat/sub-LABEL_[ses-LABEL_][KEY-LABEL_...]SUFFIX.nii.gz with labels of letters and digits: rename"
    )
    if not found:
        raise InputError(f"{problem} them")
    log.warning("%s them to include them; they are skipped", problem)


def _name_subjects_without(
    root: Path, contrasts: Sequence[str], found: Sequence[str], others: Sequence[str]
) -> None:
    """Warn of subjects that have none of the images; those whose files have wrong names were named before."""
    known = {f"sub-{label}" for label in found} | {path.split("/")[0] for path in others}
    without = sorted(set(subject_folders(root)) - known)
    if without:
        log.warning(
            "%s: %s without a %s image, left out: %s",
            root,
            count(len(without), "subject"),
            " or ".join(contrasts),
            ", ".join(without[:30]),
        )


def _no_contrast(root: Path, contrast: str) -> InputError:
    names = [name for folder in anat_folders(root) for name in os.listdir(root / folder)]
    stems = [stem_of(name) for name in names if is_nifti(name)]
    found = {match[1] for stem in stems if (match := re.search(r"_([a-zA-Z0-9]+)$", stem))}
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
            f"{twice.iloc[0]} and {twice.iloc[1]}: the same image twice; expected one file: remove the other"
        )


def _check_complete(images: pd.DataFrame, contrasts: Sequence[str]) -> None:
    """Refuse images that lack a contrast, all at once: a large dataset may have many."""
    found = images.groupby("image", sort=False)["contrast"].agg(set)
    incomplete = found[found.map(len) < len(contrasts)]
    if incomplete.empty:
        return
    first, has = incomplete.index[0], incomplete.iloc[0]
    missing = next(contrast for contrast in contrasts if contrast not in has)
    rows = images[images["image"].isin(incomplete.index)].to_dict("records")
    bodies = exclude_entries([{str(key): str(text) for key, text in row.items()} for row in rows])
    others = f" (the first of {len(incomplete)} such images)" if len(incomplete) > 1 else ""
    raise InputError(
        f"dataset.contrast: {first} has no {missing} image, but {', '.join(sorted(has))}{others}; expected every image in "
        f"{', '.join(contrasts)}, named alike in all else: exclude these (dataset.exclude: {bodies}), or list "
        "the subjects to take (dataset.subjects)"
    )


def _describe_content(root: Path, path: str, key: str | None) -> dict[str, str]:
    """`annex_key`, `size` and `sha256` of a file."""
    file = root / path
    content = read_key(key) if key else Content(None, file.stat().st_size, sha256_of(file))
    plain = not (root / ".git").exists()
    if key and content.sha256 is None and plain and file.is_symlink() and file.is_file():
        # a folder of a larger repository: its content is here, and its key does not prove it
        content = Content(key, file.stat().st_size, sha256_of(file))
    facts = (content.key, content.size, content.sha256)
    return {name: ABSENT if fact is None else str(fact) for name, fact in zip(CONTENT, facts, strict=True)}


def describe_geometry(file: Path, key: str | None) -> list[str]:
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
