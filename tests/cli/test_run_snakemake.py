"""The command line of Snakemake that a run becomes, and its exit code."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.datasets import refuses
from support.snakemake import REPOSITORY

from isospine.cli.main import split_off
from isospine.cli.parser import parser
from isospine.cli.run_snakemake import call_snakemake, find_profile, snakemake_arguments
from isospine.jobs.run_folder import RunFolder

FOLDER = RunFolder(Path("/my out"), Path("/my out/.isospine"))


def arguments(*given: str) -> list[str]:
    own, others = split_off(["run", "data", "my out", "participant", *given])
    options = parser().parse_args(own)
    return snakemake_arguments(options, REPOSITORY, FOLDER, FOLDER.config, others)


def test_arguments() -> None:
    plain = arguments()
    assert plain == [
        *("--snakefile", str(REPOSITORY / "Snakefile")),
        *("--directory", "/my out/.isospine"),
        *("--workflow-profile", str(REPOSITORY / "workflow/profiles/default")),
        *("--cores", "all"),
        *("--configfile", "/my out/.isospine/config.yaml"),
    ]
    assert arguments("--cores", "4") == [*plain[:7], "4", *plain[8:]]
    assert "--verbose" in arguments("-v")


def test_profiles(tmp_path: Path) -> None:
    cluster = arguments("--profile", "slurm")
    assert str(REPOSITORY / "workflow/profiles/slurm") in cluster
    assert "--cores" not in cluster, "the profile says how many jobs"
    (tmp_path / "config.yaml").touch()
    assert find_profile(str(tmp_path), REPOSITORY) == tmp_path
    with refuses("--profile sulrm", "slurm-gpu"):
        arguments("--profile", "sulrm")


def test_what_stands_after_two_dashes_goes_to_snakemake() -> None:
    assert arguments("--", "--forceall", "results/metrics.tsv")[-2:] == ["--forceall", "results/metrics.tsv"]
    assert split_off(["reconstruct", "--", "-a.nii"]) == (["reconstruct", "--", "-a.nii"], [])
    assert split_off(["status", "out", "--", "--", "a"]) == (["status", "out"], ["--", "a"])


@pytest.mark.parametrize(("end", "code"), [(0, 0), (1, 1), ("a message", 1)])
def test_exit_codes(end: int | str, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snakemake.cli.main", lambda arguments: sys.exit(end))
    assert call_snakemake([]) == code


def test_ctrl_c_is_no_failure_of_a_job(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def cancelled(arguments: list[str]) -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            signal.raise_signal(signal.SIGINT)  # an impatient second one leaves Snakemake to end its jobs
            sys.exit(1)

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr("snakemake.cli.main", cancelled)
    assert call_snakemake([]) == 130
    assert capsys.readouterr().err == "stopped; the same command continues\n"
    assert signal.getsignal(signal.SIGINT) == before


def test_help_loads_no_numerical_library() -> None:
    """It answers at once."""
    code = (
        "import sys\nfrom isospine.cli.main import main\n"
        "try:\n    main(['run', '--help'])\nexcept SystemExit:\n    pass\n"
        "print(*{'torch', 'numpy', 'pandas', 'snakemake'} & set(sys.modules), file=sys.stderr)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "--participant-label" in answer.stdout and answer.stderr.split() == []
