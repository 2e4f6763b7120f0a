"""Views that are simulated from isotropic references, by which methods are measured."""


include: "jobs.smk"
include: "gather.smk"
include: "views.smk"
include: "models.smk"
include: "baselines.smk"
include: "evaluate.smk"
include: "image_figures.smk"
include: "run_figures.smk"
include: "tables.smk"
include: "report.smk"
