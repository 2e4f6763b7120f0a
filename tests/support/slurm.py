"""A real Slurm on one node, with all its files in one folder and its daemons gone when the tests end.

Nothing is written outside the folder: the client commands find their configuration through wrappers that come first
on the PATH, because the Slurm executor plugin removes SLURM_CONF from the environment of a job's steps.
"""

import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

#: What users call and what the executor plugin calls.
CLIENTS = ("sbatch", "srun", "squeue", "scancel", "scontrol", "sinfo", "sacct", "sacctmgr", "sshare")
DAEMONS = ("munged", "slurmctld", "slurmd")

#: Of the folders in /tmp.
PREFIX = "isospine-slurm-"

#: What the node claims to have; nothing enforces it.
CPUS, MEMORY_MB, GPUS = 4, 256_000, 1

# MinJobAge: finished jobs stay visible to squeue and scontrol for the whole of the tests.
# OverTimeLimit and KillWait: a job beyond its limit is told at once, and killed soon after.
CONFIGURATION = """\
ClusterName=isospine
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
AccountingStorageType=accounting_storage/none
MailProg=/bin/true
JobAcctGatherType=jobacct_gather/none
ProctrackType=proctrack/linuxproc
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,bf_interval=1
ReturnToService=2
MinJobAge=3600
OverTimeLimit=0
KillWait=5
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} Gres=gpu:{gpus} State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
PartitionName=gpu Nodes={host} Default=NO MaxTime=INFINITE State=UP
"""


def missing() -> str:
    """Give the reason why no Slurm can be started here, or nothing."""
    programs = [name for name in (*DAEMONS, *CLIENTS) if _find(name) is None]
    if programs:
        return f"no {', '.join(programs)}: install Debian's slurm-wlm and munge"
    return "" if os.geteuid() == 0 else "Slurm's daemons start jobs for users, which only root may"


