"""Commands that talk to a network: tried again after a pause, and aborted when nothing comes any more."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TypeVar

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_chain,
    wait_random,
)

from isospine.errors import PassingError

#: Seconds between one try and the next, each with up to a quarter more or less, so that jobs do not ask in step.
PAUSES = (2.0, 8.0, 32.0)

#: Seconds without a byte before a transfer is aborted.
PATIENCE = 300.0

T = TypeVar("T")


def try_again(action: Callable[[], T]) -> T:
    """Do something, and do it again after a pause where the reason of a failure may pass.

    Parameters
    ----------
    action : callable
        Raises `PassingError` where another try is worth it. Any other error is raised at once.

    Raises
    ------
    PassingError
        Of the last try. The ones before, and the pauses, are printed.
    """
    return Retrying(
        retry=retry_if_exception_type(PassingError),
        stop=stop_after_attempt(len(PAUSES) + 1),
        wait=wait_chain(*(wait_random(0.75 * pause, 1.25 * pause) for pause in PAUSES)),
        before_sleep=_print_failure,
        reraise=True,
    )(action)


def _print_failure(state: RetryCallState) -> None:
    """Say why a try failed, and when the next one begins."""
    error = state.outcome.exception() if state.outcome else None
    pause = state.upcoming_sleep
    print(f"Try {state.attempt_number} of {len(PAUSES) + 1}: {error}. The next in {pause:.1f} s.", flush=True)


def run_patiently(command: list[str], folder: Path, growing: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as long as files grow, and end it with all its children when they do not.

    Parameters
    ----------
    command : list of str
        The program, found on PATH, and its arguments.
    folder : Path
        Where to run it.
    growing : Path
        The folder that it transfers into; it need not be there yet.

    Returns
    -------
    CompletedProcess
        With `returncode`, and `stdout` and `stderr` as text in which undecodable bytes survive.

    Raises
    ------
    PassingError
        If nothing changed in `growing` for `PATIENCE` seconds.

    Notes
    -----
    Of the main thread only, since it also ends the command when this process is asked to end (SIGTERM).
    """
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        # a session of its own, so that children of children are ended too, and none can ask on the terminal
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
        with _ended(process):
            _wait(process, command, growing)
        texts = []
        for stream in (stdout, stderr):
            stream.seek(0)
            texts.append(os.fsdecode(stream.read()))
    return subprocess.CompletedProcess(command, process.returncode, *texts)


def _wait(process: subprocess.Popen[bytes], command: list[str], growing: Path) -> None:
    """Wait for a process to end by itself."""
    seen, since, pause = -1, time.monotonic(), 0.01
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(pause)
            return
        pause = min(2 * pause, 1.0)
        size = _size(growing)
        if size != seen:
            seen, since = size, time.monotonic()
        elif time.monotonic() - since > PATIENCE:
            raise PassingError(f"{' '.join(command)}: stalled, nothing came for {PATIENCE:g} seconds")


@contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """See to it that a process and its children end with the block, also when this process is told to end."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        signal.signal(signal.SIGTERM, before)


def _size(folder: Path) -> int:
    """Bytes of all files below a folder, of those that stay while it looks."""
    size = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                size += os.lstat(os.path.join(place, name)).st_size
    return size
