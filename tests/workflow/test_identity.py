"""What identifies a result is content: an edited file runs again, and another dataset's image is not taken for one's own."""

import gzip
import os
from pathlib import Path
from typing import Any

import pytest
from support import datasets
from support.datasets import image_paths, make_bids, run_git
from support.snakemake import from_dataset, plan, read_rows, snakemake

from isospine.dataset.environment import datalad_environment

pytestmark = pytest.mark.workflow

IMAGE = image_paths(["01"])[0]


@pytest.mark.parametrize("place", ["data/code/exclude.yml", "work/exclude.yml"])
def test_an_edited_exclude_file_is_indexed_again(repository: Path, tmp_path: Path, place: str) -> None:
    data, work, file = (
        make_bids(tmp_path / "data", image_paths(["01", "02"])),
        tmp_path / "work",
        tmp_path / place,
    )
    file.parent.mkdir(parents=True)
    file.write_text("bad: ['01']\n")
    named = {"file": place.split("/", 1)[1], "section": "bad"}
    config = from_dataset(data, exclude=named)
    snakemake(repository, work, "--until", "index", config=config).succeeded()
    assert [row["subject"] for row in read_rows(work / "results/manifest.tsv")] == ["02"]
    assert "index" not in plan(repository, work, "--until", "index", config=config).succeeded().jobs
    before = file.stat()
    file.write_text("bad: ['02']\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert plan(repository, work, "--until", "index", config=config).succeeded().jobs == {"index": 1}


def make_worm(folder: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Make a DataLad dataset whose image is known by its name, size and date; its commits have one date."""
    make_bids(folder, [IMAGE])
    (folder / IMAGE).write_bytes(bytes([seed]) * 50_000)
    os.utime(folder / IMAGE, (1704067200, 1704067200))
    (folder / ".gitattributes").write_text(
        "* annex.backend=WORM annex.largefiles=nothing\n*.gz annex.largefiles=anything\n"
    )
    with datalad_environment():
        for role in ("AUTHOR", "COMMITTER"):
            monkeypatch.setenv(f"GIT_{role}_DATE", "2024-01-01T00:00:00Z")
        run_git(folder, "init", "--quiet", "--initial-branch=main")
        run_git(folder, "annex", "init", "--quiet", "source")
        datasets.save(folder, "r1", locked=True)
    return from_dataset(folder)


def test_a_cache_does_not_take_an_image_for_that_of_another_dataset(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cache").mkdir()
    environment = {"SNAKEMAKE_OUTPUT_CACHE": str(tmp_path / "cache")}
    target = "results/sourcedata/sub-01/anat/sub-01_T2w.nii.gz"
    facts, contents = [], []
    for number, name in enumerate(("one", "other")):
        config, work = make_worm(tmp_path / name, number, monkeypatch), tmp_path / f"work-{name}"
        snakemake(repository, work, target, "--cache", config=config, environment=environment).succeeded()
        facts.append(read_rows(work / "results/manifest.tsv"))
        # the file has the suffix of a compressed image, and is fetched as one
        contents.append(gzip.decompress((work / target).read_bytes()))
        assert contents[-1] == (tmp_path / name / IMAGE).read_bytes()
    assert facts[0] == facts[1] and facts[0][0]["annex_key"].startswith("WORM-s")
    assert contents[0] != contents[1]
