"""Map what changed since an earlier scan of the same person, and write the pages that show it."""

from isospine.dataset.bids import bids_uri
from isospine.figures.style import save_figure
from isospine.io.atomic import write_json, write_text
from isospine.io.nifti import save_volume
from isospine.io.tables import write_table
from isospine.jobs.log import job_log
from isospine.models.earlier.maps import follow_up_maps, map_sidecar
from isospine.models.load import load_model
from isospine.report.follow_up import change_figure, follow_up_findings, follow_up_viewer

with job_log(snakemake.log[0]):
    files, name = snakemake.output, snakemake.params.name
    model = load_model(snakemake.input.model)
    maps = follow_up_maps(model)
    source = bids_uri(snakemake.input.model.removeprefix("results/"))
    for kind, volume in maps.volumes.items():
        save_volume(files[kind], volume, model.grid.affine, map_sidecar(model, kind, [source]))
    write_table(maps.clusters, files.clusters)
    save_figure(change_figure(model, maps), [files.png, files.pdf])
    write_json(files.findings, follow_up_findings(model, maps))
    write_text(files.viewer, follow_up_viewer(model, maps, name))
