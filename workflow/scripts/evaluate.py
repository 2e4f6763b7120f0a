"""Measure one reconstruction against the reference."""

from pathlib import Path

from isospine.evaluation.rows import evaluate
from isospine.io.atomic import read_json
from isospine.io.nifti import load_mask, load_volume
from isospine.io.tables import write_table
from isospine.jobs.log import job_log

with job_log(snakemake.log[0]):
    reference, affine = load_volume(snakemake.input.reference)
    image, _ = load_volume(snakemake.input.image)
    cord = load_mask(snakemake.input.cord, reference.shape, affine) if snakemake.input.cord else None
    network, seen = None, []
    if snakemake.input.weights:
        # loads torch too
        from isospine.models.pretrained.bodies import bodies_seen

        seen = bodies_seen(reference, snakemake.input.weights)
    if snakemake.input.model:
        # only here: torch is slow to import, and most methods do without it
        import torch

        from isospine.jobs.device import job_device
        from isospine.models.coordinate.network_alone import rounded_network_image

        torch.set_num_threads(snakemake.threads)
        with job_device(snakemake.params.device, snakemake.resources.get("gpu", 0)) as device:
            network = rounded_network_image(snakemake.input.model, device)
    table = evaluate(
        reference,
        image,
        cord,
        read_json(snakemake.input.record),
        snakemake.params.acquisition,
        Path(snakemake.input.reference).stat().st_size,
        network,
        seen,
        karthik2023=snakemake.params.karthik2023,
    )
    write_table(table, snakemake.output.metrics)
