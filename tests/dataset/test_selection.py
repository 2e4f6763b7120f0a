"""What identifies an exclude file; what it selects is in test_index."""

import os
from pathlib import Path

import pytest
from support.datasets import EXCLUDE, image_paths, make_bids, refuses

from isospine.dataset.selection import exclude_content

SECTION = {"section": "csa_t2"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return make_bids(tmp_path / "data", image_paths(["amu01"]))


def edit(path: Path, text: str) -> None:
    """Write a file and give it the date that it had."""
    dates = (1, 1) if not path.exists() else (path.stat().st_atime, path.stat().st_mtime)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    os.utime(path, dates)


@pytest.mark.parametrize("place", ["data/exclude.yml", "data/code/exclude.yml", "exclude.yml", "absolute"])
@pytest.mark.parametrize("plain", [True, False])
def test_content_counts_wherever_the_file_lies(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, plain: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / ("elsewhere.yml" if place == "absolute" else place)
    name = str(file) if place == "absolute" else place.removeprefix("data/")
    seen = []
    for text in (EXCLUDE, EXCLUDE.replace("- amu ", "- unf "), EXCLUDE):
        edit(file, text)
        seen.append(exclude_content(data if plain else None, {"file": name, **SECTION}, tmp_path))
    if not plain and place.startswith("data/"):  # its commit identifies it
        assert seen == [None] * 3
    else:
        assert seen[0] == seen[2] != seen[1] and None not in seen


def test_the_file_of_the_dataset_comes_first(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    edit(data / "exclude.yml", EXCLUDE)
    alone = exclude_content(data, {"file": "exclude.yml", **SECTION}, tmp_path)
    edit(tmp_path / "exclude.yml", "csa_t2: [unf]")
    assert exclude_content(data, {"file": "exclude.yml", **SECTION}, tmp_path) == alone


def test_labels_are_no_file(data: Path, tmp_path: Path) -> None:
    assert exclude_content(data, ["amu01"], tmp_path) is None


def test_a_file_that_cannot_be_used_is_named_at_once(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with refuses("dataset.exclude", "no file nowhere.yml"):
        exclude_content(data, {"file": "nowhere.yml", **SECTION}, tmp_path)
    edit(tmp_path / "exclude.yml", "csa_t1: []")
    with refuses("dataset.exclude.section", "no section 'csa_t2'"):
        exclude_content(data, {"file": "exclude.yml", **SECTION}, tmp_path)
