import json
from typing import Any

import numpy as np
from support.volumes import make_affine, make_views, smooth_image

from isospine import __version__
from isospine.dataset.bids import (
    BIDSIGNORE,
    bids_uri,
    cord_mask_sidecar,
    dataset_description,
    reconstruction_sidecar,
    reference_sidecar,
    view_sidecar,
)
from isospine.geometry.crops import crop_for_views
from isospine.geometry.grid import Grid

GRID = Grid((10, 12, 15), make_affine((1, 2, 0), (-1, 1, 1)))

CROP = {"CropStart": [0, 1, 2], "CropShape": [9, 9, 9], "OriginalShape": [9, 10, 12]}


def test_a_views_sidecar_says_how_it_was_sliced() -> None:
    view = make_views(smooth_image(GRID.shape), GRID, [("axial", 2.5)], "gaussian")[0]
    sidecar = view_sidecar(view, "axial", 2.5, 0.02, "bids::sub-1/anat/sub-1_desc-reference_T2w.nii.gz", CROP)
    assert {key: sidecar[key] for key in CROP} == CROP
    assert json.loads(json.dumps(sidecar)) == sidecar
    assert sidecar["SliceThickness"] == sidecar["SpacingBetweenSlices"] == 2.0
    assert (sidecar["Plane"], sidecar["Factor"], sidecar["SliceProfile"]) == ("axial", 2.5, "gaussian")
    assert sidecar["RicianNoiseSigma"] == 0.02
    assert sidecar["Sources"] == ["bids::sub-1/anat/sub-1_desc-reference_T2w.nii.gz"]


def test_a_references_sidecar_records_the_crop() -> None:
    start, cropped = crop_for_views(GRID, [("axial", 5), ("sagittal", 7)])
    sidecar = reference_sidecar("bids:source:sub-1/anat/sub-1_T2w.nii.gz", start, GRID, cropped)
    assert json.loads(json.dumps(sidecar)) == sidecar
    assert (sidecar["CropStart"], sidecar["CropShape"]) == ([0, 1, 0], [10, 10, 14])
    assert sidecar["OriginalShape"] == [10, 12, 15]


def test_a_reconstructions_sidecar_names_method_and_resolution() -> None:
    sidecar = reconstruction_sidecar("fourier-L-32", GRID.resampled(0.5), "isotropic", ["bids::models/a"])
    assert sidecar["Resolution"] == "isotropic: 0.5 x 0.5 x 0.5 mm"
    assert "fourier-L-32" in sidecar["Description"]
    assert sidecar["Sources"] == ["bids::models/a"]


def test_sidecars_have_what_the_bids_validator_asks_for() -> None:
    view = make_views(smooth_image(GRID.shape), GRID, [("axial", 4)])[0]
    images = [
        view_sidecar(view, "axial", 4, 0, "bids::a", CROP),
        reference_sidecar("bids:source:a", (0, 0, 0), GRID, GRID),
        reconstruction_sidecar("tv", GRID, "grid of the reference", ["bids::a"]),
    ]
    assert all(sidecar["SkullStripped"] is False for sidecar in images)
    assert all(sidecar["Sources"] for sidecar in [*images, cord_mask_sidecar("bids:source:b")])
    assert cord_mask_sidecar("bids:source:b")["Type"] == "ROI"
    assert "Resolution" in images[2]


def test_the_dataset_is_described_with_its_source() -> None:
    record: dict[str, Any] = {
        "name": "Spine Generic", "licence": "CC0", "version": "r20211115", "commit": None,
        "source": "https://example.org/data.git", "doi": None,
    }  # fmt: skip
    found = dataset_description(record)
    assert (found["DatasetType"], found["License"]) == ("derivative", "CC0")
    assert "Spine Generic" in found["Name"]
    assert found["GeneratedBy"][0]["Name"] == "isospine"
    assert found["GeneratedBy"][0]["Version"] == __version__
    assert found["SourceDatasets"] == [{"Version": "r20211115", "URL": "https://example.org/data.git"}]
    assert found["DatasetLinks"] == {"source": "https://example.org/data.git"}
    record |= {"commit": "abc123", "doi": "doi:10.1/2", "source": "/home/someone/data"}
    assert dataset_description(record)["SourceDatasets"] == [{"Version": "abc123", "DOI": "doi:10.1/2"}]
    assert dataset_description(record)["DatasetLinks"] == {"source": "sourcedata/dataset"}
    assert "/home" not in json.dumps(dataset_description(record))
    record |= {"commit": None, "version": None, "licence": None}
    assert dataset_description(record)["SourceDatasets"][0]["Version"] == "unversioned"
    assert dataset_description(record)["License"] == "n/a"
    assert dataset_description(record)["DatasetLinks"] == {"source": "file:///home/someone/data"}


def test_what_is_not_bids_is_ignored_with_and_without_its_content() -> None:
    lines = BIDSIGNORE.split("\n")
    assert lines[-1] == ""
    for folder in ("models", "metrics", "figures", "tables", "report", "logs", "benchmarks", "sourcedata"):
        assert {folder, f"{folder}/**"} <= set(lines)
    assert {"manifest.tsv", "metrics.tsv", "segmentation.tsv", "segmentation.json"} <= set(lines)


def test_bids_uris() -> None:
    assert bids_uri("sub-1/anat/sub-1_T2w.nii.gz") == "bids::sub-1/anat/sub-1_T2w.nii.gz"
    assert bids_uri("sub-1/a.nii.gz", "source") == "bids:source:sub-1/a.nii.gz"
    assert np.char.startswith(bids_uri("x", "y"), "bids:")
