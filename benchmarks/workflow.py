"""Seconds that the workflow itself takes: parsing, a run with nothing to do, the demo and its share without jobs."""

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
SNAKEMAKE = [str(Path(sys.executable).parent / "snakemake"), "-s", str(ROOT / "Snakefile")]


def seconds(arguments: list[str], folder: str) -> float:
    start = time.perf_counter()
    subprocess.run([*SNAKEMAKE, *arguments], cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - start


def seconds_of_jobs(folder: str) -> tuple[float, float]:
    """Seconds that all jobs took together, with the start of their interpreters, and those of what they do."""
    jobs: dict[tuple[str, ...], tuple[float, float]] = {}
    for path in Path(folder, ".snakemake/metadata").iterdir():
        record = json.loads(path.read_text(encoding="utf-8"))  # one for each output of a job
        start, end = jobs.get(tuple(record["log"]), (record["starttime"], record["endtime"]))
        jobs[tuple(record["log"])] = (min(start, record["starttime"]), max(end, record["endtime"]))
    logs = "".join(path.read_text(errors="replace") for path in Path(folder, "results/logs").rglob("*.log"))
    work = sum(map(float, re.findall(r"^took ([\d.]+) s and", logs, re.MULTILINE)))
    return sum(end - start for start, end in jobs.values()), work


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        start_up = min(seconds(["--version"], folder) for _ in range(3))
        parsing = min(seconds(["--list-rules"], folder) for _ in range(3)) - start_up
        print(f"  parsing the Snakefile   {parsing:7.2f} s (Snakemake's own start-up: {start_up:.2f} s)")
        demo = seconds(["--cores", "2"], folder)
        jobs, work = seconds_of_jobs(folder)
        print(
            f"  demo, 2 cores           {demo:7.1f} s; of both cores {1 - jobs / demo / 2:.1%} without a job, "
            f"{(jobs - work) / demo / 2:.1%} in starting interpreters and libraries"
        )
        print(f"  nothing to be done      {seconds(['--cores', '2'], folder):7.1f} s")
        print(f"  report                  {seconds(['--report', 'report.html'], folder):7.1f} s")
