import concurrent.futures
import multiprocessing
import subprocess
import time
from pathlib import Path
from typing import Any, NamedTuple

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
from support import datasets
from support.datasets import image_paths, make_bids, refuses, segmentation_path

from isospine.dataset.annex import annex_key
from isospine.dataset.clone import clone_dataset
from isospine.dataset.content import drop_content
from isospine.dataset.environment import datalad_environment
from isospine.dataset.fetch import check_reference, fetch_file
from isospine.dataset.index import index_dataset
from isospine.dataset.transfer import run_patiently
from isospine.errors import InputError
from isospine.io.atomic import sha256_of

GOOD, LATE, CORRUPT, LOST = "amu01", "amu02", "unf01", "unf02"
IMAGES = image_paths([GOOD, LATE, CORRUPT, LOST])


class Fixture(NamedTuple):
    """A dataset, its special remote, a clone of it, and the manifest of that."""

    source: Path
    store: Path
    root: Path
    table: pd.DataFrame

    def arguments(
        self, subject: str, destination: Path, prefix: str = "", keep: bool = True
    ) -> tuple[Any, ...]:
        """Give what `fetch_file` takes."""
        row = self.table.set_index("subject").loc[subject]
        path = row[prefix.rstrip("_") or "path"]
        facts = [row[f"{prefix}{name}"] for name in ("annex_key", "size", "sha256")]
        return (self.root, path, *facts, destination, keep)

    def fetch(self, *wanted: Any, **options: Any) -> None:
        fetch_file(*self.arguments(*wanted, **options))

    def file(self, subject: str) -> Path:
        return self.root / image_paths([subject])[0]


def make_fixture(folder: Path, locked: bool, corrupt: list[str], lose: list[str]) -> Fixture:
    paths = [*map(segmentation_path, IMAGES), *IMAGES]
    source = datasets.make_spine_generic_like(folder / "source", paths, locked, corrupt, lose)
    root = folder / "my clone"
    clone_dataset(str(source), "r2", root)
    return Fixture(source, folder / "source-store", root, index_dataset(root, ["T2w"]))


