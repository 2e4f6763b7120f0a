import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from isospine.dataset.demo.dataset import SUBJECTS, Subject, make_demo_dataset, place, store_along
from isospine.dataset.demo.phantom import spine_phantom
from isospine.dataset.environment import datalad_environment
from isospine.errors import InputError
from isospine.io.nifti import check_isotropic, load_volume

VOLUMES = [
    *(f"sub-{subject.label}/anat/sub-{subject.label}_T2w.nii.gz" for subject in SUBJECTS),
    *(
        f"derivatives/labels/sub-{subject.label}/anat/sub-{subject.label}_T2w_label-SC_seg.nii.gz"
        for subject in SUBJECTS
    ),
]


@pytest.fixture(scope="module")
def strangers_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home without git configuration, and a PATH without the virtual environment."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for variable in [name for name in os.environ if name.startswith(("GIT_", "XDG_", "DATALAD_"))]:
            patch.delenv(variable)
        patch.setenv("HOME", str(home))
        patch.setenv("PATH", "/usr/local/bin:/usr/bin:/bin")
        yield home


#: That equal seeds give equal phantoms is tested in test_phantom.py.
phantom_of = cache(spine_phantom)


@pytest.fixture(scope="module")
def demo(strangers_home: Path) -> Path:
    folder = strangers_home / "a path with spaces" / "demo"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("isospine.dataset.demo.dataset.spine_phantom", phantom_of)
        make_demo_dataset(folder)
    return folder


@pytest.fixture(scope="module")
def clone(demo: Path) -> Path:
    folder = demo.parent / "its clone"
    with datalad_environment():
        from datalad import api

        api.clone(source=str(demo), path=str(folder), result_renderer="disabled")
    return folder


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def committed(folder: Path) -> dict[str, str]:
    return {volume: git(folder, "show", f"HEAD:{volume}") for volume in VOLUMES}


def test_volumes_are_annexed_unlocked_and_the_rest_is_in_git(demo: Path) -> None:
    with datalad_environment():
        assert git(demo, "status", "--porcelain") == ""
    assert git(demo, "branch", "--show-current") == "main"
    for volume, pointer in committed(demo).items():
        key = re.fullmatch(r"/annex/objects/SHA256E-s(\d+)--([0-9a-f]{64})\.nii\.gz", pointer)
        assert key is not None
        content = (demo / volume).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (int(key[1]), key[2])
    for name in git(demo, "ls-files", "-z").rstrip("\0").split("\0"):
        assert name in VOLUMES or not git(demo, "show", f"HEAD:{name}").startswith("/annex/")
    assert {line.split()[0] for line in git(demo, "ls-files", "-s").splitlines()} == {"100644"}


def test_a_clone_holds_pointers_until_get_brings_one_file(demo: Path, clone: Path) -> None:
    for volume, pointer in committed(demo).items():
        assert (clone / volume).read_text().strip() == pointer
    with datalad_environment():
        from datalad import api

        api.get(path=str(clone / VOLUMES[1]), dataset=str(clone), result_renderer="disabled")
    assert (clone / VOLUMES[1]).read_bytes() == (demo / VOLUMES[1]).read_bytes()
    for volume in (VOLUMES[0], *VOLUMES[2:]):
        assert (clone / volume).stat().st_size < 200


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.label)
def test_stored_volumes_are_the_phantom(demo: Path, subject: Subject) -> None:
    phantom = phantom_of(subject.seed)
    stem = f"sub-{subject.label}/anat/sub-{subject.label}_T2w"
    image = nib.load(demo / f"{stem}.nii.gz")
    cord = nib.load(demo / f"derivatives/labels/{stem}_label-SC_seg.nii.gz")
    assert "".join(nib.aff2axcodes(image.affine)) == subject.axes
    assert image.get_data_dtype() == np.int16
    assert cord.get_data_dtype() == np.uint8
    np.testing.assert_array_equal(image.affine, cord.affine)
    canonical = nib.as_closest_canonical(image)
    np.testing.assert_array_equal(canonical.dataobj, np.rint(phantom.intensity))
    np.testing.assert_array_equal(nib.as_closest_canonical(cord).dataobj, phantom.cord)
    centre = canonical.affine @ [*(np.array(canonical.shape) - 1) / 2, 1]
    np.testing.assert_allclose(centre[:3], subject.centre, atol=1e-4)
    rotation = canonical.affine[:3, :3] / 0.8
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-5)
    assert (np.trace(rotation) - 1) / 2 == pytest.approx(np.cos(np.deg2rad(subject.tilt)), abs=1e-5)
    check_isotropic(stem, load_volume(demo / f"{stem}.nii.gz")[1])


