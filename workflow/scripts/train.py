"""Train one coordinate network on the views of one image."""

from pathlib import Path

import torch

from isospine.jobs.device import job_device
from isospine.jobs.guard import see_views_only
from isospine.jobs.log import job_log
from isospine.models.coordinate.train import train
from isospine.recipes.hyperparameters import Hyperparameters
from isospine.training.checkpoint import Checkpoint
from isospine.training.files import save_training
from isospine.views.simulated import load_view

with (
    job_log(snakemake.log[0]),
    job_device(snakemake.resources.get("gpu", 0)) as device,
    Checkpoint.beside(snakemake.output[0], snakemake.params.code) as checkpoint,
):
    see_views_only(snakemake.wildcards.image, snakemake.input)
    torch.set_num_threads(snakemake.threads)
    model, curve = train(
        [load_view(path) for path in snakemake.input.views],
        Hyperparameters(**snakemake.params.hyperparameters),
        snakemake.params.seed,
        snakemake.params.provenance,
        device=device,
        rescue=Path(snakemake.log[0]).with_suffix(".safetensors"),
        checkpoint=checkpoint,
    )
    save_training(model, curve, *snakemake.output, joules=checkpoint.joules)
