"""What the jobs of a run used of the library, against what their params cover."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

from isospine.jobs.code import LIBRARY, code_files, code_hash

#: What the library's own `__init__` loads, which is for people at a prompt and changes no result.
FACE = ("isospine", "isospine.version")

SITE = Path(__file__).parent / "witness_site"


def witness(folder: Path) -> dict[str, str]:
    """Environment in which every job of a run writes down what it used, into a folder."""
    path = os.pathsep.join([str(SITE), os.environ["PYTHONPATH"]])
    return {"PYTHONPATH": path, "ISOSPINE_TEST_WITNESS": str(folder)}


def uncovered(folder: Path) -> Iterator[str]:
    """Say which jobs used another part of the library than the code hash in their params is of.

    A job that used more would keep its result after an edit of it; one that declares more would run again in vain.
    """
    for file in sorted(folder.iterdir()):
        seen = json.loads(file.read_text())
        script = Path(seen["script"])
        modules = [module for module in seen["modules"] if module not in FACE]
        if code_hash(script, modules) != seen["code"]:
            yield f"{seen['rule']} {seen['wildcards']}: code of other modules than it loaded"
        covered = {path.relative_to(LIBRARY).as_posix() for path in code_files(script, modules)}
        for path in (path.rpartition("/src/isospine/")[2] for path in seen["files"]):
            if "__pycache__" not in path and path not in {"__init__.py", "version.py", *covered}:
                yield f"{seen['rule']} {seen['wildcards']}: reads {path}, which its code does not cover"


def rules_seen(folder: Path) -> set[str]:
    """Give the rules whose jobs wrote down what they used."""
    return {json.loads(file.read_text())["rule"] for file in folder.iterdir()}
