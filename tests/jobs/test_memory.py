import subprocess
import sys
from pathlib import Path

import pytest

from isospine.jobs.memory import machine_memory_mb

SOURCE = Path(__file__).parents[2] / "src"
CHILD = "from isospine.jobs.memory import peak_memory_mb; print(peak_memory_mb())"
GROWN = "import numpy; a = numpy.ones(25 * 2**20); del a; " + CHILD


def peak(program: str) -> float:
    return float(subprocess.check_output([sys.executable, "-c", program], cwd=SOURCE, text=True))


def test_a_peak_is_remembered() -> None:
    assert 200 < peak(GROWN) < 300


def test_the_memory_of_the_parent_does_not_count() -> None:
    parent = GROWN.replace(
        CHILD, f"import subprocess, sys; subprocess.run([sys.executable, '-c', '{CHILD}'])"
    )
    assert peak(parent) < 50


@pytest.mark.parametrize(
    ("lines", "files", "expected"),
    [
        ("0::/job/step\n", {"job/memory.max": f"{2**29}", "job/step/memory.max": "max"}, 512),
        ("0::/job/step\n", {"memory.max": f"{2**29}", "job/step/memory.max": f"{2**28}"}, 256),
        ("4:cpu:/\n9:memory:/box\n", {"memory/box/memory.limit_in_bytes": f"{2**27}"}, 128),
    ],
)
def test_memory_is_what_the_control_group_allows(
    lines: str, files: dict[str, str], expected: float, tmp_path: Path
) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text(lines)
    for name, text in files.items():
        path = tmp_path / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")
    assert machine_memory_mb(tmp_path) == expected


def test_without_a_limit_memory_is_that_of_the_machine(tmp_path: Path) -> None:
    whole = machine_memory_mb(tmp_path)
    assert 256 < whole < 2**26
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("0::/\n")
    assert machine_memory_mb(tmp_path) == whole
