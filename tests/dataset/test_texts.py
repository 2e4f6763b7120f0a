import os
from pathlib import Path

import pytest
from support.datasets import image_paths, make_annex, make_bids, own_content, refuses

from isospine.dataset.clone import clone_dataset
from isospine.dataset.fetch import fetch_file
from isospine.dataset.index import index_dataset
from isospine.dataset.texts import read_dataset_json, text_file
from isospine.io.text import LARGEST_TEXT

VIEWS = [{"entities": {"acq": "ax"}}]
PATHS = image_paths(["01", "02"], acquisitions=["ax"])


def annexed(folder: Path, unlocked: bool = False) -> Path:
    """Make a dataset of which all is annexed: images, sidecars, exclude file, description."""
    root = make_bids(folder, PATHS, volumes=True)
    (root / "acq-ax_T2w.json").write_bytes(b'\xef\xbb\xbf{"SliceThickness": 3}')
    (root / PATHS[1].replace("nii.gz", "json")).write_text('{"SliceThickness": 5}')
    (root / "exclude.yml").write_text("[nobody]")
    return make_annex(root, unlocked)


@pytest.mark.parametrize("unlocked", [False, True])
def test_annexed_text_is_fetched_while_indexing(tmp_path: Path, unlocked: bool) -> None:
    source, clone = annexed(tmp_path / "source", unlocked), tmp_path / "clone"
    assert clone_dataset(str(source), None, clone)["name"] == "Made up"
    table = index_dataset(clone, ["T2w"], exclude="exclude.yml", views=VIEWS)
    assert list(table["path"]) == PATHS and list(table["slice_thickness"]) == ["3", "5"]
    for row in table.to_dict("records"):
        about = [row[key] for key in ("path", "annex_key", "size", "sha256")]
        fetch_file(clone, *about, tmp_path / "image.nii.gz")
    again = index_dataset(clone, ["T2w"], exclude="exclude.yml", views=VIEWS)
    assert again.equals(table)


def test_annexed_text_that_nobody_has_is_named_and_no_advice_is_about_the_clone(tmp_path: Path) -> None:
    source, clone = annexed(tmp_path / "source"), tmp_path / "clone"
    clone_dataset(str(source), None, clone)
    held = own_content(source, source / "acq-ax_T2w.json")
    assert held is not None
    held.unlink()
    with refuses(str(clone / "acq-ax_T2w.json"), "not available"):
        index_dataset(clone, ["T2w"], views=VIEWS)
    description = own_content(source, source / "dataset_description.json")
    assert description is not None
    description.unlink()
    with refuses("dataset_description.json", "not available"):
        clone_dataset(str(source), None, tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_annexed_text_that_is_no_text_is_not_fetched(tmp_path: Path) -> None:
    source, clone = make_bids(tmp_path / "source", PATHS), tmp_path / "clone"
    (source / "acq-ax_T2w.json").write_text("{" + " " * LARGEST_TEXT + "}")
    (source / "T2w.json").write_text("[")
    clone_dataset(str(make_annex(source)), None, clone)
    with refuses("acq-ax_T2w.json", f"has {LARGEST_TEXT + 2} bytes", f"at most {LARGEST_TEXT}"):
        read_dataset_json(clone, "acq-ax_T2w.json")
    with refuses(str(clone / "T2w.json"), "not valid JSON"):
        read_dataset_json(clone, "T2w.json")


def test_corrupted_text_is_refused(tmp_path: Path) -> None:
    source, clone = make_bids(tmp_path / "source", PATHS), tmp_path / "clone"
    (source / ".gitattributes").write_text("* annex.backend=SHA256E\n")
    clone_dataset(str(make_annex(source)), None, clone)
    held = own_content(source, source / "dataset_description.json")
    assert held is not None
    held.write_text(held.read_text().replace("Made", "Fade"))
    with refuses(str(clone / "dataset_description.json"), "corrupted", "fsck"):
        index_dataset(clone, ["T2w"])


def test_a_plain_copy_without_content_says_where_to_get_it(tmp_path: Path) -> None:
    root = make_bids(tmp_path, PATHS)
    (root / "dataset_description.json").unlink()
    (root / "dataset_description.json").symlink_to(".git/annex/objects/aa/bb/MD5E-s3--0.json/MD5E-s3--0.json")
    with refuses("dataset_description.json", "only git-annex's note", "datalad get"):
        index_dataset(root, ["T2w"])


def test_files_that_are_there_are_read_in_place(tmp_path: Path) -> None:
    root = make_bids(tmp_path, PATHS)
    (root / "link.json").symlink_to("dataset_description.json")
    for name in ("dataset_description.json", "link.json", "none.json"):
        assert text_file(root, name) == root / name
    os.mkfifo(root / "T2w.json")
    with refuses("T2w.json", "named pipe"):
        index_dataset(root, ["T2w"], views=VIEWS)


def test_annexed_participants_name_persons(tmp_path: Path) -> None:
    source, clone = make_bids(tmp_path / "source", PATHS), tmp_path / "clone"
    (source / "participants.tsv").write_text("participant_id\tbody\nsub-01\ta\nsub-02\ta\n")
    clone_dataset(str(make_annex(source)), None, clone)
    assert list(index_dataset(clone, ["T2w"], persons={"column": "body"})["person"]) == ["a", "a"]
