"""Check labels of the cord that were drawn on an acquired view, and write them where the body was during the first view."""

from pathlib import Path

from isospine.dataset.bids import drawn_label_sidecar
from isospine.io.nifti import save_volume
from isospine.jobs.log import job_log
from isospine.methods.segment_drawn import place_labels
from isospine.views.record import read_placed, view_facts

with job_log(snakemake.log[0]):
    params = snakemake.params
    placed = read_placed(snakemake.input.images, snakemake.input.record, params.contrast)
    labels = place_labels(Path(snakemake.input.labels), placed, params.number, params.kind)
    sidecar = drawn_label_sidecar(params.source, view_facts(placed, params.number))
    save_volume(snakemake.output.image, labels.data, labels.grid.affine, sidecar)
