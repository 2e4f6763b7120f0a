"""Put labels of the spinal cord on a simulated view: drawn where more than half of a voxel is inside, or the part that is."""

import numpy as np

from isospine.dataset.bids import bids_uri, label_sidecar, view_sidecar
from isospine.geometry.grid import Grid
from isospine.io.atomic import read_json
from isospine.io.nifti import load_volume, save_volume
from isospine.jobs.log import job_log
from isospine.physics.simulate import acquire

with job_log(snakemake.log[0]):
    spec, kind = snakemake.params.view, snakemake.params.kind
    mask, affine = load_volume(snakemake.input.mask)
    view = acquire(mask, Grid(mask.shape, affine), spec["plane"], spec["factor"], snakemake.params.profile)
    data = (view.data > 0.5).astype(np.float32) if kind == "binary" else np.clip(view.data, 0, 1)
    source = bids_uri(snakemake.input.mask.removeprefix("results/"))
    own = view_sidecar(view, spec["plane"], spec["factor"], 0.0, source, read_json(snakemake.input.sidecar))
    save_volume(snakemake.output.image, data, view.grid.affine, label_sidecar(kind, own))
