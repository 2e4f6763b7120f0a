"""The shipped profiles without a cluster: what they say, and what they make of a scheduler that is played by scripts."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.datasets import image_paths, make_bids
from support.snakemake import REPOSITORY, TINY, from_dataset, plan, snakemake

from isospine.plan.outputs import steps_of

PROFILES = REPOSITORY / "workflow" / "profiles"
REFERENCE = "results/sub-01/anat/sub-01_desc-reference_T2w.nii.gz"
#: Small enough for the volumes of the dataset.
SMALL_VIEWS = {"views": [{"plane": "axial", "factor": 2}]}
STATUS = PROFILES / "generic-cluster" / "status.sh"


def profile(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((PROFILES / name / "config.yaml").read_text(encoding="utf-8"))
    return content


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bids(tmp_path_factory.mktemp("plain") / "data", image_paths(["01"]), volumes=True)


@pytest.mark.workflow
@pytest.mark.parametrize("name", ["slurm", "slurm-gpu", "generic-cluster"])
def test_snakemake_takes_the_profile(repository: Path, data: Path, tmp_path: Path, name: str) -> None:
    path = repository / "workflow" / "profiles" / name
    outcome = plan(
        repository, tmp_path, f"--workflow-profile={path}", config=from_dataset(data, TINY)
    ).succeeded()
    assert outcome.jobs["clone"] == 1


@pytest.mark.workflow
def test_a_profile_and_the_configuration_agree_on_gpus(repository: Path, data: Path, tmp_path: Path) -> None:
    """Before any job is planned; without the profile there is nothing to disagree with."""
    config = from_dataset(data, TINY, {"resources": {"device": "cpu"}})
    path = repository / "workflow/profiles/slurm-gpu"
    outcome = plan(repository, tmp_path, f"--workflow-profile={path}", config=config)
    assert outcome.code != 0 and "resources.device: is cpu, but a GPU is set for train" in outcome.output
    plan(repository, tmp_path, config=config).succeeded()


@pytest.mark.parametrize("name", ["slurm", "slurm-gpu", "generic-cluster"])
def test_what_jobs_need_is_said_by_the_rules(name: str) -> None:
    content = profile(name)
    said = content.get("default-resources", {}).keys() | {
        resource for resources in content.get("set-resources", {}).values() for resource in resources
    }
    assert not said & {"mem_mb", "runtime", "disk_mb"}
    assert "set-threads" not in content


def test_gpus_are_the_only_difference_between_the_slurm_profiles() -> None:
    gpu = profile("slurm-gpu")
    asking = gpu.pop("set-resources")
    assert (gpu["resources"], gpu["set-resource-scopes"]) == (["gpu=1"], ["gpu=local"]), "in a group"
    assert gpu == profile("slurm")
    scripts = (REPOSITORY / "workflow" / "scripts").glob("*.py")
    devices = re.compile(r'job_session|job_method|job_processors|"gpu"')
    able = {script.stem for script in scripts if devices.search(script.read_text(encoding="utf-8"))}
    assert asking == {rule: {"gpu": 1} for rule in able | {"train_shared"}}
    steps = [*steps_of(False, "reference", ["T2w"]).values(), *steps_of(True, "1.0", ["T2w"]).values()]
    assert {step.rule for step in steps if step.runs_networks} == {*asking}


def test_a_failed_job_is_shown_everywhere() -> None:
    """A workflow profile takes the place of the default one, so that each has to say what that says.

    Only the limit of GPU jobs is for one machine alone, and only there the reason of each job is left out: the log of
    a cluster is read later.
    """
    default = profile("default")
    assert default.pop("quiet") == ["reason"]
    assert default.pop("resources") == ["gpu=1"], (
        "of one machine; with a scope, of a group of a cluster's jobs"
    )
    for name in ("slurm", "slurm-gpu", "generic-cluster"):
        content = profile(name)
        assert {key: content[key] for key in default} == default, name


# --- other schedulers -----------------------------------------------------------------------------------------


def play(folder: Path, **programs: str) -> dict[str, str]:
    """Make commands of a scheduler that is not there; give the environment in which they are all there is."""
    folder.mkdir(exist_ok=True)
    for name in ("sh", "sed", "awk", "sleep", "mkdir"):
        if not (folder / name).exists():
            (folder / name).symlink_to(
                next(p for p in (Path("/bin", name), Path("/usr/bin", name)) if p.exists())
            )
    for name, text in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    return {"PATH": str(folder)}


SAYS = {
    "pbs queued": ("running", {"qstat": "echo '    job_state = Q'"}),
    "pbs running": ("running", {"qstat": "echo '    job_state = R'"}),
    "pbs done": ("success", {"qstat": "echo '    job_state = F'; echo '    Exit_status = 0'"}),
    "pbs out of time": ("failed", {"qstat": "echo '    job_state = F'; echo '    Exit_status = 271'"}),
    "pbs deleted in the queue": ("failed", {"qstat": "echo '    job_state = F'"}),
    "pbs forgotten": ("failed", {"qstat": "echo 'qstat: Unknown Job Id 7.host' >&2; exit 153"}),
    "pbs not answering": ("running", {"qstat": "echo 'Connection refused' >&2; exit 111"}),
    "torque done": (
        "success",
        {"qstat": "echo '<Job><job_state>C</job_state><exit_status>0</exit_status></Job>'"},
    ),
    "torque failed": (
        "failed",
        {"qstat": "echo '<Job><job_state>C</job_state><exit_status>-11</exit_status></Job>'"},
    ),
    "grid engine running": ("running", {"qstat": "echo 'job_number: 7'", "qacct": "exit 1"}),
    "grid engine done": (
        "success",
        {
            "qstat": "echo 'Following jobs do not exist:' >&2; exit 1",
            "qacct": "echo 'failed       0'; echo 'exit_status  0'",
        },
    ),
    "grid engine out of time": (
        "failed",
        {
            "qstat": "echo 'Following jobs do not exist:' >&2; exit 1",
            "qacct": "echo 'failed       100 : assumedly after job'; echo 'exit_status  137'",
        },
    ),
    "grid engine without accounting": (
        "failed",
        {"qstat": "echo 'Following jobs do not exist:' >&2; exit 1", "qacct": "exit 1"},
    ),
    "grid engine not answering": (
        "running",
        {"qstat": "echo 'error: unable to contact qmaster' >&2; exit 1", "qacct": "exit 1"},
    ),
    "lsf suspended": ("running", {"bjobs": "echo SSUSP"}),
    "lsf done": ("success", {"bjobs": "echo DONE"}),
    "lsf failed": ("failed", {"bjobs": "echo EXIT"}),
    "lsf forgotten": ("failed", {"bjobs": "echo 'Job <7> is not found' >&2; exit 255"}),
    "lsf not answering": ("running", {"bjobs": "echo 'LSF is down. Please wait ...' >&2; exit 255"}),
    "slurm pending": ("running", {"squeue": "echo PENDING"}),
    "slurm done": ("success", {"squeue": "echo COMPLETED"}),
    "slurm out of time": ("failed", {"squeue": "echo TIMEOUT"}),
    "slurm forgotten by its controller": (
        "success",
        {
            "squeue": "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1",
            "sacct": "echo COMPLETED",
        },
    ),
    "slurm forgotten": (
        "failed",
        {"squeue": "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1", "sacct": "exit 1"},
    ),
    "slurm not answering": (
        "running",
        {"squeue": "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1"},
    ),
}


@pytest.mark.parametrize("case", SAYS)
def test_what_became_of_a_job(tmp_path: Path, case: str) -> None:
    expected, programs = SAYS[case]
    answer = subprocess.run(
        [str(STATUS), "7"],
        env=play(tmp_path / "bin", **programs) | {"STATUS_PAUSE": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, f"{expected}\n", "")


def submit_commands() -> dict[str, str]:
    """Submit commands of the profile by the name of their command: the one in use, and those in comments."""
    text = (PROFILES / "generic-cluster" / "config.yaml").read_text(encoding="utf-8")
    text = re.sub(r"^# (cluster-generic|  )", r"\1", text, flags=re.MULTILINE)
    blocks = re.findall(r"^cluster-generic-submit-cmd: >-\n(?:  .+\n)+", text, re.MULTILINE)
    commands = [yaml.safe_load(block)["cluster-generic-submit-cmd"] for block in blocks]
    return {
        "grid engine" if "-pe smp" in line else re.findall(r"qsub|bsub|sbatch", line)[0]: line
        for line in commands
    }


@pytest.mark.parametrize(
    ("scheduler", "prints", "options"),
    [
        ("qsub", "7.host", "-l select=1:ncpus=4:mem=6000mb -l walltime=00:90:00"),
        ("grid engine", "7", "-pe smp 4 -l h_vmem=1500M -l h_rt=0:90:0"),
        ("bsub", "Job <7> is submitted to default queue <normal>.", "-n 4 -R span[hosts=1] -M 6000"),
        ("sbatch", "7", "--cpus-per-task 4 --mem 6000 --time 90"),
    ],
)
def test_submission(tmp_path: Path, scheduler: str, prints: str, options: str) -> None:
    """As the plugin does it: the filled-in command, and after it the job's script."""

    class resources:  # noqa: N801
        mem_mb, runtime = 6000, 90

    line = submit_commands()[scheduler].format(threads=4, resources=resources)
    name = "qsub" if scheduler == "grid engine" else scheduler
    environment = play(tmp_path / "bin", **{name: f'echo "$@" > given; echo "{prints}"'})
    answer = subprocess.run(
        f'{line} "a script.sh"',
        shell=True,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout == ("7\n" if scheduler == "bsub" else f"{prints}\n")
    given = (tmp_path / "given").read_text()
    assert options in given
    assert given.endswith("a script.sh\n")
    assert (tmp_path / ".snakemake/cluster-logs").is_dir()


QSUB = """\
for script; do :; done
echo "$@" >> {folder}/submitted
number=$(wc -l < {folder}/submitted)
( sh "$script" > {folder}/$number.log 2>&1; echo $? > {folder}/$number.exit ) > /dev/null 2>&1 &
echo $number.host"""

QSTAT = """\
file={folder}/${{3%.host}}.exit
if [ -e $file ]; then echo "    job_state = F"; echo "    Exit_status = $(cat $file)"; else echo "    job_state = R"; fi"""


@pytest.mark.slow
@pytest.mark.workflow
def test_a_run_on_a_played_scheduler(repository: Path, data: Path, tmp_path: Path) -> None:
    """The submit command of the profile as it is, with a PBS that runs each job at once."""
    folder = tmp_path / "bin"
    play(folder, qsub=QSUB.format(folder=folder), qstat=QSTAT.format(folder=folder), cat='exec /bin/cat "$@"')
    outcome = snakemake(
        repository,
        tmp_path / "work",
        f"--workflow-profile={repository / 'workflow/profiles/generic-cluster'}",
        # by itself it would take a real Slurm, if this machine has one
        f"--cluster-generic-status-cmd=env PATH={folder} {STATUS}",
        "--latency-wait=5",
        "--seconds-between-status-checks=1",
        REFERENCE,
        config=from_dataset(data, TINY, SMALL_VIEWS),
        environment={"PATH": f"{folder}:{os.environ['PATH']}"},
    ).succeeded()
    assert "external jobid '1.host'" in outcome.output
    assert (tmp_path / "work" / REFERENCE).is_file()
    assert "-l select=1:ncpus=1:mem=" in (folder / "submitted").read_text()
