"""Show the reference and reconstructions of one image as an interactive page."""

from isospine.comparison import choose_interpolation, comparison_panels
from isospine.files import write_text
from isospine.joblog import job_log
from isospine.nifti import load_mask, load_volume
from isospine.slices import image_frame
from isospine.tables import read_table
from isospine.viewer import viewer_page

with job_log(snakemake.log[0]):
    reference, affine = load_volume(snakemake.input.reference)
    cord = load_mask(snakemake.input.cord, reference.shape, affine) if snakemake.input.cord else None
    tables = [read_table(path) for path in snakemake.input.metrics]
    chosen = choose_interpolation(snakemake.params.shown, tables)
    images = [load_volume(snakemake.input.images[number])[0] for number in chosen]
    shown = [(snakemake.params.shown[number], tables[number]) for number in chosen]
    panels = comparison_panels(reference, affine, images, shown)
    kinds = [one["kind"] for one, _ in shown]
    # beside the reference, the first network; without one, the last reconstruction
    second = kinds.index("network") + 1 if "network" in kinds else len(shown)
    title = f"Volumes of {snakemake.params.name}"
    write_text(
        snakemake.output.page, viewer_page(title, panels, image_frame(reference, affine, cord), second)
    )