def test_the_subjects_exercise_orientation_handling() -> None:
    assert {subject.axes for subject in SUBJECTS} == {"RAS", "PSR"}
    assert sorted(subject.tilt for subject in SUBJECTS) == [0, 5]


def test_sidecars_say_that_it_is_synthetic(demo: Path) -> None:
    for subject in SUBJECTS:
        sidecar = json.loads((demo / f"sub-{subject.label}/anat/sub-{subject.label}_T2w.json").read_text())
        assert "synthetic" in sidecar["SeriesDescription"].lower()
        assert sidecar["MagneticFieldStrength"] == 3
    assert "no person" in (demo / "README.md").read_text()


def test_it_is_valid_bids(demo: Path) -> None:
    validator = Path(sys.executable).parent / "bids-validator-deno"
    answer = subprocess.run([validator, demo], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout
    assert "[ERROR]" not in answer.stdout


def test_no_machine_or_person_is_recorded(demo: Path) -> None:
    people = git(demo, "log", "--all", "--format=%an %ae %cn %ce").splitlines()
    assert set(people) == {"isospine isospine@localhost isospine isospine@localhost"}
    assert str(demo.parent) not in git(demo, "show", "git-annex:uuid.log")


@pytest.mark.slow
def test_made_again_over_a_partial_one_inside_a_repository_it_is_the_same_commit(
    demo: Path, strangers_home: Path
) -> None:
    parent = strangers_home / "project"
    parent.mkdir()
    git(parent, "init", "--quiet")
    partial = parent / "demo"
    (partial / ".git" / "annex" / "objects").mkdir(parents=True)
    (partial / ".git" / "annex" / "objects" / "part").touch()
    (partial / ".git" / "annex" / "objects").chmod(0o500)
    (partial / ".datalad").mkdir()
    (partial / ".datalad" / "config").write_text((demo / ".datalad" / "config").read_text())
    commit = make_demo_dataset(partial)
    assert commit == git(partial, "rev-parse", "HEAD") == git(demo, "rev-parse", "HEAD")
    assert committed(partial) == committed(demo)
    assert [path.name for path in parent.iterdir() if path.name != ".git"] == ["demo"]


def test_another_folder_is_not_removed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("data")
    with pytest.raises(InputError, match="something other"):
        make_demo_dataset(tmp_path)
    assert (tmp_path / "precious").read_text() == "data"


def test_an_unwritable_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="file: cannot write there"):
        make_demo_dataset(tmp_path / "file" / "demo")


def test_nothing_is_left_of_a_failed_attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("isospine.dataset.demo.dataset.write_bids", fail)
    with pytest.raises(KeyboardInterrupt):
        make_demo_dataset(tmp_path / "demo")
    assert list(tmp_path.iterdir()) == []


def test_store_along_keeps_every_voxel_where_it_is() -> None:
    data = np.arange(2 * 3 * 4).reshape(2, 3, 4)
    affine = place(np.diag([0.8, 0.8, 0.8, 1.0]), 5.0, (1.0, 2.0, 3.0))
    stored, stored_affine = store_along(data, affine, "PSR")
    assert stored.shape == (3, 4, 2)
    assert nib.aff2axcodes(stored_affine) == ("P", "S", "R")
    for index in np.ndindex(stored.shape):
        world = stored_affine @ [*index, 1]
        original = tuple(np.rint(np.linalg.solve(affine, world)[:3]).astype(int))
        assert data[original] == stored[index]


def test_the_participants_are_listed(demo: Path) -> None:
    rows = (demo / "participants.tsv").read_text().splitlines()
    assert rows == ["participant_id\tseed", "sub-demo01\t1", "sub-demo02\t3"]
