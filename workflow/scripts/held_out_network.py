"""Train a network without some slices of each acquired view, and tell how well it predicts them."""

import torch

from isospine.evaluation.scores import held_out_scores, identified
from isospine.io.tables import write_table
from isospine.jobs.device import job_device
from isospine.jobs.log import job_log
from isospine.methods.registry import network_method
from isospine.training.checkpoint import Checkpoint
from isospine.views.placed import body_grid
from isospine.views.record import read_contrasts

with (
    job_log(snakemake.log[0]),
    job_device(snakemake.resources.get("gpu", 0)) as device,
    Checkpoint.beside(snakemake.output[0], snakemake.params.code) as checkpoint,
):
    torch.set_num_threads(snakemake.threads)
    params = snakemake.params
    contrasts = read_contrasts(snakemake.input.images, snakemake.input.placement, params.contrasts)
    placed, name = contrasts[params.contrast], params.provenance["method"]
    settings = (params.hyperparameters, params.seed, params.provenance)
    network = network_method(contrasts, params.contrast, *settings, device, checkpoint)
    grid = body_grid(placed, **params.grid)
    scores = held_out_scores(placed, grid, {name: network})
    record = params.provenance | {"hyperparameters": params.hyperparameters, "seed": params.seed}
    write_table(identified(scores, placed, record), snakemake.output.scores)
