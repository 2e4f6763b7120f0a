"""Fixtures that every test may use."""

import os
from pathlib import Path

# the libraries' own threads would fight over the cores with the other jobs of a busy machine
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from datasets import TEST_DATA


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Folder of the real volumes; tests that need them are skipped where it is absent."""
    if not TEST_DATA.is_dir():
        pytest.skip(f"no test data at {TEST_DATA}; set ISOSPINE_TEST_DATA to the folder that holds it")
    return TEST_DATA


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a remote refuses is tried again at once."""
    monkeypatch.setattr("isospine.transfer.PAUSES", (0.0, 0.0, 0.0))
