"""Running the workflow as a user does: the snakemake command, in a working directory of its own."""

import csv
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import nibabel as nib
import numpy as np
import yaml
from support.datasets import REAL_T2W, make_bids, segmentation_path

REPOSITORY = Path(__file__).parents[2]


SNAKEMAKE = (str(Path(sys.executable).with_name("snakemake")),)


#: Addresses at which nothing answers, for whatever tries the network: no test needs it, and what asks is refused at once.
NO_NETWORK = {f"{name}_proxy": "http://127.0.0.1:9" for name in ("http", "https", "HTTP", "HTTPS")}

#: What a run reads of the repository.
RUN_PARTS = ("Snakefile", "config", "workflow", "envs", "src", "report", "profiles")


#: One tiny network and one linear solve; an overlay on the default configuration.
TINY: dict[str, Any] = {
    "recipes": {
        "pretrained": None,
        "fourier": {"epochs": 1, "L": 8, "width": 16, "hidden_layers": 1, "batch": 4096},
    },
    "ablations": {"mapping-size": None, "bandwidth": None},
    "seeds": [0],
    "resolutions": ["reference"],
    "baselines": ["linear"],
}


class Outcome(NamedTuple):
    """What a command did.

    Attributes
    ----------
    code : int
        Exit status.
    output : str
        What the terminal shows: standard output and error, in the order written.
    seconds : float
        Wall-clock time.
    """

    code: int
    output: str
    seconds: float

    @property
    def jobs(self) -> dict[str, int]:
        """Planned jobs per rule, without those that only gather."""
        tables = re.findall(r"^job +count\n[- ]+\n((?:\w+ +\d+\n)+)", self.output, re.MULTILINE)
        rows = [line.split() for line in tables[0].splitlines()] if tables else []
        return {rule: int(count) for rule, count in rows if rule not in ("all", "total")}

    def succeeded(self) -> "Outcome":
        """Give this outcome, having checked that it is a success."""
        assert self.code == 0, self.output[-6000:]
        return self


