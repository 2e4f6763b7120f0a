"""Crop a cord segmentation as the reference was cropped."""

from isospine.derivatives import cord_mask_sidecar
from isospine.geometry import Grid, crop_for_views, cropping
from isospine.joblog import job_log
from isospine.nifti import load_mask, load_volume, save_volume

with job_log(snakemake.log[0]):
    data, affine = load_volume(snakemake.input.image)
    mask = load_mask(snakemake.input.segmentation, data.shape, affine)
    views = [(view["plane"], view["factor"]) for view in snakemake.params.views]
    start, cropped = crop_for_views(Grid(data.shape, affine), views)
    sidecar = cord_mask_sidecar(snakemake.params.source)
    save_volume(snakemake.output.mask, mask[cropping(start, cropped)], cropped.affine, sidecar)
