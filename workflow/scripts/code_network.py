"""Code a coordinate network in few bytes, and measure what they decode to."""

from isospine.evaluation.compression import scored
from isospine.evaluation.rows import regions_of
from isospine.io.atomic import atomic_path, read_json
from isospine.io.nifti import load_mask, load_volume
from isospine.io.tables import write_table
from isospine.jobs.device import job_processors
from isospine.jobs.job import job
from isospine.models.coordinate.coded import code_network, decode_network
from isospine.models.load import load_model

with job(snakemake) as this, job_processors(this) as device:
    reference, affine = load_volume(snakemake.input.reference)
    cord = load_mask(snakemake.input.cord, reference.shape, affine) if snakemake.input.cord else None
    record, bits = read_json(snakemake.input.record), snakemake.params.bits
    data = code_network(load_model(snakemake.input.model, "cpu"), bits)
    network = decode_network(data, device)
    rows = scored(
        "network",
        record["method"],
        len(data),
        network.evaluate(network.grid),
        reference,
        regions_of(reference, cord),
        bits,
    )
    about = {key: record.get(key) for key in ("image", "contrast", "seed")}
    write_table([about | row for row in rows], snakemake.output.scores)
    with atomic_path(snakemake.output.code) as temporary:
        temporary.write_bytes(data)
