"""Train a network on a trial of one acquired view, and tell how close it comes."""

import torch

from isospine.evaluation.scores import identified
from isospine.evaluation.trials import plane_trials, trial_table
from isospine.io.tables import write_table
from isospine.jobs.device import job_device
from isospine.jobs.log import job_log
from isospine.methods.registry import network_method
from isospine.training.checkpoint import Checkpoint
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
    # none of a view that is too small
    trials = [trial for trial in plane_trials(placed.stacks) if trial.view == params.number]
    scores = trial_table(trials, {name: network})
    record = params.provenance | {"hyperparameters": params.hyperparameters, "seed": params.seed}
    write_table(identified(scores, placed, record), snakemake.output.scores)