@pytest.fixture(scope="module", params=["unlocked", "locked"])
def cloned(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Fixture:
    folder = tmp_path_factory.mktemp("fetch")
    return make_fixture(folder, request.param == "locked", image_paths([CORRUPT]), image_paths([LOST]))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Fixture:
    root = make_bids(tmp_path_factory.mktemp("plain") / "my data", IMAGES, volumes=True)
    return Fixture(root, root, root, index_dataset(root, ["T2w"]))


def test_content_comes_from_the_special_remote(cloned: Fixture, tmp_path: Path) -> None:
    destination = tmp_path / "sub folder" / "image.nii.gz"
    assert annex_key(cloned.file(GOOD)), "nothing is there before"
    cloned.fetch(GOOD, destination)
    assert destination.is_file() and not destination.is_symlink()
    assert destination.stat().st_mode & 0o200, "not write-protected as an annexed file"
    assert nib.load(destination).shape == (6, 8, 10)
    assert datasets.own_content(cloned.root, cloned.file(GOOD))
    assert not datasets.own_content(cloned.root, cloned.file(LATE)), "one at a time"
    destination.unlink()
    cloned.fetch(GOOD, destination)
    cloned.fetch(GOOD, tmp_path / "mask.nii.gz", "segmentation_")
    assert set(np.unique(nib.load(tmp_path / "mask.nii.gz").dataobj)) == {0, 1}


def test_corrupted_object_is_refused_until_it_is_mended(cloned: Fixture, tmp_path: Path) -> None:
    with refuses(str(cloned.file(CORRUPT)), "store", "corrupted", "SHA256E-s", "dataset.exclude"):
        cloned.fetch(CORRUPT, tmp_path / "image.nii.gz")
    assert not list(tmp_path.iterdir()), "nothing half-written"
    held = datasets.held_content(cloned.store, cloned.source / image_paths([CORRUPT])[0])
    datasets.change_byte(held)
    cloned.fetch(CORRUPT, tmp_path / "image.nii.gz")
    datasets.change_byte(held)


def test_lost_object(cloned: Fixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATALAD_ANNEX_RETRY", "0")
    with refuses(str(cloned.file(LOST)), "not available from any remote", "asked store", "git annex whereis"):
        cloned.fetch(LOST, tmp_path / "image.nii.gz")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("change", ["one byte", "truncated"])
def test_corrupted_content_of_the_clone_is_dropped(cloned: Fixture, tmp_path: Path, change: str) -> None:
    cloned.fetch(LATE, tmp_path / "image.nii.gz")
    content = datasets.own_content(cloned.root, cloned.file(LATE))
    assert content is not None
    if change == "one byte":
        datasets.change_byte(content)
    else:
        content.write_bytes(content.read_bytes()[:100])
    row = cloned.table.set_index("subject").loc[LATE]
    with refuses(str(cloned.file(LATE)), "corrupted", row["sha256"], row["size"], "run again"):
        cloned.fetch(LATE, tmp_path / "other.nii.gz")
    assert [path.name for path in tmp_path.iterdir()] == ["image.nii.gz"]
    cloned.fetch(LATE, tmp_path / "other.nii.gz")
    assert (tmp_path / "other.nii.gz").read_bytes() == (tmp_path / "image.nii.gz").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("keep", [True, False])
def test_many_jobs_at_a_time(tmp_path: Path, keep: bool) -> None:
    """All segmentations are equal, so that their jobs get, read and drop one content."""
    cloned = make_fixture(tmp_path, False, [], [])
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["isospine.dataset.fetch"])
    jobs = [(subject, prefix) for prefix in ("segmentation_", "") for subject in (GOOD, LATE, CORRUPT, LOST)]
    with concurrent.futures.ProcessPoolExecutor(4, mp_context=context) as pool:
        done = [
            pool.submit(fetch_file, *cloned.arguments(subject, destination, prefix, keep))
            for subject, prefix in jobs
            for destination in [tmp_path / "out" / f"{subject}{prefix}.nii.gz"]
        ]
        for job in done:
            job.result()
    assert len(list((tmp_path / "out").iterdir())) == 8
    objects = [path for path in (cloned.root / ".git/annex/objects").rglob("*") if path.is_file()]
    assert len(objects) == (5 if keep else 0)
    with datalad_environment():
        datasets.run_git(cloned.root, "diff", "--quiet", "HEAD")
    clone_dataset(str(cloned.source), "r2", cloned.root)
    pd.testing.assert_frame_equal(index_dataset(cloned.root, ["T2w"]), cloned.table)


def test_content_that_another_job_drops_at_once_is_got_again(
    cloned: Fixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = cloned.table.set_index("subject").loc[LATE]
    drop_content(cloned.root, row["annex_key"])
    got = []

    def get_and_lose(command: list[str], *rest: Path) -> subprocess.CompletedProcess[str]:
        answer = run_patiently(command, *rest)
        assert answer.returncode == 0
        if "get" not in command:
            return answer
        got.append(answer)
        if len(got) == 1:
            drop_content(cloned.root, row["annex_key"])
        return answer

    monkeypatch.setattr("isospine.dataset.content.run_patiently", get_and_lose)
    monkeypatch.setattr("isospine.dataset.transfer.PAUSES", (0.0,))
    cloned.fetch(LATE, tmp_path / "image.nii.gz")
    assert len(got) == 2
    assert sha256_of(tmp_path / "image.nii.gz") == row["sha256"]


def test_remote_that_is_not_enabled(tmp_path: Path) -> None:
    source = datasets.make_spine_generic_like(tmp_path / "source", image_paths(["01"]), published=False)
    clone_dataset(str(source), None, tmp_path / "clone")
    with refuses("sub-01_T2w", "only store should hold it", "git annex enableremote"):
        fetch_file(tmp_path / "clone", image_paths(["01"])[0], "n/a", "n/a", "n/a", tmp_path / "image.nii.gz")


def test_content_that_nobody_holds(tmp_path: Path) -> None:
    source = datasets.make_spine_generic_like(tmp_path / "source", image_paths(["01"]))
    with datalad_environment():
        datasets.run_git(source, "annex", "dead", "store")
    clone_dataset(str(source), None, tmp_path / "clone")
    with refuses("sub-01_T2w", "no repository is known to hold it", "dataset.exclude"):
        fetch_file(tmp_path / "clone", image_paths(["01"])[0], "n/a", "n/a", "n/a", tmp_path / "image.nii.gz")


@pytest.mark.skipif(not datasets.SINGLE_SUBJECT_BUNDLE.exists(), reason="no test data of spine-generic")
def test_spine_generic_without_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    # git-annex takes a proxy on a local address only where that is allowed
    datasets.allow_local_addresses(tmp_path.with_name(f"{tmp_path.name}-home"), monkeypatch)
    root = tmp_path / "clone"
    clone_dataset(str(datasets.SINGLE_SUBJECT_BUNDLE), "r20211115", root)
    row = index_dataset(root, ["T2w"], ["ucl"]).iloc[0]
    start = time.perf_counter()
    with refuses(
        str(root / row["path"]), "not available from any remote", "asked amazon", "check the network"
    ):
        fetch_file(root, row["path"], row["annex_key"], row["size"], row["sha256"], tmp_path / "image.nii.gz")
    assert time.perf_counter() - start < 120  # 4 s on an idle machine
    assert [path.name for path in tmp_path.iterdir()] == ["clone"]


def test_manifest_of_another_version(cloned: Fixture, tmp_path: Path) -> None:
    other = cloned.table.set_index("subject").loc[LATE]
    facts = [other[name] for name in ("annex_key", "size", "sha256")]
    with refuses(str(cloned.file(GOOD)), "changed since it was indexed", "delete the manifest"):
        fetch_file(cloned.root, image_paths([GOOD])[0], *facts, tmp_path / "image.nii.gz")
    cloned.fetch(GOOD, tmp_path / "image.nii.gz")


def test_plain_file_is_copied(plain: Fixture, tmp_path: Path) -> None:
    plain.fetch(GOOD, tmp_path / "image.nii.gz")
    assert (tmp_path / "image.nii.gz").read_bytes() == plain.file(GOOD).read_bytes()


def test_plain_file_that_has_changed(plain: Fixture, tmp_path: Path) -> None:
    datasets.change_byte(plain.file(LATE))
    sha256 = plain.table.set_index("subject").loc[LATE, "sha256"]
    with refuses(str(plain.file(LATE)), "changed since it was indexed", sha256, "delete the manifest"):
        plain.fetch(LATE, tmp_path / "image.nii.gz")
    assert not list(tmp_path.iterdir())


def test_missing_file(tmp_path: Path) -> None:
    root = make_bids(tmp_path / "data", IMAGES)
    table = index_dataset(root, ["T2w"])
    (root / IMAGES[0]).unlink()
    with refuses(str(root / IMAGES[0]), "no such file", "manifest"):
        Fixture(root, root, root, table).fetch(GOOD, tmp_path / "image.nii.gz")


def test_dangling_links(tmp_path: Path) -> None:
    root = make_bids(tmp_path / "data", IMAGES)
    (root / IMAGES[0]).unlink()
    (root / IMAGES[0]).symlink_to("elsewhere.nii.gz")
    with refuses(str(root / IMAGES[0]), "dangling link to elsewhere.nii.gz", "fix"):
        fetch_file(root, IMAGES[0], "n/a", "n/a", "n/a", tmp_path / "image.nii.gz")
    (root / IMAGES[0]).unlink()
    (root / IMAGES[0]).symlink_to("../../.git/annex/objects/aa/bb/MD5E-s1--a/MD5E-s1--a")
    with refuses(str(root / IMAGES[0]), "git-annex's note of MD5E-s1--a", "datalad get"):
        fetch_file(root, IMAGES[0], "MD5E-s1--a", "1", "n/a", tmp_path / "image.nii.gz")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_link_out_of_the_dataset(tmp_path: Path) -> None:
    root = make_bids(tmp_path / "data", IMAGES)
    (tmp_path / "secret").touch()
    (root / IMAGES[0]).unlink()
    (root / IMAGES[0]).symlink_to("../../../secret")
    with refuses(str(root / IMAGES[0]), "leads out of the dataset", str(tmp_path / "secret"), "copy"):
        fetch_file(root, IMAGES[0], "n/a", "n/a", "n/a", tmp_path / "image.nii.gz")


def test_copied_annex_outside_of_git_is_not_changed(cloned: Fixture, tmp_path: Path) -> None:
    """A folder of pointers without their repository is somebody's data, not a clone to mend."""
    row = cloned.table.set_index("subject").loc[GOOD]
    root = make_bids(tmp_path / "data", image_paths([GOOD]))
    cloned.fetch(GOOD, root / row["path"])
    datasets.change_byte(root / row["path"])
    before = (root / row["path"]).read_bytes()
    with refuses(row["path"], "changed since it was indexed"):
        fetch_file(root, row["path"], row["annex_key"], row["size"], row["sha256"], tmp_path / "image.nii.gz")
    assert (root / row["path"]).read_bytes() == before


def test_reference(tmp_path: Path) -> None:
    datasets.write_volume(tmp_path / "good.nii.gz")
    assert check_reference(tmp_path / "good.nii.gz") == {
        "shape": [6, 8, 10],
        "spacing": [0.8, 0.8, 0.8],
        "orientation": "PSR",
    }
    nib.Nifti1Image(np.arange(24.0).reshape(2, 3, 4), np.diag([1, 1, 4, 1])).to_filename(
        tmp_path / "thick.nii.gz"
    )
    with refuses("thick.nii.gz", "1 x 1 x 4 mm", "isotropic", "dataset.exclude"):
        check_reference(tmp_path / "thick.nii.gz")
    (tmp_path / "pointer.nii.gz").write_text("/annex/objects/MD5E-s1--a.nii.gz\n")
    with pytest.raises(InputError, match=r"pointer\.nii\.gz"):
        check_reference(tmp_path / "pointer.nii.gz")
