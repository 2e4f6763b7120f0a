"""What a run says, and what it leaves to its log."""

import re
import sys
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
    assert not [text for text in (planned, made) if "Look first at:" in text]
    again = snakemake(repository, tmp_path / "run", "status", config=config).succeeded().output
    assert "1 image" in again and "scanner" not in again and "Look first" not in again


@pytest.mark.slow
@pytest.mark.workflow
def test_the_terminal_is_quiet_and_the_log_is_not(repository: Path, tmp_path: Path) -> None:
    data = make_bids(tmp_path / "data", image_paths(["01", "02"]), volumes=True)
    whole = data / "sub-01/anat/sub-01_T2w.nii.gz"
    whole.write_bytes(whole.read_bytes()[:-9])
    config = from_dataset(data, TINY)
    targets = [f"results/sub-{one}/anat/sub-{one}_desc-reference_T2w.nii.gz" for one in ("01", "02")]
    run = snakemake(repository, tmp_path / "run", "--keep-going", *targets, config=config, lists_jobs=False)
    assert run.code != 0
    assert "The images are known now: " in run.output
    assert re.search(
        r"^Failed: reference: .*NIfTI.* \(results/logs/reference/.+\)$", run.output, re.MULTILINE
    )
    assert "localrule" not in run.output and "\x1b" not in run.output and "\r" not in run.output
    assert len(run.output.splitlines()) < 12, run.output
    log = tmp_path / "run" / re.findall(r"^Log of the run: +(.+)$", run.output, re.MULTILINE)[0]
    assert "rule reference:" in log.read_text()


@pytest.mark.workflow
def test_snakemake_runs_without_the_logger(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an environment that has not isospine, whose Snakemake reads the profile before the Snakefile."""
    data = make_bids(tmp_path / "data", image_paths(["01"]))
    hidden = "import importlib.util as u, sys; f = u.find_spec; "
    hidden += "u.find_spec = lambda n, *a: None if n.startswith('snakemake_logger') else f(n, *a); "
    hidden += "from snakemake.cli import main; main(sys.argv[1:])"
    run = snakemake(
        repository,
        tmp_path / "run",
        "results/manifest.tsv",
        config=from_dataset(data, TINY),
        program=[sys.executable, "-c", hidden],
        lists_jobs=False,
    )
    assert "localcheckpoint index:" in run.succeeded().output
