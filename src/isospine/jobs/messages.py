"""Terminal messages beside Snakemake's own; standard library only."""

import shlex
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from isospine.jobs.failures import describe_failures, describe_warnings
from isospine.words import count, duration

LOGS = Path("results/logs")
#: Steps before the images are known.
BEFORE_IMAGES = ("demo_dataset", "clone", "index")
#: Snakefiles of this repository that Snakemake finds without --snakefile.
SNAKEFILES = ("Snakefile", "workflow/Snakefile")


@dataclass(frozen=True)
class Commands:
    """Commands with which to go on, for a shell.

    Attributes
    ----------
    run, report, status, leave_out : str
        Run again, write the report, show how far each image is, leave out the images that failed.
    go_on : str
        Leave them out and finish the run.
    """

    run: str
    report: str
    status: str
    leave_out: str
    go_on: str


def snakemake_commands(command: str, options: str) -> Commands:
    """Commands by `snakemake`; `options` are those of the same workflow, results and configuration."""
    leave_out = f"{command} --cores 1 leave_out {options}".rstrip()
    return Commands(
        run=f"{command} --cores all {options}".rstrip(),
        report=f"{command} --report report.html {options}".rstrip(),
        status=f"{command} --cores 1 status {options}".rstrip(),
        leave_out=leave_out,
        go_on=f"{leave_out}; then run again",
    )


def isospine_commands(source: str, output: Path) -> Commands:
    """Commands by `isospine`, for the dataset and the folder of results of `isospine run`."""
    folder = shlex.quote(str(output))
    run = f"isospine run {shlex.quote(source)} {folder}"
    return Commands(
        run=f"{run} participant",
        report=f"isospine report {folder}",
        status=f"isospine status {folder}",
        leave_out=f"{run} group",
        go_on=f"{run} group",
    )


def options_again(
    snakefile: Path, started_in: Path, directory: Path | None, files: Sequence[Path], values: Sequence[str]
) -> str:
    """Options of a `snakemake` command for the same workflow, results and configuration.

    Parameters
    ----------
    snakefile : Path
        The main Snakefile.
    started_in : Path
        Where the command was given.
    directory : Path or None
        Of ``--directory``.
    files : sequence of Path
        Of ``--configfile``.
    values : sequence of str
        Of ``--config``: KEY=VALUE.

    Returns
    -------
    str
        For a shell, in `started_in`.
    """
    options: list[str] = []
    if snakefile.resolve() not in [(started_in / name).resolve() for name in SNAKEFILES]:
        options += ["--snakefile", str(snakefile)]
    if directory is not None:
        options += ["--directory", str(directory)]
    if files:
        options += ["--configfile", *(str(_shortest(file, started_in)) for file in files)]
    if values:
        options += ["--config", *values]
    return shlex.join(options)


def command_name(called: str, started_in: Path) -> str:
    """Command for the snakemake that was called as ``sys.argv[0]``: its path if a shell would not find it."""
    found = shutil.which("snakemake")
    if Path(called).name != "snakemake" or (
        found and (started_in / called).resolve() == Path(found).resolve()
    ):
        return "snakemake"
    return shlex.quote(str(_shortest(Path(called), started_in)))


def _shortest(path: Path, folder: Path) -> Path:
    return path.relative_to(folder) if path.is_relative_to(folder) else path


def results_lines(
    images: int,
    left_out: int,
    networks: int,
    baselines: int,
    seconds: float | None,
    folder: str,
    table: str,
    command: str,
) -> list[str]:
    """Write the lines on where the results of a run are, and how to make the report.

    Parameters
    ----------
    images, left_out : int
        Images of the run, and images that it went on without.
    networks, baselines : int
        Methods that were compared.
    seconds : float or None
        What the run took; None if there was nothing to do.
    folder : str
        Of the results.
    table : str
        Name of the table of all numbers.
    command : str
        The command that makes the report.
    """
    without = f" ({count(left_out, 'more image')} left out)" if left_out else ""
    took = "" if seconds is None else f", in {duration(seconds)}"
    methods = [count(networks, "network setting")] * (networks > 0) + [count(baselines, "baseline")] * (
        baselines > 0
    )
    return [
        f"{count(images, 'image')}{without}, {' and '.join(methods) or 'no method'}{took}.",
        f"Look first at:   {folder}/report/index.html",
        f"All numbers:     {folder}/{table}",
        f"For the report:  {command}",
    ]


def report_refusal(rules: Iterable[str], commands: Commands) -> str | None:
    """Say why there can be no report: results that it would show are missing or are of another configuration.

    Parameters
    ----------
    rules : iterable of str
        Rule of each job that a run with the same options would start.
    commands : Commands
        To go on with.

    Returns
    -------
    str or None
        None if there are no such jobs.
    """
    counts = Counter(rule for rule in rules if rule != "all")
    if not counts:
        return None
    named = [f"{rule} ({number})" for rule, number in counts.most_common(5)] + ["..."] * (len(counts) > 5)
    return (
        "No report was written: this configuration was not run to its end in this folder, or something changed since: "
        f"{count(counts.total(), 'job')} at least would run, of {', '.join(named)}.\n"
        f"Run first:   {commands.run}\n"
        f"If some images cannot be processed, before that:   {commands.leave_out}"
    )


def warning_lines(since: float, logs: Path = LOGS) -> list[str]:
    """Say what the jobs of a run warned of that began at a time, in seconds since the epoch."""
    warnings = list(describe_warnings(logs, since))
    return ["", "Warnings of jobs, and their logs:", *warnings] if warnings else []


def failure_lines(since: float, logs: Path = LOGS) -> list[str]:
    """Say why jobs of a run failed that began at a time, in seconds since the epoch."""
    failures = list(describe_failures(logs, since))
    return ["", "What failed, by log file:", *failures] if failures else []


def next_steps(since: float, commands: Commands) -> list[str]:
    """Say with which commands to go on after failures of a run that began at a time."""
    failures = list(describe_failures(LOGS, since))
    early = tuple(f"{LOGS / step}.log: " for step in BEFORE_IMAGES)
    if failures and all(failure.startswith(early) for failure in failures):
        # no image has failed: there are none yet
        return ["", "Correct this, and run again."]
    return [
        "",
        f"How far each image is: {commands.status}",
        f"To go on without the images that failed: {commands.go_on}",
    ]