def _find(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


class Job(NamedTuple):
    """What Slurm knows of a job, in its own words.

    Attributes
    ----------
    number : int
        Slurm's job id.
    rule : str
        The rule and its wildcards, or the group and its rules, as the executor plugin notes them in the job's comment.
    state : str
        Such as `COMPLETED`, `TIMEOUT`.
    partition : str
        Where it ran.
    minutes : int
        Time limit; 0 without one.
    resources : dict
        What was asked for, such as `{"cpu": "1", "mem": "8000M", "gpu": "1"}`.
    """

    number: int
    rule: str
    state: str
    partition: str
    minutes: int
    resources: dict[str, str]

    @property
    def memory_mb(self) -> int:
        """Memory that was asked for."""
        return int(self.resources["mem"].removesuffix("M"))


class Cluster:
    """A running Slurm.

    Attributes
    ----------
    folder : Path
        Everything that it writes.
    environment : dict
        Variables with which the commands of this Slurm are found.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}

    def call(self, *command: str) -> str:
        """Run a client command and give its output."""
        answer = subprocess.run(
            command,
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert answer.returncode == 0, f"{' '.join(command)}: {answer.stderr}"
        return answer.stdout

    def jobs(self) -> list[Job]:
        """Give every job so far, the oldest first."""
        lines = self.call("scontrol", "--oneliner", "show", "job").splitlines()
        return sorted(_parse(line) for line in lines if line.startswith("JobId="))

    def answers(self) -> bool:
        """Tell whether the node is ready for jobs."""
        command = ["sinfo", "--noheader", "--format=%T"]
        answer = subprocess.run(
            command, env=os.environ | self.environment, capture_output=True, text=True, check=False
        )
        return answer.returncode == 0 and set(answer.stdout.split()) <= {"idle", "mixed", "allocated"}


def _parse(line: str) -> Job:
    """Read a line of `scontrol --oneliner show job`."""
    fields = dict(re.findall(r"(?:^|(?<= ))([A-Z][\w/:]*)=(.*?) ?(?= [A-Z][\w/:]*=|$)", line.strip()))
    resources = dict(part.split("=", 1) for part in fields["TRES"].split(","))
    if "TresPerJob" in fields:  # gres:gpu:1, which TRES has only where there is an accounting database
        resources |= [fields["TresPerJob"].removeprefix("gres:").split(":")]
    limit = re.fullmatch(r"(?:(\d+)-)?(\d+):(\d+):\d+", fields["TimeLimit"])
    days, hours, minutes = (int(part or 0) for part in limit.groups()) if limit else (0, 0, 0)
    return Job(
        number=int(fields["JobId"]),
        rule=fields.get("Comment", "").strip().removeprefix("rule_"),
        state=fields["JobState"],
        partition=fields["Partition"],
        minutes=days * 1440 + hours * 60 + minutes,
        resources=resources,
    )


def _free_ports(count: int) -> list[int]:
    """Give ports that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _die_with(parent: int) -> None:
    """Have the kernel end this process with its parent, so that tests that are killed leave no daemon behind."""
    death_signal = 1
    ctypes.CDLL(None).prctl(death_signal, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


def _start(folder: Path, *command: str) -> "subprocess.Popen[bytes]":
    """Start a daemon in the foreground."""
    with (folder / f"{command[0]}.log").open("wb") as log:
        return subprocess.Popen(
            [str(_find(command[0])), *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=partial(_die_with, os.getpid()),
        )


def _wait(
    ready: Callable[[], bool],
    what: str,
    folder: Path,
    daemons: "list[subprocess.Popen[bytes]]",
    seconds: float = 60,
) -> None:
    """Wait for a condition; show the daemons' logs if it does not come, or if a daemon ends."""
    end = time.monotonic() + seconds
    while not ready():
        ended = [daemon.args for daemon in daemons if daemon.poll() is not None]
        if time.monotonic() > end or ended:
            logs = "\n".join(f"{log.name}:\n{log.read_text()[-2000:]}" for log in folder.glob("*.log"))
            raise RuntimeError(f"{what}; ended: {ended}\n{logs}")
        time.sleep(0.1)


def _write_files(folder: Path) -> None:
    """Write the configuration, the key and the wrappers of the client commands."""
    for name in ("state", "spool", "bin"):
        (folder / name).mkdir(mode=0o755)
    key = folder / "munge.key"
    key.touch(mode=0o600)
    key.write_bytes(os.urandom(128))
    host = socket.gethostname().split(".")[0]
    controller_port, node_port = _free_ports(2)
    text = CONFIGURATION.format(
        host=host,
        controller_port=controller_port,
        node_port=node_port,
        folder=folder,
        cpus=CPUS,
        memory=MEMORY_MB,
        gpus=GPUS,
    )
    (folder / "slurm.conf").write_text(text)
    (folder / "gres.conf").write_text("Name=gpu File=/dev/null\n")
    for name in CLIENTS:
        wrapper = folder / "bin" / name
        wrapper.write_text(f'#!/bin/sh\nexport SLURM_CONF="{folder}/slurm.conf"\nexec {_find(name)} "$@"\n')
        wrapper.chmod(0o755)


def _clear_left_over() -> None:
    """End the jobs of tests that were killed, and remove their folders; their daemons died with them."""
    for folder in Path("/tmp").glob(f"{PREFIX}*"):
        owner = folder / "owner"
        if not owner.exists() or Path("/proc", owner.read_text()).exists():
            continue
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if f"{folder}/".encode() in (process / "environ").read_bytes():
                    os.kill(int(process.name), signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Start a Slurm, and stop it with all its jobs at the end."""
    _clear_left_over()
    # below /tmp, as the path of a socket has 107 characters at most
    with TemporaryDirectory(prefix=PREFIX, dir="/tmp", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "owner").write_text(str(os.getpid()))
        # munged wants a folder that others may enter
        folder.chmod(0o755)
        with _running_in(folder) as cluster:
            yield cluster


@contextmanager
def _running_in(folder: Path) -> Iterator[Cluster]:
    """Start a Slurm in an empty folder."""
    _write_files(folder)
    cluster = Cluster(folder)
    munge = [f"--{name}-file={folder}/munge.{name}" for name in ("key", "seed", "pid")]
    daemons: list[subprocess.Popen[bytes]] = []
    try:
        daemons += [_start(folder, "munged", "--foreground", f"--socket={folder}/munge.socket", *munge)]
        _wait((folder / "munge.socket").exists, "no munge", folder, daemons)
        for name in ("slurmctld", "slurmd"):
            daemons += [_start(folder, name, "-D", "-f", f"{folder}/slurm.conf")]
        _wait(cluster.answers, "no node", folder, daemons)
        yield cluster
        cluster.call("scancel", "--full", "--user=root")
        _wait(lambda: not cluster.call("squeue", "--noheader"), "jobs that do not end", folder, daemons)
    finally:
        for daemon in reversed(daemons):
            daemon.terminate()
        for daemon in daemons:
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
