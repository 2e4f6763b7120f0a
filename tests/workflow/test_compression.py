"""A run that codes its networks, and references by codecs beside them."""

from pathlib import Path
from typing import Any

import pytest
from support.datasets import image_paths
from support.snakemake import TINY, from_dataset, make_crops, snakemake

from isospine.io.nifti import load_volume
from isospine.io.tables import read_table
from isospine.models.coordinate.coded import read_coded

pytestmark = [pytest.mark.slow, pytest.mark.workflow]

FIGURE = "results/figures/rate_distortion.png"
COMPRESSED: dict[str, Any] = TINY | {"compression": {"bits": 8}}


def test_networks_are_coded_and_scored_beside_codecs(repository: Path, tmp_path: Path) -> None:
    data = make_crops(tmp_path / "data", image_paths(["01"]))
    work = tmp_path / "work"
    snakemake(repository, work, FIGURE, config=from_dataset(data, COMPRESSED)).succeeded()
    table = read_table(work / "results/compression.tsv")
    path = next((work / "results/models").rglob("*.inr"))
    network = table[table["kind"] == "network"]
    assert set(network["bytes"]) == {path.stat().st_size}
    assert set(network["coder"]) == {"fourier"}
    assert set(table.loc[table["kind"] == "lossy", "coder"]) >= {"sperr", "jpeg2000"}
    assert (table.loc[table["kind"] == "lossy", "bytes"] <= 1.05 * path.stat().st_size).all()
    reference, _ = load_volume(next(work.glob("results/**/*_desc-reference_T2w.nii.gz")))
    decoded = read_coded(path)
    assert decoded.grid.shape == reference.shape
    # eight bits lose little of what the network had
    metrics = read_table(work / "results/metrics.tsv")
    whole = metrics[(metrics["method"] == "fourier") & (metrics["region"] == "whole")]
    coded = network[network["region"] == "whole"]
    assert coded["psnr"].item() == pytest.approx(whole["psnr_network_bfloat16"].item(), abs=0.2)
    assert (work / FIGURE).exists()
