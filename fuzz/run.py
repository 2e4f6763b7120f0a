"""Run a fuzzer: `python fuzz/run.py nifti -max_total_time=600`, with any options of libFuzzer."""

import importlib
import logging
import sys
import tempfile
from pathlib import Path

import atheris

#: What is instrumented, by fuzzer: the code that reads what comes from outside. torch and numpy are not Python.
INSTRUMENTED = {
    "nifti": ["nibabel", "isospine.io", "isospine.geometry"],
    "model": ["safetensors", "isospine"],
}


def main() -> None:
    """Write the seeds to a folder, and let libFuzzer mutate them until its time is over or something breaks."""
    name, *options = sys.argv[1:]
    with atheris.instrument_imports(include=INSTRUMENTED[name]):
        fuzzer = importlib.import_module(f"{name}_target")
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(fuzzer.seeds()):
            (Path(corpus) / f"seed{number}").write_bytes(seed)
        logging.disable()
        atheris.Setup(
            [sys.argv[0], "-max_len=65536", "-len_control=0", "-timeout=120", *options, corpus], fuzzer.check
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main()
