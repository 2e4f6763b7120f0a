"""Whole runs that are made once in a session; `support.runs` says what they are."""

from pathlib import Path

import pytest
from support.datasets import REAL_T2W
from support.runs import Run, make_acquired, make_failed, make_simulated, run_once


@pytest.fixture(scope="session")
def simulated_run(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Give the finished run on simulated views, to be copied."""
    if not REAL_T2W.is_dir():
        pytest.skip("no real volumes")
    return run_once(tmp_path_factory, "simulated", repository, make_simulated)


@pytest.fixture(scope="session")
def acquired_run(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Give the finished run on acquired views, to be copied."""
    return run_once(tmp_path_factory, "acquired", repository, make_acquired)


@pytest.fixture(scope="session")
def failed_run(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Give the run on a dataset of bad images, to be copied."""
    if not REAL_T2W.is_dir():
        pytest.skip("no real volumes")
    return run_once(tmp_path_factory, "failed", repository, make_failed)
