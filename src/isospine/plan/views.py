"""Views of a configuration: simulated from a reference, or acquired images selected by BIDS entities."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from isospine.errors import InputError
from isospine.plan.contrasts import check_contrasts
from isospine.plan.entities import ENTITIES

Spec = Mapping[str, Any]
Row = Mapping[str, str]

#: BIDS entities as file names have them, and the columns of the manifest that hold them.
COLUMN_OF = {key: column for key, column in ENTITIES.items() if key != "sub"}
ABSENT = "n/a"
#: Bodies whose files an error lists; it names all others too.
LISTED = 20


def are_acquired(specs: Sequence[Spec]) -> bool:
    """Check whether views are images of the dataset."""
    return "entities" in specs[0]


def check_views(config: Mapping[str, Any]) -> None:
    """Refuse views that are of two kinds, incomplete, or impossible for the contrasts of the run.

    Raises
    ------
    InputError
        Naming the key and what was expected.
    """
    specs = config["views"]
    acquired = are_acquired(specs)
    keys = ["entities"] if acquired else ["plane", "factor"]
    for index, spec in enumerate(specs):
        for key in spec:
            if key not in [*keys, "contrast"]:
                raise InputError(
                    f"views.{index}.{key}: the first view has {' and '.join(keys)}; expected views that are all simulated "
                    "(plane, factor) or all images of the dataset (entities)"
                )
        for key in keys:
            if key not in spec:
                raise InputError(f"views.{index}: {key!r} is a required key; add it")
    check_contrasts(config, keys[0])
    check_kind(config, acquired)


def check_kind(config: Mapping[str, Any], acquired: bool) -> None:
    """Refuse settings that are meaningless without a reference, or missing with one."""
    resolutions = config["resolutions"]
    if not acquired:
        if "reference" not in resolutions:
            raise InputError(
                f"resolutions: {resolutions} is not allowed; expected the word reference among them, on whose grid "
                "methods are measured"
            )
        return
    if "reference" in resolutions:
        raise InputError(
            "resolutions: acquired views have no reference; expected voxel sizes in mm, such as [0.8], of which the first is "
            "used for every method"
        )
    if not isinstance(resolutions[0], int | float):
        raise InputError(
            f"resolutions.0: {resolutions[0]!r}; expected a voxel size in mm first, for every method"
        )
    for key, only in (("sampling", "profile"), ("noise", 0)):
        if config["acquisition"][key] != only:
            raise InputError(
                f"acquisition.{key}: {config['acquisition'][key]!r} is for views that are simulated; expected {only!r}, "
                "since these were acquired"
            )
    for key, none in (("karthik2023", False), ("fixed_point", [])):
        if (given := config["metrics"][key]) != none:
            raise InputError(
                f"metrics.{key}: {given} needs a reference to measure against, which acquired views lack; expected {none}"
            )
    if config.get("compression"):
        raise InputError(
            f"compression: {config['compression']!r} needs a reference to code beside the networks, which acquired views lack; "
            "expected null"
        )
    if config["dataset"]["source"] == "demo":
        raise InputError(
            "dataset.source: the demo has no acquired views; expected the path or URL of a BIDS dataset"
        )


def select_views(
    rows: Iterable[Row], specs: Sequence[Spec], contrasts: Sequence[str]
) -> dict[str, dict[str, list[Row]]]:
    """Find the views of every body.

    Parameters
    ----------
    rows : iterable of mapping
        Rows of the manifest, or with their columns of entities, `contrast`, `path` and `image`.
    specs : sequence of mapping
        `views` of the configuration; each selects every image that has its entities, of one contrast or of all.
    contrasts : sequence of str
        BIDS suffixes.

    Returns
    -------
    dict of str to dict of str to list
        Rows by body and contrast. A body is one subject in one session, named as a path up to the entities that its
        views share: "sub-01/ses-1/anat/sub-01_ses-1". Rows are in the order of `specs`, then of their paths; the
        first of the first contrast is what all others are aligned to.

    Raises
    ------
    InputError
        If bodies lack a view, all of which it names, or two views select one image.
    """
    bodies: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row["path"]):
        bodies.setdefault(body_of(row), []).append(row)
    selected: dict[str, dict[str, list[Row]]] = {}
    lacking: dict[str, tuple[int, str]] = {}
    for body, own in bodies.items():
        if any(_fits(row, spec) for row in own for spec in specs):
            if missing := _missing(own, specs, contrasts):
                lacking[body] = missing
            selected[body] = {contrast: _views(own, specs, contrast) for contrast in contrasts}
    if lacking:
        raise _lacking({body: bodies[body] for body in lacking}, lacking)
    if not selected:
        wanted = "; ".join(_named(spec["entities"]) for spec in specs)
        raise InputError(
            f"views: no {' or '.join(contrasts)} image has the entities of any view ({wanted}); expected those of the "
            "dataset's files"
        )
    return selected


def _missing(own: Sequence[Row], specs: Sequence[Spec], contrasts: Sequence[str]) -> tuple[int, str] | None:
    """Number of the first view that a body lacks, and what it is in words; None if there is none."""
    for contrast in contrasts:
        for index, spec in enumerate(specs):
            if spec.get("contrast", contrast) == contrast and not _images(own, spec, contrast):
                return index, f"no {contrast} image with {_named(spec['entities'])}"
    return None


def _images(own: Sequence[Row], spec: Spec, contrast: str) -> list[Row]:
    return [row for row in own if row["contrast"] == contrast and _fits(row, spec)]


def _views(own: Sequence[Row], specs: Sequence[Spec], contrast: str) -> list[Row]:
    """Views of one contrast of a body."""
    found: list[Row] = []
    for spec in specs:
        if spec.get("contrast", contrast) != contrast:
            continue
        images = _images(own, spec, contrast)
        twice = next((row for row in images if row in found), None)
        if twice is not None:
            raise InputError(
                f"views: two of them select {twice['path']}; expected every image once: add an entity to one of them, or "
                "null for an entity that its images do not have"
            )
        found += images
    return found


def stated_slices(row: Row) -> dict[str, Any]:
    """Slice entries of an image's sidecar in its row of the manifest."""
    stated = {"SliceThickness": row["slice_thickness"], "SpacingBetweenSlices": row["slice_distance"]}
    return {key: _number(text) for key, text in stated.items() if text != ABSENT}


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text  # refused where it is used, as it is written


