from pathlib import Path

import pytest
from support.datasets import refuses

from isospine.io.nifti_name import is_nifti, sidecar_of, stem_of


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".NII", ".NII.GZ", ".Nii", ".nii.GZ"])
def test_suffixes_in_letters_of_either_case(tmp_path: Path, suffix: str) -> None:
    image = tmp_path / f"sub-01_acq-1.5_T2w{suffix}"
    assert is_nifti(image) and stem_of(image) == "sub-01_acq-1.5_T2w"
    assert sidecar_of(image) == tmp_path / "sub-01_acq-1.5_T2w.json", "where it would be written"
    (tmp_path / "sub-01_acq-1.5_T2w_x.json").touch()
    (tmp_path / "sub-01_acq-1.5_T2w.JSON").touch()
    assert sidecar_of(image).name == "sub-01_acq-1.5_T2w.JSON"
    (tmp_path / "sub-01_acq-1.5_T2w.json").touch()
    with refuses(str(image), "T2w.JSON and", "T2w.json", "remove the other"):
        sidecar_of(image)


@pytest.mark.parametrize("name", ["a.gz", "a.nii.bz2", "a.mgz", "nii", "nii.gz", "a.nii.gz.old", "anii"])
def test_other_names(name: str) -> None:
    assert not is_nifti(name) and stem_of(name) == name


def test_names_outside_any_folder() -> None:
    assert sidecar_of("gone/sub-1_T2w.nii.gz") == Path("gone/sub-1_T2w.json")
