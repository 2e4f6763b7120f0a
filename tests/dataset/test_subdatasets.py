import logging
import shutil
from pathlib import Path

import pytest
from support.datasets import (
    image_paths,
    make_annex,
    make_bids,
    make_subdataset,
    refuses,
    run_git,
    segmentation_path,
)

from isospine.dataset.annex import home_of
from isospine.dataset.clone import clone_dataset
from isospine.dataset.content import SOURCE_KEY
from isospine.dataset.environment import datalad_environment
from isospine.dataset.fetch import fetch_file
from isospine.dataset.index import index_dataset
from isospine.dataset.subdatasets import addresses_of, recorded_subdatasets

FIRST, SECOND = image_paths(["01", "02"])


def nested(folder: Path, address: str = "") -> Path:
    """Make a dataset with one subject of its own, one in a subdataset, and segmentations in another."""
    root = make_annex(make_bids(folder, [FIRST], volumes=True))
    make_bids(root / "made", [SECOND, segmentation_path(FIRST)], volumes=True)
    (root / "made/sub-02").rename(root / "sub-02")
    (root / "made/derivatives").rename(root / "derivatives")
    shutil.rmtree(root / "made")
    make_subdataset(root, "sub-02", address)
    make_subdataset(root, "derivatives/labels")
    return root


def test_subjects_in_subdatasets_are_taken_at_their_recorded_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, clone = nested(tmp_path / "source"), Path("clone")  # relative, as in the workflow
    monkeypatch.chdir(tmp_path)
    (root / "sub-02/anat/sub-02_acq-later_T2w.nii.gz").write_bytes((root / FIRST).read_bytes())
    with datalad_environment():
        run_git(root / "sub-02", "annex", "add", "--quiet", ".")
        run_git(root / "sub-02", "commit", "--quiet", "--message", "later")
    clone_dataset(str(root), None, clone)
    table = index_dataset(clone, ["T2w"])
    assert list(table["path"]) == [FIRST, SECOND], "what the dataset does not record is not taken"
    assert table["segmentation"].tolist() == [segmentation_path(FIRST), "n/a"]
    keys = [*table["annex_key"], table.loc[0, "segmentation_annex_key"]]
    assert all("E-s" in key for key in keys), keys
    for row in table.to_dict("records"):
        about = [row[key] for key in ("path", "annex_key", "size", "sha256")]
        fetch_file(clone, *about, tmp_path / "image.nii.gz", keep=False)
        assert (tmp_path / "image.nii.gz").read_bytes() == (root / row["path"]).read_bytes()
    assert home_of(clone, SECOND) == (clone / "sub-02", "anat/sub-02_T2w.nii.gz")
    assert home_of(clone, FIRST) == (clone, FIRST)
    assert clone_dataset(str(root), None, clone)["kind"] == "datalad"
    assert index_dataset(clone, ["T2w"]).equals(table), "a clone is used again"


def test_a_session_may_be_a_subdataset_of_a_subdataset(tmp_path: Path) -> None:
    (image,) = image_paths(["01"], sessions=["1"])
    root = make_bids(tmp_path / "source", [image], volumes=True)
    (root / "sub-01").rename(tmp_path / "apart")
    make_annex(root)
    (tmp_path / "apart/ses-1").rename(tmp_path / "session")
    (tmp_path / "apart").rename(root / "sub-01")
    (root / "sub-01/README").write_text("sessions")
    make_subdataset(root, "sub-01")
    (tmp_path / "session").rename(root / "sub-01/ses-1")
    make_subdataset(root / "sub-01", "ses-1")
    with datalad_environment():
        run_git(root, "add", "sub-01")
        run_git(root, "commit", "--quiet", "--message", "session")
    clone_dataset(str(root), None, tmp_path / "clone")
    assert list(index_dataset(tmp_path / "clone", ["T2w"])["path"]) == [image]


