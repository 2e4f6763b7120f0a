"""The command line of Snakemake for a run, and what becomes of it."""

import signal
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from isospine.errors import InputError
from isospine.jobs.run_folder import RunFolder


def snakemake_arguments(
    options: Namespace, pipeline: Path, folder: RunFolder, config: Path, extra: Sequence[str] = ()
) -> list[str]:
    """Arguments of the `snakemake` that makes a run, or reports on one.

    Parameters
    ----------
    options : Namespace
        Of one of the commands.
    pipeline : Path
        Folder of the workflow.
    folder : RunFolder
        Where Snakemake works.
    config : Path
        Overlay on the packaged configuration.
    extra : sequence of str
        Targets and further options.

    Raises
    ------
    InputError
        If there is no such profile.
    """
    profile = getattr(options, "profile", None)
    cores = getattr(options, "cores", None) or (None if profile else "all")
    return [
        *("--snakefile", str(pipeline / "Snakefile")),
        *("--directory", str(folder.work)),
        *("--workflow-profile", str(find_profile(profile, pipeline))),
        *(["--cores", cores] if cores else []),
        *(["--verbose"] if options.verbose else []),
        *("--configfile", str(config)),
        *extra,
    ]


def find_profile(profile: str | None, pipeline: Path) -> Path:
    """Folder of a workflow profile: one that comes with isospine, by its name, or any other.

    Raises
    ------
    InputError
        If there is none.
    """
    shipped = pipeline / "workflow" / "profiles"
    for folder in (shipped / (profile or "default"), Path(profile or "").absolute()):
        if (folder / "config.yaml").is_file():
            return folder
    names = ", ".join(sorted(each.name for each in shipped.iterdir() if each.is_dir()))
    raise InputError(
        f"--profile {profile}: no folder with a config.yaml; expected one of {names}, or the path of your own profile"
    )


def call_snakemake(arguments: Sequence[str]) -> int:
    """Run Snakemake in this process, so that signals and its exit code are its own.

    Returns
    -------
    int
        0, 1 if a job failed or the workflow refused its input, 130 after Ctrl-C.
    """
    from snakemake.cli import main

    stopped = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopped
        if stopped:  # a second one would end Snakemake while it ends its jobs
            return
        stopped = True
        raise KeyboardInterrupt

    sys.argv = ["snakemake", *arguments]
    before = signal.signal(signal.SIGINT, stop)
    try:
        main(list(arguments))
    except SystemExit as end:
        if stopped:
            print("stopped; the same command continues", file=sys.stderr)
            return 130
        return end.code if isinstance(end.code, int) else 1
    finally:
        signal.signal(signal.SIGINT, before)
    return 0
