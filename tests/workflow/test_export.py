"""The export of a finished run as a DataLad dataset."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.datasets import run_git
from support.runs import Run
from support.snakemake import files_below

from isospine.dataset.environment import datalad_environment
from isospine.dataset.export import EXPORT_RECORD

pytestmark = [pytest.mark.slow, pytest.mark.workflow]


def test_an_export_is_bids_and_its_links_hold(simulated_run: Run, tmp_path: Path) -> None:
    run = simulated_run.copy(tmp_path, own_repository=True)
    (run.repository / ".gitignore").write_text("__pycache__\n.snakemake\n")
    with datalad_environment():
        run_git(run.repository, "init", "--quiet")
        run_git(run.repository, "add", ".")
        run_git(run.repository, "commit", "--quiet", "--message", "code")
    (run.results / "sub-01" / "anat" / "sub-01_desc-earlier_T2w.nii.gz").touch()
    run.again("export_datalad").succeeded()
    folder = run.directory / "export"
    paths = files_below(folder)
    assert not [
        path for path in paths if "earlier" in path or path.startswith(("logs", "sourcedata", "metrics/"))
    ]
    shown = [path for path in paths if path.startswith(("figures/", "tables/", "report/"))]
    assert shown == [
        path for path in files_below(run.results) if path.startswith(("figures/", "tables/", "report/"))
    ]
    answer = subprocess.run(
        [Path(sys.executable).with_name("bids-validator-deno"), folder, "--format", "json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    issues = json.loads(answer.stdout)["issues"]["issues"]
    assert not [issue for issue in issues if issue["severity"] == "error"], issues
    uris = 0
    for path in (path for path in paths if path.startswith("sub-") and path.endswith(".json")):
        for uri in json.loads((folder / path).read_text())["Sources"]:
            dataset, place = uri.removeprefix("bids:").split(":")
            assert dataset == "source" or (folder / place).is_file(), uri
            uris += 1
    assert uris > 5
    record = json.loads((folder / EXPORT_RECORD).read_text())
    description = json.loads((folder / "dataset_description.json").read_text())
    assert len(record["isospine"]["commit"]) == 40 and not record["isospine"]["uncommitted_changes"]
    assert record["isospine"]["commit"] in description["GeneratedBy"][0]["CodeURL"]
    assert description["License"] == "CC0"
    # test_errors.py has a dataset that has a commit
    assert description["SourceDatasets"][0]["Version"] == "unversioned" and not record["source"]["commit"]
    for path in paths:
        if not path.startswith(".git/"):
            assert str(tmp_path).encode() not in (folder / path).read_bytes(), path
