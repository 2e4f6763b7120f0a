"""Code a reference by the codecs that people use, in as many bytes as its networks take, and without loss."""

from isospine.evaluation.compression import codec_rows, network_sizes
from isospine.evaluation.rows import regions_of
from isospine.io.nifti import load_mask, load_volume
from isospine.io.tables import read_table, write_table
from isospine.jobs.log import job_log

with job_log(snakemake.log[0]):
    reference, affine = load_volume(snakemake.input.reference)
    cord = load_mask(snakemake.input.cord, reference.shape, affine) if snakemake.input.cord else None
    sizes = network_sizes([read_table(path) for path in snakemake.input.networks])
    rows = codec_rows(reference, regions_of(reference, cord), sizes)
    about = {"image": snakemake.params.image, "contrast": snakemake.wildcards.contrast, "seed": None}
    write_table([about | row for row in rows], snakemake.output.scores)
