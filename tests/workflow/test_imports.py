"""A working directory that came from elsewhere: none of its files is taken for a module."""

from pathlib import Path

import pytest
from support.datasets import image_paths, make_bids
from support.snakemake import from_dataset, snakemake

pytestmark = pytest.mark.workflow

#: Of the standard library, of other packages, of none that is installed, and what Python imports by itself at its start.
NAMES = ["random", "json", "copy", "torch", "pandas", "numexpr", "isospine", "snakemake", "sitecustomize"]


def test_jobs_import_nothing_from_the_working_directory(repository: Path, tmp_path: Path) -> None:
    data, work, mark = make_bids(tmp_path / "data", image_paths(["01"])), tmp_path / "work", tmp_path / "mark"
    for folder in (work, work / ".snakemake/scripts"):
        folder.mkdir(parents=True)
        for name in NAMES:
            (folder / f"{name}.py").write_text(f"open({str(mark)!r}, 'a').write(__file__ + '\\n')\n")
    snakemake(repository, work, "--until", "index", config=from_dataset(data)).succeeded()
    assert (work / "results/manifest.tsv").exists()
    assert not mark.exists(), mark.read_text()
