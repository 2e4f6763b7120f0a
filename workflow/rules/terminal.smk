"""Terminal messages beside Snakemake's own: what networks compute on, how long a run takes, its results, and why it failed."""

import sys
import time
from functools import partial

from isospine.jobs.messages import (
    LOGS,
    command_name,
    failure_lines,
    isospine_commands,
    next_steps,
    options_again,
    report_refusal,
    results_lines,
    snakemake_commands,
    warning_lines,
)
from isospine.jobs.outlook import Outlook
from isospine.jobs.report_json import json_for_scripts
from isospine.plan.devices import check_local
from isospine.plan.foretold import foretell
from isospine.plan.requests import work_of

#: The logger plugin `isospine` shows what is said here, and little of what Snakemake says.
TERMINAL = logger.getChild("isospine")
STARTED = time.time()
STARTED_IN = Path(workflow.rundir)
#: Value of --directory, if given.
ELSEWHERE = (
    None if workflow.overwrite_workdir is None else Path(workflow.overwrite_workdir)
)
OPTIONS = options_again(
    Path(workflow.main_snakefile),
    STARTED_IN,
    ELSEWHERE,
    workflow.config_settings.configfiles,
    list(workflow.config_settings.config_args or []),
)
#: Folder of the results of `isospine run`, which has commands of its own; None for a plain `snakemake`.
OUTPUT = output_of(Path.cwd())
if OUTPUT is None:
    COMMANDS = snakemake_commands(command_name(sys.argv[0], STARTED_IN), OPTIONS)
    RESULTS, SHOWN_LOGS = (ELSEWHERE or Path()) / "results", LOGS
else:
    COMMANDS = isospine_commands(config["dataset"]["source"], OUTPUT)
    RESULTS, SHOWN_LOGS = OUTPUT, OUTPUT / "logs"


def remaining_jobs():
    """Rule and wildcards of the jobs that are not finished; None while not all are known."""
    jobs = list(workflow.dag.needrun_jobs())
    if workflow.dryrun or any(job.is_checkpoint for job in jobs):
        return None
    return [(job.rule.name, job.wildcards_dict) for job in jobs]


def devices_needed():
    """Words of the configuration for what the networks of the remaining jobs compute on."""
    jobs = list(workflow.dag.needrun_jobs())
    rules = {job.rule.name for job in jobs}
    if "all" in rules and rules & {"clone", "index"} and RUN.methods:
        return {config["resources"]["device"]}  # the images are not known yet
    steps = [job for job in jobs if job.rule.name in STEPS]
    return {
        RUN.device(job.rule.name, job.wildcards)
        for job in steps
        if STEPS[job.rule.name].runs_networks
    }


def check_device():
    """Tell what networks compute on where that is left open, and refuse a GPU that this machine does not have."""
    if not starts_jobs_here():
        return
    needed = devices_needed()
    if "auto" in needed:
        found = "GPU" if machine_has_gpu() else "CPU"
        TERMINAL.info(f"Networks compute on the {found} (resources.device: auto).")
    try:
        check_local("cuda" if "cuda" in needed else "cpu", machine_has_gpu)
    except InputError as error:
        raise WorkflowError(str(error)) from None


def tell_results(seconds=None):
    """Print where the requested results are: those of a whole run, or an export."""
    targets = set(map(str, workflow.dag_settings.targets))
    if targets & {"export", "export_datalad"}:
        TERMINAL.info(
            f"\nThe dataset to share: {(OUTPUT or ELSEWHERE or Path()) / 'export'}"
        )
        return
    part = workflow.dag_settings.until or workflow.dag_settings.omit_from
    if workflow.dryrun or targets - {"all"} or part:
        return
    lines = results_lines(
        **RUN.numbers,
        seconds=seconds,
        folder=str(RESULTS),
        table=Path(RUN.results_table).name,
        command=COMMANDS.report,
    )
    TERMINAL.info("\n".join(["", *lines]))


def tell_plan():
    """Print what a dry run of the whole would do, and what it would cost."""
    targets = set(map(str, workflow.dag_settings.targets))
    if not workflow.dryrun or targets - {"all"}:
        return
    jobs = [job for job in workflow.dag.needrun_jobs() if job.rule.name != "all"]
    asked = workflow.resource_settings
    lines = foretell(
        RUN,
        [(job.rule.name, job.wildcards) for job in jobs],
        at_a_time=asked.cores or asked.nodes or 1,
        source=config["dataset"]["source"],
        known=plans_all_of_a_local_dataset()
        or not any(job.is_checkpoint for job in jobs),
    )
    TERMINAL.info("\n".join(["", *lines]))


def create_report(**settings):
    """Create the report, unless a run with this configuration would still have something to do."""
    build = workflow._build_dag

    def build_finished():
        build()
        rules = [job.rule.name for job in workflow.dag.needrun_jobs()]
        if refusal := report_refusal(rules, COMMANDS):
            raise WorkflowError(refusal)

    workflow._build_dag = build_finished
    with json_for_scripts():
        type(workflow).create_report(workflow, **settings)
    TERMINAL.info(f"The report:      {Path.cwd() / settings['report_settings'].path}")


# Snakemake has no hook for this: it reports on whatever files there are, of any configuration
workflow.create_report = create_report

if workflow.is_main_process:
    logger.addHandler(
        Outlook(
            TERMINAL, remaining_jobs, partial(work_of, RUN), tell_results, tell_plan
        )
    )


onstart:
    check_device()


onsuccess:
    if lines := warning_lines(STARTED, SHOWN_LOGS):
        TERMINAL.warning("\n".join(lines))
    tell_results(time.time() - STARTED)


onerror:
    if lines := warning_lines(STARTED, SHOWN_LOGS):
        TERMINAL.warning("\n".join(lines))
    if lines := failure_lines(STARTED, SHOWN_LOGS):
        TERMINAL.error("\n".join(lines), extra={"event": "failures"})
    steps = "\n".join(next_steps(STARTED, COMMANDS))
    TERMINAL.info(steps, extra={"event": "next steps"})
