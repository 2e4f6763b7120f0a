"""Train one coordinate network on the views of all contrasts of one image."""

import torch

from isospine.jobs.device import job_device
from isospine.jobs.guard import see_views_only
from isospine.jobs.log import job_log
from isospine.models.coordinate.contrasts import train_contrasts
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
    views = map(load_view, snakemake.input.views)
    groups = {
        contrast: [next(views) for _ in range(count)] for contrast, count in snakemake.params.views.items()
    }
    models, curve = train_contrasts(
        groups,
        Hyperparameters(**snakemake.params.hyperparameters),
        snakemake.params.seed,
        snakemake.params.provenance,
        device=device,
        checkpoint=checkpoint,
    )
    for contrast, model in models.items():
        paths = [snakemake.output[f"{contrast}_{ending}"] for ending in ("safetensors", "tsv", "json")]
        save_training(model, curve, *paths, joules=checkpoint.joules)
