"""Train one network on the views of one image."""

from pathlib import Path

import torch

from isospine.acquisition import load_view
from isospine.files import write_json
from isospine.hyperparameters import Hyperparameters
from isospine.inr import save_model
from isospine.joblog import job_log
from isospine.tables import write_table
from isospine.training import train, training_record

with job_log(snakemake.log[0]):
    torch.set_num_threads(snakemake.threads)
    views = [load_view(path) for path in snakemake.input.views]
    model, curve = train(
        views,
        Hyperparameters(**snakemake.params.hyperparameters),
        snakemake.params.seed,
        snakemake.params.provenance,
        device="cuda" if snakemake.resources.get("gpu", 0) else "cpu",
    )
    save_model(model, snakemake.output.model)
    write_table(curve, snakemake.output.curve)
    size = Path(snakemake.output.model).stat().st_size
    write_json(snakemake.output.record, training_record(model, curve, size))
