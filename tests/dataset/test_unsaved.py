import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.datasets import image_paths, make_annex, make_bids, make_subdataset, refuses, run_git

from isospine.dataset.environment import datalad_environment
from isospine.dataset.unsaved import check_saved, unsaved_files

FIRST, SECOND = image_paths(["01", "02"])
SIDECAR = FIRST.replace("nii.gz", "json")


@pytest.fixture(params=["locked", "unlocked", "plain git"])
def saved(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    root = make_bids(tmp_path / "data", [FIRST, SIDECAR], volumes=True)
    (root / SIDECAR).write_text("{}")
    (root / ".gitattributes").write_text("* annex.backend=SHA256E\n")
    if request.param != "plain git":
        return make_annex(root, request.param == "unlocked")
    with datalad_environment():
        run_git(root, "init", "--quiet", "--initial-branch=master")
        run_git(root, "add", ".")
        run_git(root, "commit", "--quiet", "--message", "all")
    return root


def add(root: Path, path: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes((root / FIRST).read_bytes())


def replace(root: Path, path: str, change: Callable[[bytes], bytes]) -> None:
    content = (root / path).read_bytes()
    (root / path).unlink()
    (root / path).write_bytes(change(content))


def test_what_is_saved_is_not_named_not_even_in_a_copy(saved: Path, tmp_path: Path) -> None:
    assert unsaved_files(saved, ["T2w"]) == []
    shutil.copytree(saved, tmp_path / "copy", symlinks=True, copy_function=shutil.copyfile)
    assert unsaved_files(tmp_path / "copy", ["T2w"]) == [], "times differ, content does not"


def test_every_kind_of_difference_is_named(saved: Path) -> None:
    add(saved, SECOND)
    add(saved, "derivatives/labels/sub-02/anat/sub-02_T2w_label-SC_seg.nii.gz")
    for other in ("README", "sub-02/anat/sub-02_T1w.nii.gz", "sub-02/anat/notes.txt"):
        add(saved, other)
    (saved / SIDECAR).unlink()
    replace(saved, FIRST, lambda content: content[:-1] + bytes([content[-1] ^ 1]))
    assert unsaved_files(saved, ["T2w"]) == [
        ("derivatives/labels/sub-02/anat/sub-02_T2w_label-SC_seg.nii.gz", "new"),
        (SIDECAR, "removed"),
        (FIRST, "changed"),
        (SECOND, "new"),
    ]


def test_what_is_added_but_not_committed_is_named(saved: Path) -> None:
    add(saved, SECOND)
    with datalad_environment():
        run_git(saved, "add", SECOND)
    assert unsaved_files(saved, ["T2w"]) == [(SECOND, "not committed")]


def test_nothing_that_the_dataset_names_is_run(saved: Path, tmp_path: Path) -> None:
    mark = tmp_path / "MARK"
    with datalad_environment():
        for name in ("annex", "x"):
            for kind in ("clean", "smudge", "process"):
                run_git(saved, "config", f"filter.{name}.{kind}", f"touch {mark}")
        run_git(saved, "config", "core.fsmonitor", f"touch {mark}")
    (saved / ".gitattributes").write_text("* filter=x annex.backend=SHA256E\n")
    os.utime(saved / "dataset_description.json")
    replace(saved, FIRST, bytes.upper)
    assert (FIRST, "changed") in unsaved_files(saved, ["T2w"])
    assert not mark.exists()


def test_subdatasets_with_later_commits_or_unsaved_files_are_named(tmp_path: Path) -> None:
    root = make_annex(make_bids(tmp_path / "data", [FIRST], volumes=True))
    make_bids(root / "made", [SECOND], volumes=True)
    (root / "made/sub-02").rename(root / "sub-02")
    shutil.rmtree(root / "made")
    make_subdataset(root, "sub-02")
    assert unsaved_files(root, ["T2w"]) == []
    add(root, "sub-02/anat/sub-02_acq-a_T2w.nii.gz")
    with datalad_environment():
        run_git(root / "sub-02", "commit", "--quiet", "--allow-empty", "--message", "later")
        run_git(tmp_path, "init", "--quiet", str(root / "sub-03"))
    assert unsaved_files(root, ["T2w"]) == [
        ("sub-02/", "at another commit"),
        ("sub-02/anat/sub-02_acq-a_T2w.nii.gz", "new"),
        ("sub-03/", "new"),
    ]


def settings(source: Path | str, **changes: Any) -> dict[str, Any]:
    return {"source": str(source), "version": None, "subjects": "all", "exclude": []} | changes


def test_the_warning_names_files_and_remedy(saved: Path, tmp_path: Path) -> None:
    assert check_saved(settings(saved), ["T2w"], tmp_path) == ""
    add(saved, SECOND)
    warning = check_saved(settings(saved), ["T2w"], tmp_path)
    assert f"{SECOND} (new)" in warning and "datalad save" in warning and "\n" not in warning
    assert check_saved(settings(saved, exclude=["sub-02"]), ["T2w"], tmp_path) == ""
    assert check_saved(settings(saved, subjects=["01"]), ["T2w"], tmp_path), "the user may wonder"
    with refuses(SECOND, "datalad save", "dataset.version"):
        check_saved(settings(saved, subjects=["02"]), ["T2w"], tmp_path)
    assert check_saved(settings(saved, subjects=["02"], version="HEAD"), ["T2w"], tmp_path)
    with datalad_environment():
        run_git(saved, "tag", "old")
        run_git(saved, "commit", "--quiet", "--allow-empty", "--message", "later")
    assert check_saved(settings(saved, version="old"), ["T2w"], tmp_path) == ""


def test_a_copy_without_its_subdatasets_is_warned_of(tmp_path: Path) -> None:
    root = make_bids(tmp_path / "plain", [FIRST])
    (root / "sub-02").mkdir()
    warning = check_saved(settings(root), ["T2w"], tmp_path)
    assert "empty folders" in warning and "sub-02" in warning and "datalad get" in warning


def test_sources_that_save_nothing(tmp_path: Path) -> None:
    plain = make_bids(tmp_path / "plain", [FIRST])
    with datalad_environment():
        run_git(tmp_path, "init", "--quiet", "--bare", str(tmp_path / "bare"))
    for source in ("demo", plain, "https://example.org/data"):
        version = "1" if str(source).startswith("https") else None
        assert check_saved(settings(source, version=version), ["T2w"], tmp_path) == ""
