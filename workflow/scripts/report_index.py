"""Write the first page of the report."""

from pathlib import PurePosixPath

import pandas as pd

from isospine.evaluation.audit import audit_run, audited
from isospine.io.atomic import read_json, write_text
from isospine.io.tables import read_table
from isospine.jobs.log import job_log
from isospine.report.facts import dataset_facts, run_facts, run_name
from isospine.report.index import index_page
from isospine.statistics.seen import refused_notes, seen_notes, with_earlier, without_earlier
from isospine.statistics.winners import network_names
from isospine.views.record import placement_doubts

with job_log(snakemake.log[0]):
    files, params = snakemake.input, snakemake.params
    ranking = read_table(files.ranking) if files.get("ranking") else None
    scores = read_table(files.metrics if ranking is None else files.images)
    dataset = read_json(files.record)
    facts = dataset_facts(dataset, params.settings["source"])
    facts += run_facts(scores, params.settings, *params.commit)
    hero, accusations = None, []
    if ranking is None:
        anatomy = pd.concat(map(read_table, files.anatomy), ignore_index=True)
        # what an earlier scan showed is known, not guessed
        guessed, accusations = audit_run(
            audited(anatomy, set(with_earlier(scores)["method"])), network_names(without_earlier(scores))
        )
        facts.append(("Audit", guessed))
        accusations += seen_notes(scores) + refused_notes(scores)
        hero = (params.image, files.hero)
    accusations += [
        f"{PurePosixPath(path).stem}: {doubt}"
        for path in files.get("placements", [])
        for doubt in placement_doubts(read_json(path))
    ]
    page = index_page(
        scores,
        read_table(files.paired),
        facts,
        params.left_out,
        ranking,
        hero,
        accusations,
        params.subjects,
        params.pages,
        run_name(dataset, params.settings_hash),
    )
    write_text(snakemake.output.page, page)
