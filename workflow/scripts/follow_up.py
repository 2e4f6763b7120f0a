"""Map what changed since an earlier scan of the same person, and write the pages that show it."""

from isospine.dataset.bids import bids_uri
from isospine.io.atomic import write_text
from isospine.io.nifti import save_volume
from isospine.io.tables import write_table
from isospine.jobs.log import job_log
from isospine.models.earlier.maps import follow_up_maps, map_sidecar
from isospine.models.load import load_model
from isospine.report.follow_up import follow_up_page, follow_up_viewer

with job_log(snakemake.log[0]):
    files, name = snakemake.output, snakemake.params.name
    model = load_model(snakemake.input.model)
    maps = follow_up_maps(model)
    source = bids_uri(snakemake.input.model.removeprefix("results/"))
    for kind, volume in maps.volumes.items():
        save_volume(files[kind], volume, model.grid.affine, map_sidecar(model, kind, [source]))
    write_table(maps.clusters, files.clusters)
    write_text(files.page, follow_up_page(model, maps, name))
    write_text(files.viewer, follow_up_viewer(model, maps, name))
