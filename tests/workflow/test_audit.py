"""References that methods are made to see, on purpose, in whole runs: the run is stopped, or the audit says so."""

import re
from pathlib import Path

import pytest
from support.runs import Run
from support.snakemake import Outcome, merged, read_rows

IMAGE = "results/sub-01/anat/sub-01"
READS_REFERENCE = f'from isospine.io.nifti import load_volume\ntruth = load_volume("{IMAGE}_desc-reference_T2w.nii.gz")[0]\n'


pytestmark = [pytest.mark.slow, pytest.mark.workflow]


@pytest.fixture
def run(simulated_run: Run, tmp_path: Path) -> Run:
    return simulated_run.copy(tmp_path, own_repository=True)


def assert_stopped(outcome: Outcome) -> None:
    said = "_desc-reference_T2w.nii.gz: was about to be read by a job that makes an image"
    assert outcome.code == 1 and said in outcome.output


@pytest.mark.parametrize("script", ["train", "baseline", "reconstruct"])
def test_a_script_that_reads_the_reference_is_stopped(run: Run, script: str) -> None:
    start = re.compile(
        r"^ +see_views_only\(snakemake\.wildcards\.image, snakemake\.input.*\)\n", re.MULTILINE
    )
    reads = "".join(f"    {line}\n" for line in READS_REFERENCE.splitlines())
    file = run.repository / f"workflow/scripts/{script}.py"
    changed, count = start.subn(lambda found: found[0] + reads, file.read_text(), count=1)
    assert count == 1
    file.write_text(changed)
    assert_stopped(run.again("results/metrics.tsv"))


def test_a_rule_that_is_given_the_reference_is_stopped(run: Run) -> None:
    inputs_of_train = re.compile(r"^rule train:\n(?:.*\n)*?    input:\n(?: {8}.*\n)+", re.MULTILINE)
    (file,) = (
        path
        for path in (run.repository / "workflow/rules").glob("*.smk")
        if inputs_of_train.search(path.read_text())
    )
    truth = '        truth="results/{image}_desc-reference_{contrast}.nii.gz",\n'
    file.write_text(inputs_of_train.sub(lambda found: found[0] + truth, file.read_text(), count=1))
    assert_stopped(run.again("results/metrics.tsv"))


TABLE = "results/tables/sub-01/anat/sub-01_desc-erroranatomy_T2w.tsv"


def guessed_share(run: Run) -> float:
    rows = [row for row in read_rows(run.directory / TABLE) if row["quantity"] == "guessed_share"]
    return {row["method"]: float(row["value"]) for row in rows}["fourier"]


def test_an_honest_run_is_not_accused(simulated_run: Run) -> None:
    assert guessed_share(simulated_run) <= 0.95
    assert "seen the reference" not in simulated_run.outcome.output


def test_a_reference_that_comes_another_way_is_found_in_the_images(run: Run) -> None:
    """Through a file that no rule knows, written with the views: only the image itself can tell."""
    hidden = "../truth.nii.gz"
    view, reconstruct = (run.repository / f"workflow/scripts/{name}.py" for name in ("view", "reconstruct"))
    view.write_text(
        f'import shutil\nshutil.copy("{IMAGE}_desc-reference_T2w.nii.gz", "{hidden}")\n' + view.read_text()
    )
    reconstruct.write_text(
        reconstruct.read_text()
        .replace(
            "model.reconstruct(grid),",
            f'model.reconstruct(grid) * 0.1 + 0.9 * load_volume("{hidden}")[0],',
        )
        .replace("import load_grid,", "import load_grid, load_volume,")
    )
    # of one method that sees it and one baseline, on the grid of the reference alone
    config = merged(
        run.config,
        {"ablations": {"mapping-size": None}, "baselines": ["linear"], "resolutions": ["reference"]},
    )
    outcome = run.again(TABLE, config=config).succeeded()
    assert guessed_share(run) > 0.95
    assert "fourier recovered" in outcome.output and "seen the reference" in outcome.output
