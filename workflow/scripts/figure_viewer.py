"""Show the reference and every reconstruction of one image as an interactive page."""

from isospine.figures.comparison import read_comparison
from isospine.geometry.display_slices import image_frame
from isospine.io.atomic import write_text
from isospine.io.nifti import load_mask
from isospine.jobs.log import job_log
from isospine.report.viewer.page import viewer_page

with job_log(snakemake.log[0]):
    files, params = snakemake.input, snakemake.params
    panels, shown = read_comparison(files.reference, files.images, files.metrics, params.shown)
    volume, affine = panels[0].data, panels[0].affine
    cord = load_mask(files.cord, volume.shape, affine) if files.cord else None
    kinds = [method["kind"] for method in shown]
    # beside the reference, the first network; without one, the last reconstruction
    second = kinds.index("network") + 1 if "network" in kinds else len(shown)
    outlines = {"cord": cord} if cord is not None else {}
    frame = image_frame(volume, affine, cord)
    page = viewer_page(f"Volumes of {params.name}", panels, frame, second, outlines)
    write_text(snakemake.output.page, page)
