"""What a run says at its end."""

import re
from pathlib import Path

import pytest
from support.datasets import image_paths, make_bids
from support.snakemake import TINY, copy_repository, from_dataset, snakemake


@pytest.mark.slow
@pytest.mark.workflow
def test_what_a_job_warns_of_is_said_at_the_end(tmp_path: Path) -> None:
    repository = copy_repository(tmp_path / "isospine")
    script = repository / "workflow" / "scripts" / "index.py"
    job = "with job_log(snakemake.log[0]):\n"
    warn = f"{job}    __import__('warnings').warn('the scanner was warm', RuntimeWarning)\n"
    script.write_text(script.read_text().replace(job, warn))
    data = make_bids(tmp_path / "data", image_paths(["01"]), volumes=True)
    config = from_dataset(data, TINY)

    planned = snakemake(repository, tmp_path / "run", "-n", config=config).succeeded().output
    made = snakemake(repository, tmp_path / "run", "results/manifest.tsv", config=config).succeeded().output
    assert "RuntimeWarning: the scanner was warm (results/logs/index.log)" in made
    assert "reason:" not in made, "long lists of files"
    assert not [text for text in (planned, made) if re.search("overview.html$", text, re.MULTILINE)]
    again = snakemake(repository, tmp_path / "run", "status", config=config).succeeded().output
    assert "1 image" in again and "scanner" not in again and "Look first" not in again
