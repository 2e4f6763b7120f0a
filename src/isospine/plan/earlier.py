"""Earlier scans of a run: the image of the same person that a follow-up may know, and what is reconstructed beside it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from isospine.errors import InputError
from isospine.plan.views import LISTED, exclude_entries, fits_entities, same_label

Row = Mapping[str, str]
#: Value of `earlier.session` for the first session of each subject.
FIRST = "first"


def later_rows(rows: Sequence[dict[str, str]], earlier: Mapping[str, Any] | None) -> list[dict[str, str]]:
    """Rows of the manifest without those of earlier scans, which are not reconstructed themselves.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of the manifest.
    earlier : mapping or None
        `earlier` of the configuration.

    Raises
    ------
    InputError
        If no other image is left, or the labels of a subject's sessions do not tell the first.
    """
    if earlier is None:
        return list(rows)
    chosen = _earlier_sessions(rows, earlier)
    later = [row for row in rows if not _is_earlier(row, earlier, chosen)]
    if rows and not later:
        raise InputError(
            f"earlier: every image is of {_where(earlier)}; expected a later scan of the same person to reconstruct: add it, "
            "or name another session"
        )
    return later


def earlier_rows(
    rows: Sequence[Row], earlier: Mapping[str, Any], views: Sequence[Mapping[str, Any]] = ()
) -> list[Row]:
    """Rows that may be of earlier scans: with the stated entities, else whatever is no view; as for `earlier_scans`."""
    chosen = _earlier_sessions(rows, earlier)
    found = [row for row in rows if _is_earlier(row, earlier, chosen)]
    if earlier.get("entities") is not None:
        return [row for row in found if fits_entities(row, earlier["entities"])]
    return [row for row in found if not any(fits_entities(row, view["entities"]) for view in views)]


def earlier_scans(
    later: Iterable[tuple[str, str, Row]],
    rows: Sequence[Row],
    earlier: Mapping[str, Any],
    views: Sequence[Mapping[str, Any]] = (),
) -> dict[tuple[str, str], Row]:
    """Find the earlier scan of every image of a run.

    Parameters
    ----------
    later : iterable of (str, str, mapping)
        Path, contrast and row of each image that is reconstructed; of acquired views that of the first.
    rows : sequence of mapping
        Rows of the manifest.
    earlier : mapping
        `earlier` of the configuration.
    views : sequence of mapping
        `views` of the configuration where they are acquired: an image that is a view is no earlier scan, unless
        `earlier.entities` say so.

    Returns
    -------
    dict of (str, str) to mapping
        Row of the earlier scan, by path and contrast.

    Raises
    ------
    InputError
        Naming every image without one, or with several, or of a session before it.
    """
    candidates = earlier_rows(rows, earlier, views)
    found: dict[tuple[str, str], Row] = {}
    problems: list[str] = []
    lacking: list[Row] = []
    images = list(later)
    for image, contrast, row in images:
        own = [one for one in candidates if one["person"] == row["person"] and one["contrast"] == contrast]
        if len(own) > 1:
            own = [one for one in own if _entities(one) == _entities(row)] or own
        if len(own) == 1:
            found[image, contrast] = own[0]
            continue
        there = ", ".join(PurePosixPath(one["path"]).name for one in own) or "none"
        problems.append(f"{PurePosixPath(image).name} has {there}")
        lacking.append(row)
    if problems:
        more = "; ..." if len(problems) > LISTED else ""
        raise InputError(
            f"earlier: expected one earlier scan of {_where(earlier)} for each image; {'; '.join(problems[:LISTED])}{more}; add "
            "the missing scan, tell it from others (earlier.entities), or leave the image out (dataset.exclude: "
            f"{exclude_entries(lacking)})"
        )
    if earlier.get("session") is not None:
        _check_later({path: row for path, _, row in images}, {path: row for (path, _), row in found.items()})
    return found


def check_earlier(config: Mapping[str, Any], recipes: Sequence[str]) -> None:
    """Refuse an earlier scan that no recipe uses, and recipes that lack it.

    Parameters
    ----------
    config : mapping
        A configuration that follows the schema.
    recipes : sequence of str
        Configured recipes that need an earlier scan.

    Raises
    ------
    InputError
        Naming the key.
    """
    earlier = config.get("earlier")
    if earlier is None and recipes:
        raise InputError(
            f"recipes.{recipes[0]}: needs an earlier scan of each person; say which session has it "
            f'(earlier: {{session: "01"}}), or leave the recipe out (recipes: {{{recipes[0]}: null}})'
        )
    if earlier is None:
        return
    if not recipes:
        raise InputError(
            "earlier: no recipe of the run uses an earlier scan; expected one that does (recipes: {follow-up: {}}), or null"
        )
    if sum(earlier.get(key) is not None for key in ("session", "subject")) != 1:
        raise InputError(
            "earlier: expected either session, the label of the session with the earlier scan, or subject, the label that the "
            "same person has there"
        )


def _earlier_sessions(rows: Sequence[Row], earlier: Mapping[str, Any]) -> dict[str, str]:
    """Session of each subject that holds the earlier scan."""
    sessions: dict[str, set[str]] = {}
    for row in rows:
        sessions.setdefault(row["subject"], set()).add(row["session"])
    wanted = earlier.get("session")
    if wanted != FIRST:
        return dict.fromkeys(sessions, wanted or "")
    for subject, own in sessions.items():
        if not _have_order(own):
            raise InputError(
                f"earlier.session: the first session of sub-{subject} cannot be told from the labels {', '.join(sorted(own))}; "
                "expected labels that differ in their numbers: name the session instead, or what is new would be called gone"
            )
    return {subject: min(own, key=_numbers) for subject, own in sessions.items()}


def _check_later(images: Mapping[str, Row], earlier: Mapping[str, Row]) -> None:
    """Refuse images of a session before that of their earlier scan, where the labels tell."""
    wrong = [
        row
        for path, row in images.items()
        if _have_order(sessions := {row["session"], earlier[path]["session"]})
        and min(sessions, key=_numbers) == row["session"]
    ]
    if wrong:
        names = ", ".join(row["image"] for row in wrong[:LISTED])
        raise InputError(
            f"earlier.session: {names} {'is' if len(wrong) == 1 else 'are'} of a session before the earlier scan's; expected a "
            f"later one, or what is new would be called gone: leave it out (dataset.exclude: {exclude_entries(wrong)}), or name an "
            "earlier session"
        )


def _have_order(labels: Iterable[str]) -> bool:
    """Check whether labels of sessions differ in numbers alone, so that these say which came first."""
    return len({re.sub("[0-9]+", "#", label) for label in labels}) == 1


def _numbers(label: str) -> tuple[int, ...]:
    """Numbers in a label, by which sessions are in order."""
    return tuple(map(int, re.findall("[0-9]+", label)))


def _is_earlier(row: Row, earlier: Mapping[str, Any], sessions: Mapping[str, str]) -> bool:
    if earlier.get("subject") is not None:
        return same_label(row["subject"], earlier["subject"].removeprefix("sub-"))
    return same_label(row["session"], sessions[row["subject"]].removeprefix("ses-"))


def _entities(row: Row) -> tuple[str, ...]:
    """Entities of an image's name beside subject and session."""
    return tuple(part for part in row["image"].split("_") if not part.startswith(("sub-", "ses-")))


def _where(earlier: Mapping[str, Any]) -> str:
    if earlier.get("subject") is not None:
        return f"subject {earlier['subject']}"
    session = earlier["session"]
    return "the first session" if session == FIRST else f"session {session}"
