"""Show the views of one body on the grid of its volumes, every volume, and where views contradict each other."""

from isospine.evaluation.scores import by_view_number
from isospine.geometry.display_slices import image_frame
from isospine.io.atomic import write_text
from isospine.io.nifti import load_volume
from isospine.io.tables import read_table
from isospine.jobs.log import job_log
from isospine.report.viewer.acquired import acquired_panels
from isospine.report.viewer.page import viewer_page
from isospine.views.placed import body_grid
from isospine.views.record import read_placed
from isospine.views.view_set import source_name

with job_log(snakemake.log[0]):
    files, params = snakemake.input, snakemake.params
    placed = read_placed(files.images, files.record, params.contrast)
    grid = body_grid(placed, **params.grid)
    trials = by_view_number(
        [read_table(path) for path in files.trials], [source_name(path) for path in files.images]
    )
    views = {one.path.name: view for one, view in zip(placed.acquired, placed.stacks, strict=True)}
    titles = [one["title"] for one in params.shown]
    volumes = {title: load_volume(path)[0] for title, path in zip(titles, files.volumes, strict=True)}
    contradiction = load_volume(files.disagreement)[0] if files.disagreement else None
    panels = acquired_panels(views, grid, volumes, trials, contradiction)
    kinds = [one["kind"] for one in params.shown]
    # beside the mean of the views, the first network; without one, the last reconstruction
    second = len(views) + 1 + (kinds.index("network") if "network" in kinds else len(kinds) - 1)
    page = viewer_page(
        f"Volumes of {params.name}",
        panels,
        image_frame(panels[0].data, grid.affine),
        second,
        first_note="what the views show without a model of their slices",
        difference="difference",
    )
    write_text(snakemake.output.page, page)
