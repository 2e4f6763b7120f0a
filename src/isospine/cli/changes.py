"""Write what changed since an earlier scan: maps, a table and a page."""

import logging
from argparse import Namespace
from pathlib import Path

from isospine.cli import files
from isospine.io.atomic import write_text
from isospine.io.nifti import save_volume
from isospine.io.tables import write_table
from isospine.models.earlier.maps import follow_up_maps, map_sidecar
from isospine.models.earlier.model import FollowUpModel
from isospine.plan.labels import FOLLOW_UP_MAPS
from isospine.report.follow_up import follow_up_page

CLUSTERS, PAGE = "clusters.tsv", "follow-up.html"

log = logging.getLogger(__name__)


def change_paths(folder: Path) -> list[Path]:
    """Files that `write_changes` makes in a folder."""
    volumes = [one.path for kind in FOLLOW_UP_MAPS for one in files.volume("", folder / f"{kind}.nii.gz")]
    return [*volumes, folder / CLUSTERS, folder / PAGE]


def write_changes(options: Namespace, model: FollowUpModel) -> None:
    """Write the maps of a follow-up, the table of what changed, and a page that shows both."""
    folder: Path = options.changes
    folder.mkdir(exist_ok=True)
    maps = follow_up_maps(model)
    sources = [path.name for path in [*options.views, options.earlier]]
    for kind, volume in maps.volumes.items():
        path = files.unclaimed(folder / f"{kind}.nii.gz", options.overwrite)
        save_volume(path, volume, model.grid.affine, map_sidecar(model, kind, sources))
    write_table(maps.clusters, files.unclaimed(folder / CLUSTERS, options.overwrite))
    page = follow_up_page(model, maps, options.views[0].name)
    write_text(files.unclaimed(folder / PAGE, options.overwrite), page)
    log.info("wrote %s: what changed since %s", folder, options.earlier.name)
