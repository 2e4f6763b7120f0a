"""The command is stopped: one line, the exit code of shells, and nothing half-written."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import nibabel as nib
import pytest
from support.acquired_pairs import write_pair

from isospine.cli import reconstruct as reconstruct_command
from isospine.cli.main import main
from isospine.cli.signals import SIGNALS
from isospine.methods import body


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_pair(tmp_path_factory.mktemp("pair"), shape=(28, 32, 40))[0]


@pytest.fixture(autouse=True)
def _interruptible() -> Iterator[None]:
    """Where the tests themselves run in the background or under nohup, they ignore signals, and the command would too."""
    before = {each: signal.signal(each, signal.SIG_DFL) for each in SIGNALS}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


def stop(number: int) -> None:
    os.kill(os.getpid(), number)
    time.sleep(1)  # for a handler that does not raise, so that the test fails


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize(
    "stage", ["load_acquired", "place_contrasts", "reconstruct", "writing", "report_page"]
)
def test_stopped_at_any_stage(
    views: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    number: int,
    stage: str,
) -> None:
    if stage == "writing":

        def half(image: nib.Nifti1Image, path: Path) -> None:
            path.write_bytes(b"half")
            path.with_suffix(".img").write_bytes(b"what a library may leave beside it")
            stop(number)

        monkeypatch.setattr(nib.Nifti1Image, "to_filename", half)
    else:
        module = body if stage in ("place_contrasts", "reconstruct") else reconstruct_command
        monkeypatch.setattr(module, stage, lambda *_, **__: stop(number))
        monkeypatch.setattr(reconstruct_command, "COMPARED", ())
    before = [signal.getsignal(each) for each in SIGNALS]
    options = ["--method", "linear", "--no-alignment", "--report", str(tmp_path / "page.html")]
    code = main(["reconstruct", *map(str, views), "-o", str(tmp_path / "iso.nii.gz"), *options])
    assert code == 128 + number
    (line,) = [each for each in capsys.readouterr().err.splitlines() if each.startswith("error")]
    assert line.startswith("error: stopped")
    whole = ["iso.json", "iso.nii.gz"] if stage == "report_page" else []
    assert sorted(os.listdir(tmp_path)) == whole
    assert [signal.getsignal(each) for each in SIGNALS] == before


def test_a_signal_that_is_ignored_stays_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    monkeypatch.setattr("isospine.cli.main.run", lambda _: os.kill(os.getpid(), signal.SIGHUP) or 0)
    try:
        assert main(["resample", "m.safetensors", "-o", "a.nii.gz", "--spacing", "1"]) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.slow
def test_ctrl_c_from_outside(views: list[Path], tmp_path: Path) -> None:
    arguments = ["reconstruct", *map(str, views), "-o", str(tmp_path / "iso.nii.gz"), "--method", "fourier"]
    with subprocess.Popen(
        [sys.executable, "-m", "isospine.cli.main", *arguments], stderr=subprocess.PIPE, text=True
    ) as command:
        assert command.stderr is not None
        said = ""
        while "voxels of" not in said:  # the training begins
            line = command.stderr.readline()
            assert line, said
            said += line
        time.sleep(1)
        command.send_signal(signal.SIGINT)
        rest = command.stderr.read()
    assert command.returncode == 130
    assert "Traceback" not in rest and rest.splitlines()[-1].startswith("error: stopped")
    assert os.listdir(tmp_path) == []
