"""Crop a cord segmentation as the reference was cropped."""

from isospine.dataset.bids import cord_mask_sidecar
from isospine.geometry.crops import cropping
from isospine.geometry.grid import Grid
from isospine.io.atomic import read_json
from isospine.io.nifti import load_mask, load_volume, save_volume
from isospine.jobs.log import job_log

with job_log(snakemake.log[0]):
    data, affine = load_volume(snakemake.input.reference)
    crop = read_json(snakemake.input.sidecar)
    start, shape = tuple(crop["CropStart"]), tuple(crop["OriginalShape"])
    cropped = Grid(data.shape, affine)
    image = cropped.cropped(tuple(-first for first in start), shape)
    mask = load_mask(snakemake.input.segmentation, image.shape, image.affine)
    sidecar = cord_mask_sidecar(snakemake.params.source)
    save_volume(snakemake.output.mask, mask[cropping(start, cropped)], affine, sidecar)
