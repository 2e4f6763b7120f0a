"""Train a network without some slices of each acquired view, and tell how well it predicts them."""

from functools import partial

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
    contrasts = read_contrasts(snakemake.input.images, snakemake.input.placement, params.contrasts)
    placed = contrasts.pop(params.contrast)
    reconstruct = partial(
        reconstruct_beside,
        params.hyperparameters,
        contrast=params.contrast,
        others={name: own.parts for name, own in contrasts.items()},
        seed=params.seed,
        provenance=params.provenance,
        device=device,
        checkpoint=checkpoint,
    )
    grid = body_grid(placed, **params.grid)
    scores = held_out_scores(placed, grid, {params.provenance["method"]: reconstruct})
    record = params.provenance | {"hyperparameters": params.hyperparameters, "seed": params.seed}
    write_table(identified(scores, placed, record), snakemake.output.scores)
