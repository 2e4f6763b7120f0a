"""The order of test files: the longest first, so that workers that run them side by side end at about the same time."""

from pathlib import Path

TESTS = Path(__file__).parents[1]

#: Files that take more than half a minute of processor time, the longest first. Those that make a run which others copy
#: are well before the others.
LONGEST = (
    "workflow/test_report.py",
    "workflow/test_simulated.py",
    "workflow/test_acquired.py",
    "workflow/test_contrasts.py",
    "faults/test_cluster.py",
    "faults/test_clock.py",
    "faults/test_kills.py",
    "faults/test_users.py",
    "test_tutorials.py",
    "workflow/test_cache.py",
    "workflow/test_errors.py",
    "workflow/test_audit.py",
    "workflow/test_keep.py",
)


def name_of(path: Path) -> str:
    """Give the path of a test file relative to the folder of the tests."""
    return path.relative_to(TESTS).as_posix()


def rank(path: Path) -> int:
    """Give the place of a file: those of `LONGEST` in its order, then whole runs, then the rest."""
    name = name_of(path)
    if name in LONGEST:
        return LONGEST.index(name)
    return len(LONGEST) + (not name.startswith(("workflow/", "faults/")))
