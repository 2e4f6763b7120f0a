import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src"
CHILD = "from isospine.memory import peak_memory_mb; print(peak_memory_mb())"
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
