"""Find out what was estimated of the views of one body, and how far its volumes can be trusted."""

from isospine.evaluation.scores import by_view_number
from isospine.figures.style import save_figure
from isospine.io.atomic import write_json
from isospine.io.nifti import load_volume
from isospine.io.tables import read_table
from isospine.jobs.log import job_log
from isospine.report.body_page import best_method, body_figures, body_findings
from isospine.views.placed import body_grid
from isospine.views.record import read_placed
from isospine.views.view_set import source_name

with job_log(snakemake.log[0]):
    placed = read_placed(snakemake.input.images, snakemake.input.record, snakemake.params.contrast)
    sources = [source_name(path) for path in snakemake.input.images]
    trials, slices = (
        by_view_number([read_table(path) for path in paths], sources)
        for paths in (snakemake.input.trials, snakemake.input.slices)
    )
    titles = [one["title"] for one in snakemake.params.shown]
    volumes = {
        title: load_volume(path)[0] for title, path in zip(titles, snakemake.input.volumes, strict=True)
    }
    grid = body_grid(placed, **snakemake.params.grid)
    output = snakemake.output
    write_json(output.findings, body_findings(placed, volumes, trials, slices, best_method(trials)))
    for name, figure in body_figures(placed, grid, volumes).items():
        save_figure(figure, [output[f"{name}_png"], output[f"{name}_pdf"]])
