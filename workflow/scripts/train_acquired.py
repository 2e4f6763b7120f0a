"""Train one network on the acquired views of one body."""

from pathlib import Path

import torch

from isospine.jobs.device import job_device
from isospine.jobs.log import job_log
from isospine.methods.registry import train_acquired
from isospine.training.checkpoint import Checkpoint
from isospine.training.files import save_training
from isospine.views.placed import body_grid
from isospine.views.record import read_placed

with (
    job_log(snakemake.log[0]),
    job_device(snakemake.resources.get("gpu", 0)) as device,
    Checkpoint.beside(snakemake.output[0], snakemake.params.code) as checkpoint,
):
    torch.set_num_threads(snakemake.threads)
    placed = read_placed(snakemake.input.images, snakemake.input.placement, snakemake.params.contrast)
    model, curve = train_acquired(
        snakemake.params.hyperparameters,
        placed.parts,
        body_grid(placed, **snakemake.params.grid),
        snakemake.params.seed,
        snakemake.params.provenance,
        device=device,
        rescue=Path(snakemake.log[0]).with_suffix(".safetensors"),
        checkpoint=checkpoint,
    )
    save_training(model, curve, *snakemake.output, joules=checkpoint.joules)
