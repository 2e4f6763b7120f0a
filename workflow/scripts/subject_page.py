"""Write the page of one subject."""

import pandas as pd

from isospine.io.atomic import read_json, write_text
from isospine.io.tables import read_table
from isospine.jobs.log import job_log
from isospine.report.facts import code_fact, dataset_facts, run_name
from isospine.report.subject import image_section, subject_page

with job_log(snakemake.log[0]):
    params = snakemake.params

    def table(paths):
        return pd.concat(map(read_table, paths), ignore_index=True) if paths else pd.DataFrame()

    sections = [
        image_section(
            plan,
            table(plan["scores"]),
            table(plan["anatomy"]),
            [read_json(one["path"]) | {"figures": one["figures"]} for one in plan["findings"]],
            [read_json(path) for path in plan["records"]],
            params.descriptions,
            table(plan["segmentations"]),
        )
        for plan in params.sections
    ]
    dataset = read_json(snakemake.input.record)
    facts = [
        *dataset_facts(dataset, params.source),
        code_fact(*params.commit),
        ("Settings", params.settings_hash),
    ]
    run = run_name(dataset, params.settings_hash)
    write_text(snakemake.output.page, subject_page(snakemake.wildcards.subject, sections, facts, run))
