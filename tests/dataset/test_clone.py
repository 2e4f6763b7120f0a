import json
import os
import subprocess
from pathlib import Path

import pytest
from support import datasets
from support.datasets import refuses

from isospine.dataset import clone
from isospine.dataset.annex import annex_key
from isospine.dataset.clone import clone_dataset, remove_tree
from isospine.dataset.environment import datalad_environment
from isospine.dataset.fetch import fetch_file

IMAGE = datasets.image_paths(["amu01"])[0]
RECORD = ["kind", "source", "name", "licence", "doi", "version", "commit", "datalad_id"]


@pytest.fixture(scope="module")
def annexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return datasets.make_spine_generic_like(tmp_path_factory.mktemp("clone") / "data set")


def git(folder: Path, *arguments: str) -> str:
    with datalad_environment():  # git status may call git-annex
        answer = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return answer.stdout.strip()


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_clone_at_a_tag_holds_pointers_only(annexed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "results of mine" / "dataset"
    record = clone_dataset(str(annexed), "r1", folder)
    assert record == {
        "kind": "datalad",
        "source": str(annexed),
        "name": "Made up",
        "licence": "CC0",
        "doi": None,
        "version": "r1",
        "commit": git(annexed, "rev-parse", "r1"),
        "datalad_id": datasets.DATALAD_ID,
    }
    assert names(folder) >= {"sub-amu01", "sub-amu02"} and "sub-unf01" not in names(folder)
    assert annex_key(folder / IMAGE)
    assert git(folder, "config", "remote.store.annex-externaltype") == "ora", "autoenabled"
    assert names(folder.parent) == {"dataset"}, "nothing left beside it"


def test_default_version_is_what_is_checked_out(annexed: Path, tmp_path: Path) -> None:
    record = clone_dataset(str(annexed), None, tmp_path / "clone")
    assert (record["version"], record["commit"]) == ("r2", git(annexed, "rev-parse", "HEAD"))


def test_same_clone_is_kept_with_its_content(annexed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "clone"
    record = clone_dataset(str(annexed), "r2", folder)
    fetch_file(folder, IMAGE, "n/a", "n/a", "n/a", tmp_path / "fetched.nii.gz")
    inode = folder.stat().st_ino
    (folder / "participants.tsv").unlink()
    (folder / "exclude.yml").write_text("spoilt")
    os.utime(folder / IMAGE, (0, 0))  # git writes such a file anew
    assert clone_dataset(str(annexed), "r2", folder) == record
    assert folder.stat().st_ino == inode
    assert annex_key(folder / IMAGE), "no second copy of the content is in the work tree"
    assert datasets.own_content(folder, folder / IMAGE), "the content is still there"
    assert git(folder, "status", "--porcelain") == "", "the work tree is mended"


def test_other_version_replaces_the_clone(annexed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "clone"
    clone_dataset(str(annexed), "r2", folder)
    fetch_file(folder, IMAGE, "n/a", "n/a", "n/a", tmp_path / "fetched.nii.gz")
    assert clone_dataset(str(annexed), "r1", folder)["commit"] == git(folder, "rev-parse", "HEAD")
    assert "sub-unf01" not in names(folder)


@pytest.mark.parametrize("rest", ["empty", "other files", "broken repository", "a file"])
def test_whatever_is_in_its_place_is_replaced(annexed: Path, tmp_path: Path, rest: str) -> None:
    folder = tmp_path / "clone"
    if rest == "a file":
        folder.write_text("x")
    else:
        (folder / (".git" if rest == "broken repository" else "")).mkdir(parents=True)
        (folder / "left-over").touch()
    clone_dataset(str(annexed), "r1", folder)
    assert "left-over" not in names(folder) and git(folder, "status", "--porcelain") == ""


def test_url(annexed: Path, tmp_path: Path) -> None:
    url = f"file://{annexed}"
    record = clone_dataset(url, "r1", tmp_path / "clone")
    inode = (tmp_path / "clone").stat().st_ino
    assert clone_dataset(url, "r1", tmp_path / "clone") == record
    assert (tmp_path / "clone").stat().st_ino == inode
    assert clone_dataset(url, record["commit"], tmp_path / "clone")["commit"] == record["commit"]


def test_plain_dataset_stays_where_it_is(tmp_path: Path) -> None:
    plain = datasets.make_bids(tmp_path / "plain", [IMAGE])
    record = clone_dataset(str(plain), None, tmp_path / "clone")
    assert list(record) == RECORD
    assert (record["kind"], record["name"], record["commit"]) == ("bids", "Made up", None)
    assert not (tmp_path / "clone").exists()


def test_git_repository_without_annex(tmp_path: Path) -> None:
    plain = datasets.make_bids(tmp_path / "plain", [IMAGE])
    with datalad_environment():
        datasets.run_git(plain, "init", "--quiet")
        datasets.run_git(plain, "add", ".")
        datasets.run_git(plain, "commit", "--quiet", "--message", "all")
    record = clone_dataset(str(plain), None, tmp_path / "clone")
    assert record["datalad_id"] is None and (tmp_path / "clone" / IMAGE).is_file()


def test_no_git_identity(annexed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [
        name for name in os.environ if name.startswith(("GIT_AUTHOR", "GIT_COMMITTER", "EMAIL"))
    ]:
        monkeypatch.delenv(variable)
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    clone_dataset(str(annexed), "r1", tmp_path / "clone")
    fetch_file(tmp_path / "clone", IMAGE, "n/a", "n/a", "n/a", tmp_path / "fetched.nii.gz")
    assert names(tmp_path) >= {"clone", "fetched.nii.gz"}


@pytest.mark.parametrize("form", ["path", "URL"])
def test_version_that_does_not_exist(annexed: Path, tmp_path: Path, form: str) -> None:
    source = str(annexed) if form == "path" else f"file://{annexed}"
    with refuses("dataset.version: 'r3'", source, "tags (r2, r1)"):
        clone_dataset(source, "r3", tmp_path / "out" / "clone")
    assert not list(tmp_path.rglob("*/*"))


def test_branch_of_a_url_is_not_pinned(annexed: Path, tmp_path: Path) -> None:
    with refuses("dataset.version: 'master'", "is a branch", git(annexed, "rev-parse", "master")):
        clone_dataset(f"file://{annexed}", "master", tmp_path / "clone")


def test_url_that_leads_nowhere(tmp_path: Path) -> None:
    with refuses(f"dataset.source: file://{tmp_path}/nowhere", "does not exist", "check the address"):
        clone_dataset(f"file://{tmp_path}/nowhere", "r1", tmp_path / "out" / "clone")
    assert not list(tmp_path.rglob("*/*"))


def test_repository_that_is_no_bids_dataset(tmp_path: Path) -> None:
    other = tmp_path / "code"
    other.mkdir()
    (other / "README").touch()
    with datalad_environment():
        datasets.run_git(other, "init", "--quiet")
        datasets.run_git(other, "add", ".")
        datasets.run_git(other, "commit", "--quiet", "--message", "all")
    with refuses("dataset.source", str(other), "dataset_description.json"):
        clone_dataset(str(other), None, tmp_path / "clone")
    assert names(tmp_path) == {"code"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_folder_that_cannot_be_written(annexed: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with refuses(str(tmp_path), "cannot write", "change its permissions"):
        clone_dataset(str(annexed), "r1", tmp_path / "clone")


def test_folder_below_a_file(annexed: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with refuses(str(tmp_path / "file"), "cannot write", "change its permissions"):
        clone_dataset(str(annexed), "r1", tmp_path / "file" / "clone")


def test_remove_tree_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "link").symlink_to(tmp_path / "kept")
    (tmp_path / "tree").chmod(0o500)
    remove_tree(tmp_path / "tree")
    assert names(tmp_path) == {"kept"}


@pytest.mark.skipif(not datasets.SINGLE_SUBJECT_BUNDLE.exists(), reason="no test data of spine-generic")
def test_spine_generic_single_subject(tmp_path: Path) -> None:
    bundle = str(datasets.SINGLE_SUBJECT_BUNDLE)
    record = clone_dataset(bundle, "r20211115", tmp_path / "clone")
    assert record["commit"] == "c9f763a5acf2c7e94954ff7e865f863cac59ed95"
    assert record["licence"] == "CC0" and record["doi"] == "10.18112/openneuro.ds002900.v1.0.4"
    assert git(tmp_path / "clone", "config", "remote.amazon.annex-s3") == "true", "autoenabled"
    with refuses("dataset.version: 'r2021'", bundle, "r20211115, r20201130, r20200914"):
        clone_dataset(bundle, "r2021", tmp_path / "clone")


def test_a_percent_sign_in_what_datalad_says() -> None:
    line = json.dumps({"message": "Failed to clone from https://example.org/my%20data"})
    assert clone._message(line).endswith("my%20data")
    assert clone._message(json.dumps({"message": ["%s of %s", "1", "2"]})) == "1 of 2"
    assert clone._message("git-annex: failed at 5%") == "git-annex: failed at 5%"
