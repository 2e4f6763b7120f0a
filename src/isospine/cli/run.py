"""`isospine run`: the whole pipeline on a BIDS dataset, as BIDS Apps are run; and the commands on a run that was made."""

import logging
import tempfile
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

import yaml

from isospine.cli.pipeline import pipeline_root
from isospine.cli.run_checks import check_report_file, choose_folder, create_folder, is_valid
from isospine.cli.run_config import as_typed, check_overlay, find_source, make_overlay
from isospine.cli.run_snakemake import call_snakemake, snakemake_arguments
from isospine.dataset.selection import list_labels
from isospine.dataset.source import DEMO, is_url, subject_folders
from isospine.errors import InputError
from isospine.io.atomic import write_text
from isospine.io.yaml import load_yaml
from isospine.jobs.run_folder import RunFolder, find_run
from isospine.plan.check import Config

log = logging.getLogger(__name__)

#: Options of `isospine run` that `group` takes from the recorded configuration.
RECORDED = ("session_label", "contrast", "acquired", "methods", "config", "device")


def run(options: Namespace) -> int:
    """Run the command `run`, and return its exit code.

    Raises
    ------
    InputError
        If an option or the configuration cannot be used, or another run is at work in the output folder.
    """
    pipeline = pipeline_root()
    try:
        source = find_source(options.bids_dir, Path.cwd())
        folder = choose_folder(source, options.output_dir, options.work_dir)
        if options.level == "group":
            overlay = _recorded(options, folder, source)
            check_overlay(overlay, pipeline, Path.cwd())
        else:
            overlay = make_overlay(options, pipeline, Path.cwd())
    except InputError as error:
        raise InputError(as_typed(str(error), options)) from error
    if options.level != "group" and not (options.skip_bids_validation or is_valid(source)):
        return 1
    if options.dry_run:
        return _plan(options, pipeline, folder, overlay)
    # one bad image stops its own jobs only; tables and report of the others are for the group level
    arguments = _arguments(options, pipeline, folder, [*_unlocked(), "--keep-going", *options.snakemake])
    create_folder(folder)
    with folder.held():
        write_text(folder.config, _as_text(overlay))
        folder.left_out.unlink(missing_ok=True)
        if options.level == "group":
            unfinished = [*_unlocked(), "leave_out_unfinished", "--quiet", "all"]
            if code := call_snakemake(_arguments(options, pipeline, folder, unfinished)):
                return code
        return call_snakemake(arguments)


def report(options: Namespace) -> int:
    """Write the report of a run as one file."""
    folder = _run_in(options.output_dir)
    file = (options.output or folder.output / "report.html").absolute()
    check_report_file(file)
    return _call_on(options, folder, ["--report", str(file)])


def status(options: Namespace) -> int:
    """Show how far each image of a run is."""
    return _call_on(options, _run_in(options.output_dir), ["status", "--quiet", "all"])


def export(options: Namespace) -> int:
    """Copy the results of a run to a folder of their own."""
    folder = _run_in(options.output_dir)
    with folder.held():
        return _call_on(options, folder, ["export_datalad" if options.datalad else "export"])


def _call_on(options: Namespace, folder: RunFolder, extra: Sequence[str]) -> int:
    source = load_yaml(folder.config)["dataset"]["source"]
    if source != DEMO and not is_url(source) and not Path(source).exists():
        raise InputError(
            f"OUT_DIR: the dataset of the run in {folder.output} is not there any more: {source}; expected it where it was"
        )
    return call_snakemake(
        _arguments(options, pipeline_root(), folder, [*_unlocked(), *extra, *options.snakemake])
    )


def _arguments(options: Namespace, pipeline: Path, folder: RunFolder, extra: Sequence[str]) -> list[str]:
    return snakemake_arguments(options, pipeline, folder, folder.config, extra)


def _unlocked() -> list[str]:
    """Options for a run whose folder is held: Snakemake's own lock would outlive a run that is killed."""
    return ["--nolock"]


def _run_in(output: Path) -> RunFolder:
    folder = find_run(output)
    if folder is None or not folder.config.is_file():
        raise InputError(
            f"OUT_DIR: {output} holds no run; start one: isospine run BIDS_DIR {output} participant"
        )
    return folder


def _plan(options: Namespace, pipeline: Path, folder: RunFolder, overlay: Config) -> int:
    """Show what a run would do; where there was none, in a folder that goes afterwards."""
    with tempfile.TemporaryDirectory(prefix="isospine-") as place:
        config = Path(place) / "config.yaml"
        write_text(config, _as_text(overlay))
        if not folder.work.is_dir():
            folder = RunFolder(folder.output, Path(place))
        extra = [
            *_unlocked(),
            "--dry-run",
            *([] if options.verbose else ["--quiet", "all"]),
            *options.snakemake,
        ]
        return call_snakemake(snakemake_arguments(options, pipeline, folder, config, extra))


def _recorded(options: Namespace, folder: RunFolder, source: str) -> Config:
    """Configuration of the runs that were made, for all subjects that are there."""
    given = [name for name in RECORDED if getattr(options, name) not in (None, [])]
    if given:
        raise InputError(
            f"--{given[0].replace('_', '-')}: group takes the configuration of the participant level; leave the option out"
        )
    overlay: Config = load_yaml(_run_in(folder.output).config)
    if overlay["dataset"]["source"] != source:
        raise InputError(
            f"BIDS_DIR: {source} is not the dataset of the run in {folder.output}, {overlay['dataset']['source']}"
        )
    there = [name.removeprefix("sub-") for name in subject_folders(folder.output)]
    if not there:
        raise InputError(f"OUT_DIR: {folder.output} holds no subject yet; run the participant level first")
    labels = list(dict.fromkeys(label.removeprefix("sub-") for label in options.participant_label or there))
    if missing := sorted(set(labels) - set(there)):
        raise InputError(
            f"--participant-label: {', '.join(missing)} not in {folder.output}; expected some of {list_labels(there)}"
        )
    overlay["dataset"]["subjects"] = labels
    return overlay


def _as_text(overlay: Config) -> str:
    return yaml.safe_dump(overlay, sort_keys=False, allow_unicode=True)
