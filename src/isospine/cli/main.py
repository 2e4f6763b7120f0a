"""The command `isospine`: the whole pipeline on a BIDS dataset, or one pair of files in and one isotropic volume out."""

import os
import sys
from collections.abc import Sequence

from isospine.cli.signals import Stopped, stopping_on_signals
from isospine.errors import InputError
from isospine.words import printable

#: Commands on the whole pipeline.
PIPELINE = ("run", "report", "status", "export")
#: A line of `--verbose`.
DETAILED = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit code.

    Returns
    -------
    int
        0; 1 if a job of a pipeline failed; 2 for an argument or input that cannot be used, or too little memory or disk; 130
        after Ctrl-C, 143 where it was asked to terminate. Each of these with one line that says why.
    """
    try:
        with stopping_on_signals():
            return run(arguments)
    except (InputError, OSError) as error:
        return refuse(str(error), 2)
    except MemoryError:
        return refuse("out of memory; choose a coarser --spacing, or a larger machine", 2)
    except KeyboardInterrupt as stop:
        code = stop.exit_code if isinstance(stop, Stopped) else Stopped().exit_code
        return refuse("stopped; nothing half-written is left, and files that were finished stay", code)


def refuse(message: str, code: int) -> int:
    """Print an error on one line, whatever file names hold, and return the exit code."""
    print(printable(f"error: {message}"), file=sys.stderr)
    return code


def run(arguments: Sequence[str] | None) -> int:
    """Run the command of some arguments, and return its exit code.

    Raises
    ------
    InputError
        As the command.
    """
    # imported here, where signals end the command cleanly, and help must not wait for torch
    import logging

    from isospine.cli.parser import parser
    from isospine.jobs.log import LineFormatter
    from isospine.jobs.steering import limit_threads

    own, others = split_off(sys.argv[1:] if arguments is None else arguments)
    options = parser().parse_args(own)
    options.snakemake = others
    handler = logging.StreamHandler(sys.stderr)
    detailed = options.verbose and options.command not in PIPELINE
    handler.setFormatter(LineFormatter(DETAILED if detailed else "%(message)s"))
    if options.command in PIPELINE:
        logging.getLogger("isospine").addHandler(handler)  # Snakemake has handlers of its own
    else:
        logging.basicConfig(handlers=[handler])
    quiet = options.command not in PIPELINE and options.quiet
    # libraries have less to say
    logging.getLogger("isospine").setLevel(logging.WARNING if quiet else logging.INFO)
    if options.command in PIPELINE:
        from isospine.cli import run as pipeline

        commands = {
            "run": pipeline.run,
            "report": pipeline.report,
            "status": pipeline.status,
            "export": pipeline.export,
        }
        return commands[options.command](options)
    if options.threads:
        limit_threads(options.threads)  # before any library is loaded that reads it
    if quiet or not sys.stderr.isatty():
        os.environ["TQDM_DISABLE"] = "1"  # which tqdm reads when it is loaded: a bar is for a terminal
    import torch

    from isospine.cli import reconstruct as reconstruct_command
    from isospine.cli import resample as resample_command

    if options.threads:
        torch.set_num_threads(options.threads)  # also where it was loaded before

    {"reconstruct": reconstruct_command.run, "resample": resample_command.run}[options.command](options)
    return 0


def split_off(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split what goes to Snakemake off the arguments of a command of the pipeline: what stands after ``--``."""
    given = list(arguments)
    if given[:1] and given[0] in PIPELINE and "--" in given:
        place = given.index("--")
        return given[:place], given[place + 1 :]
    return given, []


def resample() -> int:
    """Run `isospine resample` under its own name, `isospine-resample`."""
    return main(["resample", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