def test_a_subject_whose_subdataset_is_nowhere_is_named(tmp_path: Path) -> None:
    root, clone = nested(tmp_path / "source"), tmp_path / "clone"
    commit = recorded_subdatasets(root)["sub-02"]
    shutil.rmtree(root / "sub-02", onerror=lambda do, path, _: (Path(path).parent.chmod(0o700), do(path)))
    (root / "sub-02").mkdir()
    clone_dataset(str(root), None, clone)
    for subjects in ("all", ["02"]):
        with refuses(
            str(clone / "sub-02"), commit[:10], "datalad get --no-data sub-02", 'dataset.exclude: ["02"]'
        ):
            index_dataset(clone, ["T2w"], subjects)
    (clone / "exclude.yml").write_text("[sub-02]")
    for chosen in ({"exclude": ["02"]}, {"subjects": ["01"]}, {"exclude": "exclude.yml"}):
        assert list(index_dataset(clone, ["T2w"], **chosen)["path"]) == [FIRST]
    with refuses("dataset.exclude: 03 not in the dataset"):
        index_dataset(clone, ["T2w"], exclude=["02", "03"])


def test_segmentations_whose_subdataset_is_nowhere_are_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root, clone = nested(tmp_path / "source"), tmp_path / "clone"
    (root / "derivatives/labels").rename(tmp_path / "labels")
    clone_dataset(str(root), None, clone)
    with caplog.at_level(logging.WARNING, "isospine"):
        assert list(index_dataset(clone, ["T2w"])["segmentation"]) == ["n/a", "n/a"]
    assert (
        "derivatives/labels: this subdataset" in caplog.text and "segmentations are not used" in caplog.text
    )


@pytest.mark.parametrize(
    "address",
    [
        "{secret}",
        "file://{secret}",
        "FILE://{secret}",
        "ria+file://{secret}",
        "../secret",
        "ext::touch {secret}/MARK",
    ],
)
def test_an_address_out_of_the_dataset_is_not_followed(tmp_path: Path, address: str) -> None:
    """A dataset from elsewhere could otherwise have folders of this machine copied, or run a command."""
    secret = tmp_path / "secret"
    root = nested(tmp_path / "source", address.format(secret=secret))
    (root / "sub-02").rename(secret)
    (root / "sub-02").symlink_to(secret)
    clone_dataset(str(root), None, tmp_path / "clone")
    with refuses("sub-02", "not available"):
        index_dataset(tmp_path / "clone", ["T2w"])
    assert not (secret / "MARK").exists()


def test_repositories_inside_a_plain_folder_are_left_alone(tmp_path: Path) -> None:
    root = make_bids(tmp_path, [FIRST, SECOND], volumes=True)
    make_annex(root / "sub-02")
    assert home_of(root, SECOND) == (root, SECOND)
    table = index_dataset(root, ["T2w"])
    assert list(table["path"]) == [FIRST, SECOND]


@pytest.mark.parametrize(
    ("source", "recorded", "addresses"),
    [
        ("https://example.org/a/data", "./sub-02", ["https://example.org/a/data/sub-02"]),
        (
            "https://example.org/a/data",
            "../two",
            ["https://example.org/a/two", "https://example.org/a/data/sub-02"],
        ),
        (
            "https://example.org/data/",
            "https://other.org/x",
            ["https://other.org/x", "https://example.org/data/sub-02"],
        ),
        ("git@example.org:a/data", "./sub-02", ["git@example.org:a/data/sub-02"]),
        ("https://example.org/data", "/home/somebody", ["https://example.org/data/sub-02"]),
        ("https://example.org/data", "ext::sh -c x://", ["https://example.org/data/sub-02"]),
    ],
)
def test_addresses_on_the_network(tmp_path: Path, source: str, recorded: str, addresses: list[str]) -> None:
    (tmp_path / ".gitmodules").write_text(f'[submodule "a"]\n\tpath = sub-02\n\turl = {recorded}\n')
    with datalad_environment():
        run_git(tmp_path, "init", "--quiet")
        run_git(tmp_path, "config", SOURCE_KEY, source)
    assert list(addresses_of(tmp_path, "sub-02", "0" * 40)) == addresses
