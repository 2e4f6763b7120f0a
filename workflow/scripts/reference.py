"""Crop a fetched image to the field of view that every view covers."""

import logging

from isospine.dataset.bids import reference_sidecar
from isospine.geometry.crops import crop_for_views, cropping
from isospine.geometry.grid import Grid
from isospine.io.nifti import check_isotropic, load_volume, save_volume
from isospine.jobs.log import job_log
from isospine.physics.slices import padding

log = logging.getLogger("isospine.reference")

with job_log(snakemake.log[0]):
    data, affine = load_volume(snakemake.input.image)
    check_isotropic(snakemake.input.image, affine)
    for warning in padding(snakemake.input.image, data):
        log.warning("%s", warning)
    grid = Grid(data.shape, affine)
    views = [(view["plane"], view["factor"]) for view in snakemake.params.views]
    start, cropped = crop_for_views(grid, views)
    sidecar = reference_sidecar(snakemake.params.source, start, grid, cropped)
    save_volume(snakemake.output.image, data[cropping(start, cropped)], cropped.affine, sidecar)
