"""Train one network on the acquired views of all contrasts of one body."""

import torch

from isospine.jobs.device import job_device
from isospine.jobs.log import job_log
from isospine.models.coordinate.contrasts import train_contrasts
from isospine.recipes.hyperparameters import Hyperparameters
from isospine.training.checkpoint import Checkpoint
from isospine.training.files import save_training
from isospine.views.placed import body_grid
from isospine.views.record import read_contrasts

with (
    job_log(snakemake.log[0]),
    job_device(snakemake.resources.get("gpu", 0)) as device,
    Checkpoint.beside(snakemake.output[0], snakemake.params.code) as checkpoint,
):
    torch.set_num_threads(snakemake.threads)
    params = snakemake.params
    placed = read_contrasts(snakemake.input.images, snakemake.input.placement, params.contrasts)
    models, curve = train_contrasts(
        {contrast: own.parts for contrast, own in placed.items()},
        Hyperparameters(**params.hyperparameters),
        params.seed,
        params.provenance,
        device=device,
        grids={contrast: body_grid(own, **params.grid) for contrast, own in placed.items()},
        checkpoint=checkpoint,
    )
    for contrast, model in models.items():
        files = [snakemake.output[f"{contrast}_{ending}"] for ending in ("safetensors", "tsv", "json")]
        save_training(model, curve, *files, joules=checkpoint.joules)
