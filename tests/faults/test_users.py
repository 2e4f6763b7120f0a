"""A cache that two users share: each with a clone of the code and of the data, and results of their own."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from support.datasets import REAL_T2W, image_paths, run_git, save
from support.snakemake import (
    TINY,
    contents,
    copy_repository,
    executed,
    files_below,
    from_dataset,
    make_crops,
    snakemake,
    targets,
)

from isospine.dataset.environment import datalad_environment

pytestmark = [
    pytest.mark.fault,
    pytest.mark.nightly,
    pytest.mark.smoke,
    pytest.mark.workflow,
    pytest.mark.slow,
    pytest.mark.skipif(not REAL_T2W.is_dir(), reason="no real volumes"),
]

SNAKEMAKE = str(Path(sys.executable).with_name("snakemake"))
GROUP = 60100
WANTED = [*targets(["fourierseed0", "linear"]), "results/sub-01/anat/sub-01_label-SC_desc-T2w_mask.nii.gz"]
MADE = r"^(models/|sub-).*\.(nii\.gz|safetensors)$"


def become(user: int) -> list[str]:
    """Give the command before a command that runs it as a user of the group; none where that cannot be.

    The user may read everything, since the interpreter may be in a home that others cannot enter, but may write only
    what the user may.
    """
    if os.geteuid() or not shutil.which("setpriv"):
        return []
    reads = ["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]
    command = ["setpriv", f"--reuid={user}", f"--regid={user}", f"--groups={GROUP}", *reads, "--"]
    able = (
        subprocess.run([*command, "sh", "-c", f"exec '{sys.executable}' -c ''"], check=False).returncode == 0
    )
    return command if able else []


class User:
    """Somebody with a home, and in it the code, the data and a working directory, readable by nobody else."""

    def __init__(self, home: Path, number: int, data: Path) -> None:
        self.home, self.number, self.prefix = home, number, become(number)
        copy_repository(home / "isospine")
        shutil.copytree(data, home / "data", symlinks=True)
        if self.prefix:
            subprocess.run(["chown", "-R", f"{number}:{number}", home], check=True)
        home.chmod(0o700)

    def run(self, cache: Path, work: str = "work", keep: bool = True, *arguments: str) -> tuple[Path, str]:
        """Run the workflow with the cache; give the results and what the terminal shows."""
        (self.home / work).mkdir(exist_ok=True)
        if self.prefix:
            os.chown(self.home / work, self.number, self.number)
        config: dict[str, Any] = from_dataset(self.home / "data", TINY, keep=keep)
        environment = {
            "SNAKEMAKE_OUTPUT_CACHE": str(cache),
            "HOME": str(self.home),
            "LOGNAME": self.home.name,
        }
        outcome = snakemake(
            self.home / "isospine",
            self.home / work,
            *WANTED,
            "--cache",
            *arguments,
            config=config,
            environment=environment,
            program=[*self.prefix, "sh", "-c", 'umask 077; exec "$@"', "sh", SNAKEMAKE],
        )
        return self.home / work / "results", outcome.succeeded().output


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every user may enter, which those of pytest are not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_two_users_at_a_time_and_one_after_them(place: Path) -> None:
    data = make_crops(place / "data", image_paths(["01"]))
    (data / ".gitattributes").write_text("* annex.largefiles=nothing\n*.nii.gz annex.largefiles=anything\n")
    with datalad_environment():
        run_git(data, "init", "--quiet")
        run_git(data, "annex", "init", "--quiet")
        save(data, "r1", locked=True)
    users = [User(place / name, GROUP + number, data) for number, name in enumerate(["anna", "ben"], start=1)]
    cache = place / "cache"
    cache.mkdir()
    if users[0].prefix:
        os.chown(cache, 0, GROUP)
    cache.chmod(0o2770)

    # both at once, with nothing in the cache
    with ThreadPoolExecutor() as pool:
        runs = list(pool.map(lambda user: user.run(cache), users))
    assert sum(executed(output).get("train", 0) for _, output in runs) in (1, 2)
    first, second = (contents(results, MADE) for results, _ in runs)
    assert first == second and len(first) == 7
    assert not [path for path in cache.iterdir() if path.is_dir()], "nothing half-written"
    modes = {stat.S_IMODE(path.stat().st_mode) for path in cache.iterdir()}
    assert modes == {0o666}, (
        "whatever the umask: files keep the group of who made them, so all must be allowed"
    )
    for user in users:
        assert "Nothing to be done" in user.run(cache, "work", True, "-n")[1]

    # another working directory finds everything, and what it does not keep stays in the cache
    entries = {path: path.read_bytes() for path in cache.iterdir()}
    results, output = users[1].run(cache, "other", keep=False)
    assert executed(output) == {"clone": 1, "index": 1}
    assert contents(results, MADE) == first
    assert not [path for path in files_below(results / "sourcedata") if path.startswith("sub-")]
    assert {path: path.read_bytes() for path in cache.iterdir()} == entries
    assert "Nothing to be done" in users[1].run(cache, "other", False, "-n")[1]
