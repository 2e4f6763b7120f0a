"""The manifest that a plan foresees is that of the run."""

from pathlib import Path

import pytest
from support.datasets import image_paths, refuses
from support.plans import SHIPPED, merge
from support.snakemake import from_dataset, make_crops

from isospine.dataset.foreseen import foresee_manifest
from isospine.dataset.index import index_dataset
from isospine.dataset.manifest import read_manifest


def test_a_plain_folder_is_indexed_as_it_is(test_data: Path, tmp_path: Path) -> None:
    root = make_crops(tmp_path / "data", image_paths(["01", "02"]))
    before = sorted(tmp_path.rglob("*"))
    config = merge(SHIPPED, from_dataset(root, subjects=["02"]))
    foresee_manifest(config, ["T2w"], [], tmp_path / "manifest.tsv")
    assert read_manifest(tmp_path / "manifest.tsv").equals(index_dataset(root, ["T2w"], ["02"]))
    assert sorted(tmp_path.rglob("*")) == sorted([*before, tmp_path / "manifest.tsv"])
    with refuses("dataset.subjects: 05"):
        foresee_manifest(
            merge(config, from_dataset(root, subjects=["05"])), ["T2w"], [], tmp_path / "other.tsv"
        )
    with refuses("dataset.sessions: pre", "it has no sessions"):
        foresee_manifest(
            merge(config, from_dataset(root, sessions=["pre"])), ["T2w"], [], tmp_path / "other.tsv"
        )
    assert not (tmp_path / "other.tsv").exists()


@pytest.mark.slow
def test_images_of_the_demo_have_their_sizes(tmp_path: Path) -> None:
    """They are annexed, so that the index of a run does not look into them."""
    foresee_manifest(SHIPPED, ["T2w"], [], tmp_path / "manifest.tsv")
    table = read_manifest(tmp_path / "manifest.tsv")
    assert list(table["spacing"]) == ["0.8x0.8x0.8"] * 2
    assert all(table["annex_key"].str.startswith("SHA256E"))