def body_of(row: Row) -> str:
    """Path of a body's files up to the contrast."""
    name = f"sub-{row['subject']}" + (f"_ses-{row['session']}" if row["session"] != ABSENT else "")
    return str(PurePosixPath(row["path"]).with_name(name))


def _fits(row: Row, spec: Spec) -> bool:
    return fits_entities(row, spec["entities"]) and spec.get("contrast", row["contrast"]) == row["contrast"]


def fits_entities(row: Row, entities: Mapping[str, str | None]) -> bool:
    """Check whether an image has some entities, and lacks those that are None."""
    return all(same_label(row[COLUMN_OF[key]], value) for key, value in entities.items())


def same_label(found: str, wanted: str | None) -> bool:
    """Check whether labels agree; leading zeros of indices are ignored."""
    if wanted is None:
        return found == ABSENT
    if found.isdigit() and wanted.isdigit():
        return int(found) == int(wanted)
    return found == wanted


def _named(entities: Mapping[str, str | None]) -> str:
    return ", ".join(f"no {key}" if value is None else f"{key}-{value}" for key, value in entities.items())


def _lacking(bodies: Mapping[str, Sequence[Row]], missing: Mapping[str, tuple[int, str]]) -> InputError:
    """Name every body that lacks a view, and what leaves all of them out."""
    problems = []
    for body, own in bodies.items():
        index, what = missing[body]
        there = ", ".join(PurePosixPath(row["path"]).name for row in own)
        problems.append(f"views.{index}: {PurePosixPath(body).name} has {what}, it has {there}")
    count = "" if len(problems) == 1 else f"views: {len(problems)} bodies lack one: "
    more = "; ..." if len(problems) > LISTED else ""
    entries = exclude_entries([row for own in bodies.values() for row in own])
    return InputError(
        f"{count}{'; '.join(problems[:LISTED])}{more}; expected all views of one subject in one session: add the missing images, "
        f"or leave these out (dataset.exclude: {entries})"
    )


def exclude_entries(rows: Iterable[Row]) -> str:
    """List entries of `dataset.exclude` that leave out the bodies of some rows, as a list of YAML."""
    bodies = {(row["subject"], row["session"]) for row in rows}
    entries = [s if session == ABSENT else f"{s}/ses-{session}" for s, session in sorted(bodies)]
    return "[" + ", ".join(f'"{entry}"' for entry in entries) + "]"
