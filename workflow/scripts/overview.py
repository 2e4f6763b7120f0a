"""Write the front page of the report."""

import pandas as pd

from isospine.evaluation.audit import audit_run, audited
from isospine.figures.thumbnail import data_uri
from isospine.io.atomic import read_json, write_text
from isospine.io.tables import read_table
from isospine.jobs.log import job_log
from isospine.report.facts import dataset_facts, run_facts
from isospine.report.front_page import overview_page
from isospine.statistics.winners import network_names

with job_log(snakemake.log[0]):
    metrics = read_table(snakemake.input.metrics)
    settings = snakemake.params.settings
    facts = dataset_facts(read_json(snakemake.input.record), settings["source"])
    facts += run_facts(metrics, settings, *snakemake.params.commit)
    anatomy = pd.concat(map(read_table, snakemake.input.anatomy), ignore_index=True)
    guessed, accusations = audit_run(audited(anatomy), network_names(metrics))
    facts.append(("Audit", guessed))
    hero = (snakemake.params.image, data_uri(snakemake.input.hero, 1000))
    paired = read_table(snakemake.input.paired)
    page = overview_page(metrics, paired, facts, snakemake.params.left_out, hero, accusations)
    write_text(snakemake.output.page, page)
