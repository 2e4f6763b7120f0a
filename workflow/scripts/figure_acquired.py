"""Find out what was estimated of the views of one body, and how far its volumes can be trusted."""

import math

from isospine.evaluation.scores import by_view_number
from isospine.figures.comparison import choose_classical
from isospine.figures.style import save_figure
from isospine.io.atomic import write_json
from isospine.io.nifti import load_volume
from isospine.io.tables import read_table
from isospine.jobs.log import job_log
from isospine.report.body_page import best_method, body_figures, body_findings
from isospine.report.viewer.acquired import trial_psnr
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
    shown, psnr = snakemake.params.shown, trial_psnr(trials)
    chosen, _ = choose_classical(shown, [psnr.get(one["title"], -math.inf) for one in shown])
    volumes = {shown[number]["title"]: load_volume(snakemake.input.volumes[number])[0] for number in chosen}
    grid = body_grid(placed, **snakemake.params.grid)
    output = snakemake.output
    write_json(output.findings, body_findings(placed, volumes, trials, slices, best_method(trials)))
    for name, figure in body_figures(placed, grid, volumes).items():
        save_figure(figure, [output[f"{name}_png"], output[f"{name}_pdf"]])
