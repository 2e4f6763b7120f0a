"""Planning the 267 subjects of spine-generic: the whole run, and what one cluster job of it adds.

Plans from the dataset's real list of files, whose content is nowhere needed for that.
"""

import gzip
import hashlib
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml
from real_data import data_folder

ROOT = Path(__file__).parents[1]
SNAKEMAKE = [str(Path(sys.executable).parent / "snakemake"), "-s", str(ROOT / "Snakefile"), "--cores", "1"]
CONFIG = {
    "recipes": {"self-prior": {"steps": 6000}, "fourier": {"epochs": 10}},
    "ablations": {"bandwidth": None},
    "seeds": [0, 1, 2],
}


def make_dataset(files: Path, folder: Path) -> None:
    """Make a git-annex dataset whose images are pointers to content that is nowhere."""
    for path in gzip.decompress(files.read_bytes()).decode().split():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        key = f"SHA256E-s16000000--{hashlib.sha256(path.encode()).hexdigest()}.nii.gz"
        file.write_text(f"/annex/objects/{key}\n" if path.endswith(".nii.gz") else "{}")
    description = '{"Name": "files of data-multi-subject", "BIDSVersion": "1.9.0"}'
    (folder / "dataset_description.json").write_text(description)
    git = ["git", "-C", str(folder), "-c", "user.name=bench", "-c", "user.email=bench@localhost"]
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "files"]):
        subprocess.run([*git, *command], check=True)


def measure(arguments: list[str], folder: Path) -> tuple[float, float, float, str]:
    """Run Snakemake; seconds, seconds of a processor, peak memory in GB of any child so far, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    command = [*SNAKEMAKE, *arguments, "--configfile", "config.yaml"]
    answer = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, processor, after.ru_maxrss / 2**20, answer.stdout + answer.stderr


def run(files: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_dataset(files, folder / "dataset")
        config = CONFIG | {"dataset": {"source": str(folder / "dataset"), "version": None}}
        (folder / "config.yaml").write_text(yaml.safe_dump(config))
        seconds, *_ = measure(["results/manifest.tsv"], folder)
        print(f"  clone and index         {seconds:7.1f} s")
        # as the executors call it for a single job; dry, since its inputs are not there
        job = "train:image=sub-amu01/anat/sub-amu01,contrast=T2w,method=fourierseed0"
        remote = [
            "--target-jobs",
            job,
            "--allowed-rules",
            "train",
            "--force",
            "--mode",
            "remote",
            "--nolock",
            "-n",
        ]
        seconds, processor, *_ = measure(remote, folder)
        print(f"  start of a cluster job  {seconds:7.1f} s, of a processor {processor:5.1f} s")
        seconds, processor, peak, said = measure(["--dry-run", "--quiet", "rules"], folder)
        jobs = re.search(r"^total +(\d+)$", said, re.MULTILINE)
        assert jobs, said[-2000:]
        print(
            f"  planning {int(jobs[1]):,} jobs    {seconds:7.1f} s, of a processor {processor:5.1f} s, "
            f"{peak:.2f} GB"
        )


if __name__ == "__main__":
    data = data_folder()
    run(data / "spine-generic-data-multi-subject-files.txt.gz")
