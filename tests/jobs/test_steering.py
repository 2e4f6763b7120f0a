"""What changes the last digits of a result without being part of its identity is named beside it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from isospine.jobs.steering import STEERING, chosen_instructions, steering_variables

CHOICES = {
    "OPENBLAS_CORETYPE": "Haswell",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "MKL_CBWR": "COMPATIBLE",
    "ATEN_CPU_CAPABILITY": "default",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "DNNL_MAX_CPU_ISA": "AVX2",
    "NPY_DISABLE_CPU_FEATURES": "AVX512F",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2_Usable",
    "NVIDIA_TF32_OVERRIDE": "0",
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if STEERING.fullmatch(name)]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize("name", CHOICES)
def test_a_choice_of_instructions_is_named(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert steering_variables() == {}
    monkeypatch.setenv(name, CHOICES[name])
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert steering_variables() == {name: CHOICES[name], "OMP_NUM_THREADS": "2"}
    assert chosen_instructions() == {name: CHOICES[name]}


def test_the_log_of_a_job_begins_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    monkeypatch.setenv("MKL_NUM_THREADS", "2")
    program = "from isospine.jobs.log import job_log\nwith job_log('job.log'): print('work')"
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True)
    lines = (tmp_path / "job.log").read_text().splitlines()
    assert lines[:2] == ["environment: OPENBLAS_CORETYPE=Haswell", "work"]


def test_records_name_no_folder_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_SECRET", "HOME", "XMKL_X", "OMP"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("LD_PRELOAD", "/home/me/libmkl.so")
    monkeypatch.setenv("MKL_DEBUG_CPU_TYPE", "")
    assert steering_variables() == {"LD_PRELOAD": "(a path)"}
