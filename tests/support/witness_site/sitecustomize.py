"""Python runs this at its start: a job of the workflow writes down, when it ends, what it used of the library."""

import atexit
import json
import os
import sys
from pathlib import Path

opened: set[str] = set()


def watch(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and isinstance(arguments[0], str):
        opened.add(arguments[0])


def write(folder: Path) -> None:
    job = getattr(sys.modules["__main__"], "snakemake", None)
    if job is None or not hasattr(job, "rule"):
        return
    seen = {
        "rule": job.rule,
        "wildcards": dict(job.wildcards.items()),
        "code": job.params.get("code"),
        # Snakemake runs a copy of the script, named tmpNAME.SCRIPT
        "script": str(
            Path(job.scriptdir, Path(sys.modules["__main__"].__real_file__).name.partition(".")[2])
        ),
        "modules": sorted(name for name in sys.modules if name.split(".")[0] == "isospine"),
        "files": sorted(path for path in opened if "/src/isospine/" in path),
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{job.rule}-{os.getpid()}.json").write_text(json.dumps(seen))


if "ISOSPINE_TEST_WITNESS" in os.environ:
    sys.addaudithook(watch)
    atexit.register(write, Path(os.environ["ISOSPINE_TEST_WITNESS"]))
