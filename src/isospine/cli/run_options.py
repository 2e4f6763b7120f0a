"""The options of the commands that run the whole pipeline: `run`, `report`, `status` and `export`."""

import argparse
from typing import Any

from isospine.cli import arguments

RUN = "run the whole pipeline on a BIDS dataset"
EXAMPLES = """\
examples:
  isospine run demo OUT participant                        two synthetic subjects, in minutes
  isospine run BIDS OUT participant -n                     what it would do, and how long it would take
  isospine run BIDS OUT participant --acquired             your own axial and sagittal scans
  isospine run BIDS OUT participant --acquired acq-ax acq-sag
  isospine run BIDS OUT participant --methods pretrained,tv --participant-label 01 02
  isospine run BIDS OUT participant --profile slurm        on a cluster
  isospine run BIDS OUT group                              tables and report of all subjects that are there

What stands after -- goes to Snakemake. Exit codes: 0 done; 1 a job failed, or the dataset is no valid BIDS; 2 an option or
the configuration cannot be used; 130 after Ctrl-C.
"""


def add_run(commands: Any) -> None:
    """Add `isospine run`."""
    run = arguments.command(commands, "run", RUN, EXAMPLES)
    run.add_argument(
        "bids_dir",
        metavar="BIDS_DIR",
        help="BIDS dataset: a folder, which is only read, the URL of a DataLad dataset, or the word demo",
    )
    run.add_argument("output_dir", metavar="OUT_DIR", type=arguments.folder, help="folder of the results")
    run.add_argument(
        "level",
        choices=["participant", "group"],
        help="participant: reconstruct and measure, with tables and report of these subjects; group: tables and report of "
        "every subject that is finished in OUT_DIR",
    )
    _add_selection(run)
    _add_method_choice(run)
    _add_execution(run)


def add_others(commands: Any) -> None:
    """Add the commands on a run that was made; they take its configuration."""
    report = arguments.command(commands, "report", "write the report of a run as one file")
    status = arguments.command(commands, "status", "show how far each image of a run is")
    export = arguments.command(
        commands, "export", "copy the results of a run to OUT_DIR/export, without links, to share"
    )
    export.add_argument("--datalad", action="store_true", help="as a DataLad dataset")
    report.add_argument(
        "-o",
        "--output",
        type=arguments.file,
        help="file to write, .html or .zip; default: OUT_DIR/report.html",
    )
    for command in (report, status, export):
        command.add_argument("output_dir", metavar="OUT_DIR", type=arguments.folder, help="of isospine run")
        _add_verbose(command)


def _add_selection(run: argparse.ArgumentParser) -> None:
    which = run.add_argument_group("what is taken of the dataset")
    which.add_argument(
        "--participant-label",
        "--participant_label",
        nargs="+",
        metavar="LABEL",
        help="subjects, with or without sub-; default: all",
    )
    which.add_argument(
        "--session-label",
        "--session_label",
        nargs="+",
        metavar="LABEL",
        help="sessions, with or without ses-; default: all",
    )
    which.add_argument("--contrast", nargs="+", metavar="SUFFIX", help="BIDS suffixes; default: T2w")
    which.add_argument(
        "--acquired",
        nargs="*",
        metavar="ENTITIES",
        help="the images are thick-slice views of each body, such as acq-ax acq-sag, the first of which defines its "
        "position; without a value, the views are found by the entities in which the file names of a body differ. Default: "
        "each image is an isotropic reference, from which views are simulated",
    )
    which.add_argument(
        "--skip-bids-validation", action="store_true", help="do not run the BIDS validator first"
    )


def _add_method_choice(run: argparse.ArgumentParser) -> None:
    how = run.add_argument_group("how it is processed")
    how.add_argument(
        "--methods",
        type=arguments.names,
        metavar="NAME[,NAME...]",
        help="recipes and baselines to compute, and no others",
    )
    how.add_argument(
        "--config",
        nargs="+",
        type=arguments.file,
        default=[],
        metavar="FILE",
        help="YAML overlays on the packaged configuration, in this order: files, or packaged ones such as spine-generic.yaml; "
        "options win over them",
    )
    how.add_argument(
        "--device", choices=["auto", "cpu", "cuda"], help="what networks compute on; default: auto"
    )


def _add_execution(run: argparse.ArgumentParser) -> None:
    where = run.add_argument_group("where and how it runs")
    where.add_argument("--cores", type=arguments.cores, metavar="N", help="processor cores; default: all")
    where.add_argument(
        "--profile",
        metavar="NAME|FOLDER",
        help="workflow profile of Snakemake: slurm, slurm-gpu, or your own folder",
    )
    where.add_argument(
        "--work-dir",
        "-w",
        type=arguments.folder,
        help="working folder of Snakemake; default: OUT_DIR/.isospine",
    )
    where.add_argument("-n", "--dry-run", action="store_true", help="show what would be done, and do nothing")
    _add_verbose(where)


def _add_verbose(command: Any) -> None:
    command.add_argument("-v", "--verbose", action="store_true", help="all that Snakemake says")
