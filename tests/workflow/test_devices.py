"""The device of a run: refused before a job where there is none, and part of what identifies a result."""

from pathlib import Path

import pytest
import torch
from support.datasets import image_paths, make_bids
from support.snakemake import TINY, from_dataset, snakemake

pytestmark = [
    pytest.mark.workflow,
    pytest.mark.skipif(
        torch.cuda.is_available(), reason="tests what happens without a GPU, and there is one"
    ),
]

SMALL = TINY | {"views": [{"plane": "axial", "factor": 2}, {"plane": "sagittal", "factor": 2}]}
MODEL = "results/models/sub-01/anat/sub-01_desc-fourierseed0_T2w.safetensors"


def test_a_run_without_the_gpu_that_it_wants(repository: Path, tmp_path: Path) -> None:
    """A model of the CPU is not taken for one of a GPU, and is not lost where there is no GPU to replace it."""
    data = make_bids(tmp_path / "data", image_paths(["01"]), volumes=True)
    work = tmp_path / "work"
    config, wanting = from_dataset(data, SMALL), from_dataset(data, SMALL, {"resources": {"device": "cuda"}})
    refusal = "resources.device: is cuda, but PyTorch sees no GPU on this machine"
    outcome = snakemake(repository, work, config=wanting)
    assert outcome.code != 0 and refusal in outcome.output and not (work / "results/sourcedata").exists()
    outcome = snakemake(repository, work, MODEL, config=config).succeeded()
    assert "Networks compute on the CPU (resources.device: auto)." in outcome.output
    before = (work / MODEL).read_bytes()
    outcome = snakemake(repository, work, MODEL, config=wanting)
    assert outcome.code != 0 and refusal in outcome.output and outcome.jobs == {"train": 1}
    assert (work / MODEL).read_bytes() == before
