"""Read the earlier scan of a follow-up, and check that it is the earlier one."""

from argparse import Namespace
from datetime import datetime
from pathlib import Path

from isospine.geometry.grid import Affine, Volume
from isospine.io.atomic import read_json
from isospine.io.nifti import load_volume
from isospine.io.nifti_name import sidecar_of
from isospine.models.earlier.inputs import check_order


def load_earlier(options: Namespace) -> dict[str, tuple[Volume, Affine]]:
    """Read the earlier scan that was named, by the name of its file; nothing without one.

    Raises
    ------
    InputError
        If it cannot be read, or the sidecars say that it was acquired after a view.
    """
    path: Path | None = options.earlier
    if path is None:
        return {}
    others = {view.name: acquired_on(view) for view in options.views}
    check_order(path.name, acquired_on(path), others)
    return {path.name: load_volume(path)}


def acquired_on(path: Path) -> datetime | None:
    """Date of acquisition in the sidecar of an image; None where there is none, or no date of ISO 8601."""
    sidecar = sidecar_of(path)
    stated = read_json(sidecar).get("AcquisitionDateTime") if sidecar.exists() else None
    try:
        return datetime.fromisoformat(stated) if isinstance(stated, str) else None
    except ValueError:
        return None
