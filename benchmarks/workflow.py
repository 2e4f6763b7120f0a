"""Seconds that the workflow itself takes: parsing, a run with nothing to do, the demo."""

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


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        start_up = min(seconds(["--version"], folder) for _ in range(3))
        parsing = min(seconds(["--list-rules"], folder) for _ in range(3)) - start_up
        print(f"  parsing the Snakefile   {parsing:7.2f} s (Snakemake's own start-up: {start_up:.2f} s)")
        print(f"  demo, 2 cores           {seconds(['--cores', '2'], folder):7.1f} s")
        print(f"  nothing to be done      {seconds(['--cores', '2'], folder):7.1f} s")
        print(f"  report                  {seconds(['--report', 'report.html'], folder):7.1f} s")
