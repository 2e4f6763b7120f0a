from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from support.volumes import smooth_image

from isospine.evaluation.metrics import karthik2023_metrics, region_metrics
from isospine.evaluation.rows import evaluate
from isospine.io.nifti import load_mask, save_volume
from isospine.physics.tissue import tissue_mask
from isospine.recipes.catalogue import known_recipes

ACQUISITION = {"sampling": "profile", "slice_profile": "box", "noise": 0.02}
#: What metrics.tsv has at least.
COLUMNS = [
    "image", "subject", "session", "contrast", "method", "recipe", "L", "bandwidth", "seed", "sampling", "noise",
    "region", "psnr", "ssim", "nrmse", "train_seconds", "train_joules", "parameters",
    "model_bytes", "network_bytes_float32", "network_bytes_bfloat16", "reference_bytes", "compression_file", "bits_per_voxel_file",
    "compression_network_bfloat16", "bits_per_voxel_network_bfloat16", "psnr_network_bfloat16",
]  # fmt: skip


def network_record(image: str = "sub-amu01_ses-2_acq-iso_T2w") -> dict[str, Any]:
    return {
        "image": image, "contrast": "T2w", "method": "fourier-L-32", "recipe": "fourier", "seed": 1,
        "hyperparameters": known_recipes()["fourier"] | {"L": 32},
        "train_seconds": 12.5, "train_joules": 80.5, "parameters": 1000, "model_bytes": 5000, "final_loss": 0.1,
        "network_bytes_float32": 4000, "network_bytes_bfloat16": 2000,
    }  # fmt: skip


@pytest.fixture
def images() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    reference = smooth_image((9, 10, 11))
    cord = np.zeros(reference.shape, np.uint8)
    cord[3:6, 3:6] = 1
    return reference, reference + smooth_image(reference.shape, seed=1) / 50, cord


def test_one_row_per_region(images: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    reference, image, cord = images
    table = evaluate(reference, image, cord, network_record(), ACQUISITION, 10000)
    assert not [column for column in table if "karthik2023" in column]
    assert table["region"].tolist() == ["whole", "mask", "cord"]
    assert set(COLUMNS) <= set(table.columns)
    masks = {"whole": np.full(cord.shape, True), "mask": tissue_mask(reference), "cord": cord == 1}
    expected = region_metrics(reference, image, masks)
    for row in table.to_dict("records"):
        assert {"psnr", "ssim", "nrmse"} <= expected[row["region"]].keys()
        assert {key: row[key] for key in expected[row["region"]]} == expected[row["region"]]


def test_the_protocol_of_karthik2023_where_it_is_asked_for(
    images: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    reference, image, cord = images
    plain = evaluate(reference, image, cord, network_record(), ACQUISITION, 10000)
    table = evaluate(reference, image, cord, network_record(), ACQUISITION, 10000, karthik2023=True)
    protocol = karthik2023_metrics(reference, image, tissue_mask(reference))
    pd.testing.assert_frame_equal(table.drop(columns=list(protocol)), plain)
    assert table["psnr_karthik2023"].tolist() == [protocol["psnr_karthik2023"]] * 3
    assert table["ssim_karthik2023"].tolist() == [protocol["ssim_karthik2023"]] * 3


def test_a_row_says_what_it_measures(images: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    reference, image, cord = images
    row = evaluate(reference, image, cord, network_record(), ACQUISITION, 10000).iloc[0]
    expected = {
        "image": "sub-amu01_ses-2_acq-iso_T2w", "subject": "amu01", "session": "2", "contrast": "T2w",
        "method": "fourier-L-32", "recipe": "fourier", "L": 32, "seed": 1, "sampling": "profile",
        "slice_profile": "box", "noise": 0.02, "train_seconds": 12.5, "train_joules": 80.5, "parameters": 1000,
        "model_bytes": 5000,
    }  # fmt: skip
    assert {key: row[key] for key in expected} == expected


def test_without_session_or_cord(images: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    table = evaluate(*images[:2], None, network_record("sub-01_T2w"), ACQUISITION, 10000)
    assert table["region"].tolist() == ["whole", "mask"]
    assert table["subject"].tolist() == ["01", "01"]
    assert table["session"].isna().all()


def test_a_baseline_has_the_columns_of_a_network(images: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    """A run of baselines alone gives a complete table too."""
    record = {"image": "sub-01_T2w", "contrast": "T2w", "method": "tv", "train_seconds": 1.5}
    baseline = evaluate(*images, record, ACQUISITION, 10000)
    network = evaluate(*images, network_record("sub-01_T2w"), ACQUISITION, 10000)
    assert set(baseline.columns) == set(network.columns)
    assert baseline[["recipe", "L", "bandwidth", "seed", "parameters", "model_bytes"]].isna().all(axis=None)
    stacked = pd.concat([baseline, network])
    assert stacked["method"].tolist() == ["tv"] * 3 + ["fourier-L-32"] * 3


SIZES = [
    "bits_per_voxel_file",
    "compression_file",
    "bits_per_voxel_network_bfloat16",
    "compression_network_bfloat16",
]


def test_sizes_by_hand(images: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    reference, image, cord = images  # of 990 voxels
    network = reference + smooth_image(reference.shape, seed=2) / 20
    table = evaluate(reference, image, cord, network_record(), ACQUISITION, 10000, network)
    assert table["reference_bytes"].tolist() == [10000] * 3
    for row in table.to_dict("records"):
        assert [row[key] for key in SIZES] == pytest.approx([40000 / 990, 2, 16000 / 990, 5])
    masks = {"whole": np.full(cord.shape, True), "mask": tissue_mask(reference), "cord": cord == 1}
    expected = [values["psnr"] for values in region_metrics(reference, network, masks).values()]
    assert table["psnr_network_bfloat16"].tolist() == pytest.approx(expected)
    assert (table["psnr"] > table["psnr_network_bfloat16"]).all()


def test_a_network_that_needs_the_views_has_no_rate_by_itself(
    images: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    table = evaluate(*images, network_record(), ACQUISITION, 10000)
    assert table[[*SIZES[2:], "psnr_network_bfloat16"]].isna().all(axis=None)
    assert table[[*SIZES[:2], "network_bytes_bfloat16"]].notna().all(axis=None)


def test_a_baseline_has_no_size(images: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    record = {"image": "sub-01_T2w", "contrast": "T2w", "method": "tv", "train_seconds": 1.5}
    table = evaluate(*images, record, ACQUISITION, 10000)
    assert (
        table[[*SIZES, "model_bytes", "network_bytes_float32", "network_bytes_bfloat16"]]
        .isna()
        .all(axis=None)
    )


def test_a_cord_that_the_crop_left_nothing_of_has_no_row(tmp_path: Path) -> None:
    path = tmp_path / "cord.nii.gz"
    save_volume(path, np.zeros((8, 9, 10), np.uint8), np.eye(4))
    cord = load_mask(path, (8, 9, 10), np.eye(4))
    reference = np.random.default_rng(0).normal(size=(8, 9, 10)).astype(np.float32)
    record = {"image": "sub-1", "contrast": "T2w", "method": "linear"}
    acquisition = {"sampling": "profile", "slice_profile": "box", "noise": 0.0}
    table = evaluate(reference, reference, cord, record, acquisition, 10000)
    assert list(table["region"]) == ["whole", "mask"]
