"""Seconds that the workflow itself takes: parsing, a run with nothing to do, the demo and the share without jobs."""

import json
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
    """Time in which at least one job ran, and the times of all jobs together."""
    records = [
        json.loads(path.read_text(encoding="utf-8")) for path in Path(folder, ".snakemake/metadata").iterdir()
    ]
    # one record for each output of a job
    jobs = sorted({(record["starttime"], record["endtime"]) for record in records})
    busy, until = 0.0, 0.0
    for start, end in jobs:
        busy += max(0.0, end - max(start, until))
        until = max(until, end)
    return busy, sum(end - start for start, end in jobs)


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        start_up = min(seconds(["--version"], folder) for _ in range(3))
        parsing = min(seconds(["--list-rules"], folder) for _ in range(3)) - start_up
        print(f"  parsing the Snakefile   {parsing:7.2f} s (Snakemake's own start-up: {start_up:.2f} s)")
        demo = seconds(["--cores", "2"], folder)
        busy, together = seconds_of_jobs(folder)
        print(
            f"  demo, 2 cores           {demo:7.1f} s, {1 - busy / demo:.1%} of it without a job, "
            f"{1 - together / demo / 2:.1%} of both cores"
        )
        print(f"  nothing to be done      {seconds(['--cores', '2'], folder):7.1f} s")
        print(f"  report                  {seconds(['--report', 'report.html'], folder):7.1f} s")
