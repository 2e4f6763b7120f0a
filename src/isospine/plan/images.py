"""The images of a run, as the manifest lists them."""

import csv
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from isospine.plan.earlier import earlier_scans, later_rows
from isospine.plan.views import are_acquired, select_views

Row = dict[str, str]
#: Rows of each image by contrast, by the path of its files without suffix.
Rows = dict[str, dict[str, Row]]


class Images:
    """The images of a run.

    Parameters
    ----------
    manifest : callable
        Gives the path of the manifest; asks for the index first.
    specs : sequence of mapping
        `views` of the configuration.
    contrasts : sequence of str
        Those of the run.
    left_out : mapping
        Names of images that the run leaves out.
    earlier : mapping or None
        `earlier` of the configuration.
    """

    def __init__(
        self,
        manifest: Callable[[], Path],
        specs: Sequence[Mapping[str, Any]],
        contrasts: Sequence[str],
        left_out: Mapping[str, object],
        earlier: Mapping[str, Any] | None = None,
    ) -> None:
        self._manifest, self._left_out = manifest, left_out
        self._specs, self._contrasts, self._earlier = specs, contrasts, earlier
        self._state: tuple[Path, int] | None = None
        self._listed = _Listed([], specs, contrasts, left_out, earlier)

    @property
    def _now(self) -> "_Listed":
        """Content of the manifest; each state of it is read once, since every job of a plan needs it."""
        path = self._manifest()
        state = path, path.stat().st_mtime_ns
        if state != self._state:
            with path.open(encoding="utf-8") as file:
                rows = list(csv.DictReader(file, delimiter="\t"))
            self._listed = _Listed(rows, self._specs, self._contrasts, self._left_out, self._earlier)
            self._state = state
        return self._listed

    @property
    def files(self) -> dict[tuple[str, str], Row]:
        """Files of the dataset that the run takes, by their path without contrast and suffix, and their contrast."""
        return self._now.files

    @property
    def bodies(self) -> dict[str, dict[str, dict[str, Row]]]:
        """Rows of acquired views by body, contrast, and path as in `files`.

        Raises
        ------
        InputError
            If a body lacks a view, or two views select one image.
        """
        return self._now.bodies

    @property
    def rows(self) -> Rows:
        """Rows of each image of the run; of acquired views an image is a body, and its rows are of its first views."""
        return self._now.rows

    @property
    def all_rows(self) -> Rows:
        """The same of every image of the dataset, those that are left out too."""
        return self._now.all_rows

    @property
    def earlier(self) -> dict[tuple[str, str], str]:
        """Path of the earlier scan of each image of the run, without contrast and suffix, by the image's path and contrast.

        Raises
        ------
        InputError
            If an image has none, or several.
        """
        return self._now.earlier

    @property
    def persons(self) -> dict[str, str]:
        """Person whom each image of the run shows, as the manifest names them."""
        return {image: next(iter(rows.values()))["person"] for image, rows in self.rows.items()}


class _Listed:
    """Read one state of the manifest."""

    def __init__(
        self,
        rows: list[Row],
        specs: Sequence[Mapping[str, Any]],
        contrasts: Sequence[str],
        left_out: Mapping[str, object],
        earlier: Mapping[str, Any] | None,
    ) -> None:
        self._rows, self._specs, self._contrasts, self._left_out = rows, specs, contrasts, left_out
        self._earlier, self._later = earlier, later_rows(rows, earlier)

    @cached_property
    def files(self) -> dict[tuple[str, str], Row]:
        return {(_path(row), row["contrast"]): row for row in self._rows}

    @cached_property
    def bodies(self) -> dict[str, dict[str, dict[str, Row]]]:
        found = select_views(self._later, self._specs, self._contrasts)
        return {
            body: {contrast: {_path(row): dict(row) for row in own} for contrast, own in views.items()}
            for body, views in found.items()
        }

    @cached_property
    def all_rows(self) -> Rows:
        images: Rows = {}
        if are_acquired(self._specs):
            for body, views in self.bodies.items():
                first = {contrast: next(iter(own.values())) for contrast, own in views.items()}
                name = PurePosixPath(body).name
                images[body] = {contrast: row | {"image": name} for contrast, row in first.items()}
        else:
            for row in self._later:
                images.setdefault(_path(row), {})[row["contrast"]] = row
        return images

    @cached_property
    def rows(self) -> Rows:
        return {
            image: rows
            for image, rows in self.all_rows.items()
            if PurePosixPath(image).name not in self._left_out
        }

    @cached_property
    def earlier(self) -> dict[tuple[str, str], str]:
        if self._earlier is None:
            return {}
        later = [
            (image, contrast, row) for image, rows in self.rows.items() for contrast, row in rows.items()
        ]
        views = self._specs if are_acquired(self._specs) else ()
        found = earlier_scans(later, self._rows, self._earlier, views)
        return {key: _path(row) for key, row in found.items()}


def _path(row: Mapping[str, str]) -> str:
    """Path of a file without contrast and suffix."""
    return str(PurePosixPath(row["path"]).with_name(row["image"]))