def copy_repository(folder: Path) -> Path:
    """Copy what a run reads of the repository, so that edits during the tests do not matter."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in RUN_PARTS:
        source = REPOSITORY / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / part)
    return folder


def permit(permitted: bool) -> None:
    """Allow the present test to start Snakemake, or not: `make test-fast` leaves out those with the marker `workflow`."""
    os.environ["ISOSPINE_TEST_STARTS_SNAKEMAKE"] = "yes" if permitted else "no"


def snakemake_command(
    repository: Path,
    directory: Path,
    *arguments: str,
    config: dict[str, Any] | None = None,
    program: Sequence[str] = SNAKEMAKE,
    lists_jobs: bool = True,
) -> list[str]:
    """Give the command that `snakemake` runs in a working directory, which is made."""
    assert os.environ.get("ISOSPINE_TEST_STARTS_SNAKEMAKE") != "no", "this test needs the marker `workflow`"
    directory.mkdir(parents=True, exist_ok=True)
    command = [*program, "--snakefile", str(repository / "Snakefile")]
    command += ["--cores", "2", *arguments]
    if lists_jobs:
        command += ["--printshellcmds"]
    if config is not None:
        overlay = directory / "overlay.yaml"
        overlay.write_text(yaml.safe_dump(config))
        command += ["--configfile", str(overlay)]
    return command


def snakemake(
    repository: Path,
    directory: Path,
    *arguments: str,
    config: dict[str, Any] | None = None,
    environment: dict[str, str] | None = None,
    merged: bool = True,
    program: Sequence[str] = SNAKEMAKE,
    lists_jobs: bool = True,
) -> Outcome:
    """Run the workflow of a repository in a working directory.

    Parameters
    ----------
    repository, directory : Path
        Where the Snakefile is, and where the results shall be.
    *arguments : str
        Further command-line arguments.
    config : dict, optional
        Overlay on the default configuration, given with --configfile.
    environment : dict, optional
        Environment variables to set.
    merged : bool
        Whether the outcome's output holds the standard error too.
    program : sequence of str
        What to call instead of the snakemake command.
    lists_jobs : bool
        Whether Snakemake tells of every job, instead of the one line of progress that users have.
    """
    command = snakemake_command(
        repository, directory, *arguments, config=config, program=program, lists_jobs=lists_jobs
    )
    start = time.perf_counter()
    answer = subprocess.run(
        command,
        cwd=directory,
        env=os.environ | (environment or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if merged else subprocess.PIPE,
        text=True,
        check=False,
    )
    return Outcome(answer.returncode, answer.stdout, time.perf_counter() - start)


def plan(repository: Path, directory: Path, *arguments: str, config: dict[str, Any] | None = None) -> Outcome:
    """Dry-run the workflow, printing no more than the number of jobs per rule."""
    return snakemake(repository, directory, *arguments, "-n", "--quiet", "rules", config=config)


def from_dataset(source: Path, *others: dict[str, Any], **dataset: Any) -> dict[str, Any]:
    """Give a configuration for a dataset: the given overlays, merged key by key."""
    return merged({"dataset": {"source": str(source)} | dataset}, *others)


def merged(config: dict[str, Any], *others: dict[str, Any]) -> dict[str, Any]:
    """Merge overlays into a configuration, key by key."""
    config = dict(config)
    for other in others:
        for key, value in other.items():
            config[key] = config[key] | value if isinstance(config.get(key), dict) else value
    return config


def make_crops(folder: Path, paths: Iterable[str], shape: Sequence[int] = (22, 24, 26)) -> Path:
    """Make a BIDS dataset of small crops of a real volume, each another part of it, with segmentations."""
    image = nib.load(REAL_T2W / "sub-sct1mm" / "anat" / "sub-sct1mm_T2w.nii.gz")
    cord = nib.load(REAL_T2W / segmentation_path("sub-sct1mm/anat/sub-sct1mm_T2w.nii.gz"))
    make_bids(folder, [])
    for index, path in enumerate(paths):
        # along the cord, which is in the middle of the other two axes
        first = [20, 4 + 3 * index, 12]
        box = tuple(slice(start, start + length) for start, length in zip(first, shape, strict=True))
        for volume, name in ((image, path), (cord, segmentation_path(path))):
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            affine = volume.affine @ nib.affines.from_matvec(np.eye(3), first)
            nib.Nifti1Image(np.asarray(volume.dataobj)[box].astype(np.int16), affine).to_filename(file)
    return folder


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read a TSV file, every value as text."""
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def files_below(folder: Path) -> list[str]:
    """Give the files below a folder, as sorted relative POSIX paths."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


# --- cache ----------------------------------------------------------------------------------------------------


def targets(
    labels: Sequence[str], subjects: Sequence[str] = ("01",), kind: str = "res-reference_desc"
) -> list[str]:
    """Give the paths of derivative images with the given labels."""
    return [
        f"results/sub-{one}/anat/sub-{one}_{kind}-{label}_T2w.nii.gz" for one in subjects for label in labels
    ]


def executed(output: str) -> dict[str, int]:
    """Count the jobs per rule whose scripts ran, of what Snakemake says about every job."""
    found = set(re.findall(r"^Symlinking output file (.+) from cache\.$", output, re.MULTILINE))
    found -= set(re.findall(r"^Moving output file (.+) to cache\.$", output, re.MULTILINE))
    heading = r"^(?:local)?(?:rule|checkpoint) (\w+):\n(?:    input: .*\n)?    output: (.+)$"
    jobs = re.findall(heading, output, re.MULTILINE)
    return dict(Counter(rule for rule, outputs in jobs if outputs.split(", ")[0] not in found))


def contents(results: Path, pattern: str) -> dict[str, bytes]:
    paths = [path for path in files_below(results) if re.search(pattern, path)]
    return {path: (results / path).read_bytes() for path in paths}
