"""The command `isospine`: one pair of files in, one isotropic volume out, without a BIDS dataset."""

import sys
from collections.abc import Sequence

from isospine.cli.signals import Stopped, stopping_on_signals
from isospine.errors import InputError
from isospine.words import printable


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit code.

    Returns
    -------
    int
        0; 2 for an argument or input that cannot be used, or too little memory or disk; 130 after Ctrl-C, 143 where it was
        asked to terminate. Each of these with one line that says why.
    """
    try:
        with stopping_on_signals():
            run(arguments)
    except (InputError, OSError) as error:
        return refuse(str(error), 2)
    except MemoryError:
        return refuse("out of memory; choose a coarser --spacing, or a larger machine", 2)
    except KeyboardInterrupt as stop:
        code = stop.exit_code if isinstance(stop, Stopped) else Stopped().exit_code
        return refuse("stopped; nothing half-written is left, and files that were finished stay", code)
    return 0


def refuse(message: str, code: int) -> int:
    """Print an error on one line, whatever file names hold, and return the exit code."""
    print(printable(f"error: {message}"), file=sys.stderr)
    return code


def run(arguments: Sequence[str] | None) -> None:
    """Run the command of some arguments.

    Raises
    ------
    InputError
        As the command.
    """
    # imported here, where signals end the command cleanly, and help must not wait for torch
    import logging

    from isospine.cli.parser import parser
    from isospine.jobs.log import LineFormatter

    options = parser().parse_args(arguments)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter("%(message)s"))
    logging.basicConfig(handlers=[handler])
    logging.getLogger("isospine").setLevel(logging.INFO)  # libraries have less to say
    from isospine.cli import reconstruct as reconstruct_command
    from isospine.cli import resample as resample_command

    {"reconstruct": reconstruct_command.run, "resample": resample_command.run}[options.command](options)


def resample() -> int:
    """Run `isospine resample` under its own name, `isospine-resample`."""
    return main(["resample", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
