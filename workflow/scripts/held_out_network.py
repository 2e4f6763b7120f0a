"""Train a network without some slices of each acquired view, and tell how well it predicts them."""

import torch

from isospine.acquired_methods import reconstruct_beside
from isospine.acquired_scores import held_out_scores, identified
from isospine.checkpoint import Checkpoint
from isospine.device import job_device
from isospine.joblog import job_log
from isospine.placed_views import body_grid
from isospine.placement_record import read_contrasts
from isospine.tables import write_table

with (
    job_log(snakemake.log[0]),
    job_device(snakemake.resources.get("gpu", 0)) as device,
    Checkpoint.beside(snakemake.output[0], snakemake.params.code) as checkpoint,
):
    torch.set_num_threads(snakemake.threads)
    params = snakemake.params
    contrasts = read_contrasts(
        snakemake.input.images, params.sidecars, params.profile, snakemake.input.placement
    )
    contrast = snakemake.params.contrast
    placed = contrasts.pop(contrast)

    def reconstruct(views, grid):
        others = {name: own.parts for name, own in contrasts.items()}
        about = (params.seed, params.provenance, device, checkpoint)
        return reconstruct_beside(params.hyperparameters, views, grid, contrast, others, *about)

    grid = body_grid(placed, **params.grid)
    scores = held_out_scores(placed, grid, {params.provenance["method"]: reconstruct})
    record = params.provenance | {"hyperparameters": params.hyperparameters, "seed": params.seed}
    write_table(identified(scores, placed, record), snakemake.output.scores)
