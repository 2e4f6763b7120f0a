"""Datasets from elsewhere: names that are no labels, links out of the folder, texts that are no text."""

import json
import logging
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.datasets import image_paths, make_bids, refuses

from isospine.dataset.annex import check_link
from isospine.dataset.clone import dataset_record
from isospine.dataset.index import index_dataset
from isospine.dataset.selection import read_exclude
from isospine.dataset.source import describe_source, read_description
from isospine.errors import InputError
from isospine.io.atomic import read_json
from isospine.io.nifti import save_volume
from isospine.io.nifti_name import sidecar_of
from isospine.io.yaml import load_yaml
from isospine.views.acquired import load_acquired
from isospine.views.simulated import load_view

#: Labels that no BIDS name has, each a trap for a shell, a page, a table or a path.
LABELS = [
    "a;rm",
    "$(touch x)",
    "`touch x`",
    "<script>",
    "a b",
    "a'b",
    'a"b',
    "a\nb",
    "a\tb",
    "ä",
    "..",
    "a_b",
    "-rf",
    "\x1b[31m",
    "a\\b",
    "{label}",
    "%s",
    "\udcff",
]
VIEWS = [{"entities": {"acq": "ax"}}]


@pytest.mark.parametrize("label", LABELS)
def test_a_subject_whose_label_is_none_is_passed_over_with_a_warning(
    tmp_path: Path, label: str, caplog: pytest.LogCaptureFixture
) -> None:
    root = make_bids(tmp_path / "data", image_paths(["01", label]))
    before = sorted(os.listdir(tmp_path))
    with caplog.at_level(logging.WARNING, "isospine"):
        assert list(index_dataset(root, ["T2w"])["subject"]) == ["01"]
    (message,) = [record.getMessage() for record in caplog.records if record.name.startswith("isospine")]
    assert "the names of 1 image are not those of BIDS" in message and "skipped" in message
    assert repr(f"sub-{label}/anat/sub-{label}_T2w.nii.gz") in message and message.isprintable()
    assert describe_source(str(root), None, ["T2w"], tmp_path)["kind"] == "bids"
    assert sorted(os.listdir(tmp_path)) == before
    with refuses("dataset.subjects", "not in the dataset"):
        index_dataset(root, ["T2w"], [label.replace("\n", " ")])


def test_a_dataset_of_such_subjects_alone_is_refused(tmp_path: Path) -> None:
    root = make_bids(tmp_path, image_paths(["a;rm", "<b>"]))
    with refuses(
        "the names of 2 images are not those of BIDS", "'sub-<b>/anat/sub-<b>_T2w.nii.gz'", "rename"
    ):
        index_dataset(root, ["T2w"])


def test_good_names_and_other_files_are_not_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    others = [
        "sub-01/anat/sub-01_T2w_old.nii.gz",
        "sub-01/anat/sub-01_T1w.nii.gz",
        "sub-01/anat/sub-01_T2w.json",
    ]
    root = make_bids(tmp_path, [*image_paths(["01", "a+b"], sessions=["1"], runs=["1"]), *others])
    with caplog.at_level(logging.WARNING, "isospine"):
        assert len(index_dataset(root, ["T2w"])) == 2
    assert not [record for record in caplog.records if record.name.startswith("isospine")]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=12), st.booleans())
@pytest.mark.slow
def test_whatever_a_file_is_called_it_is_indexed_or_said(
    tmp_path_factory: pytest.TempPathFactory, caplog: pytest.LogCaptureFixture, text: str, folder: bool
) -> None:
    """A name in the place of a subject or of an entity, of letters that a file system takes."""
    root = make_bids(tmp_path_factory.mktemp("data"), image_paths(["zz"]))
    name = f"sub-{text}/anat/sub-{text}_T2w.nii.gz" if folder else f"sub-zz/anat/sub-zz_{text}_T2w.nii.gz"
    try:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    except (OSError, UnicodeEncodeError):
        return
    caplog.clear()
    with caplog.at_level(logging.WARNING, "isospine"):
        found = list(index_dataset(root, ["T2w"])["path"])
    warned = any(repr(name) in record.getMessage() for record in caplog.records)
    assert (name in found) != warned or name == "sub-zz/anat/sub-zz_T2w.nii.gz"


def link(root: Path, path: str, target: Path | str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).unlink(missing_ok=True)
    (root / path).symlink_to(target)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret" / "annex" / "objects" / "key" / "file"
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    return path


@pytest.mark.parametrize(
    "path",
    ["dataset_description.json", "T2w.json", "sub-01/sub-01_T2w.json", "sub-01/anat/sub-01_acq-ax_T2w.json"],
)
def test_a_sidecar_that_leads_out_is_refused(tmp_path: Path, secret: Path, path: str) -> None:
    root = make_bids(tmp_path / "data", image_paths(["01"], acquisitions=["ax"]))
    assert len(index_dataset(root, ["T2w"], views=VIEWS)) == 1
    link(root, path, secret)
    with refuses(str(root / path), "leads out of the dataset", str(secret), "copy of the file"):
        index_dataset(root, ["T2w"], views=VIEWS)


def test_an_exclude_file_of_the_dataset_that_leads_out_is_refused(tmp_path: Path, secret: Path) -> None:
    root = make_bids(tmp_path / "data", image_paths(["01"]))
    link(root, "exclude.yml", secret)
    with refuses("exclude.yml", "leads out of the dataset"):
        index_dataset(root, ["T2w"], "all", "exclude.yml")


def test_an_image_that_leads_into_something_like_an_annex_is_refused(tmp_path: Path, secret: Path) -> None:
    (image,) = image_paths(["01"])
    root = make_bids(tmp_path / "data", [image])
    others = tmp_path / "other" / ".git" / "annex" / "objects" / "key"
    others.parent.mkdir(parents=True)
    others.touch()
    for target in (secret, os.path.relpath(secret, (root / image).parent), others):
        link(root, image, target)
        with refuses(str(root / image), "leads out of the dataset"):
            index_dataset(root, ["T2w"])
    # an annex that is itself a way out
    (root / "sub-01" / ".git").mkdir()
    (root / "sub-01/.git/annex").symlink_to(tmp_path / "secret" / "annex")
    link(root, image, "../.git/annex/objects/key/file")
    with refuses(str(root / image), "leads out of the dataset"):
        index_dataset(root, ["T2w"])


def test_links_that_stay_are_followed(tmp_path: Path) -> None:
    """Within the dataset, and into the annex of the repository that holds the file, wherever its root is."""
    image, again = image_paths(["01", "02"])
    repository = tmp_path / "repository"
    root = make_bids(repository / "rawdata", [image])
    link(root, again, "../../" + image)
    link(root, "sub-03/anat/sub-03_T2w.nii.gz", "../../../.git/annex/objects/a/b/key/key")
    link(root, "sub-04/anat/sub-04_T2w.nii.gz", "../.git/annex/objects/a/b/key/key")
    for path in (
        repository / ".git/annex/objects/a/b/key/key",
        root / "sub-04/.git/annex/objects/a/b/key/key",
    ):
        path.parent.mkdir(parents=True)
        path.touch()
    assert len(index_dataset(root, ["T2w"])) == 4
    link(root, "dataset_description.json", "other.json")
    (root / "other.json").write_text("{}")
    assert read_description(root) == {}


def test_a_circle_of_links_is_refused(tmp_path: Path) -> None:
    (image,) = image_paths(["01"])
    root = make_bids(tmp_path / "data", [image])
    link(root, image, Path(image).name)
    assert describe_source(str(root), None, ["T2w"], tmp_path)["kind"] == "bids"
    check_link(root, image)
    with refuses(str(root / image), "cannot be read", "symbolic links"):
        index_dataset(root, ["T2w"])


def test_files_in_the_place_of_folders_hold_nothing(tmp_path: Path) -> None:
    root = make_bids(tmp_path, image_paths(["01"]))
    (root / "sub-02").mkdir()
    for path in ("sub-02/anat", "sub-03", "derivatives"):
        (root / path).touch()
    os.mkfifo(root / "sub-04")
    assert describe_source(str(root), None, ["T2w"], tmp_path)["kind"] == "bids"
    assert list(index_dataset(root, ["T2w"])["path"]) == image_paths(["01"])


DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize(
    "content", [DEEP, '{"a": ' + "9" * 5000 + "}", '{"a": "\\ud800"}', "\ufeff\ufeff{}", "{    }\0"]
)
def test_json_that_python_stumbles_over_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content)
    with refuses(str(path), "JSON"):
        read_json(path)


@pytest.mark.parametrize("content", [DEEP.encode(), b"a: 2024-13-45", b"a: " + b"9" * 5000, b"a: \x01"])
def test_yaml_that_python_stumbles_over_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.yml"
    path.write_bytes(content)
    with refuses(str(path), "not valid YAML", "fix"):
        load_yaml(path)
    with refuses(str(path), "not valid YAML", "fix"):
        read_exclude(tmp_path, "a.yml")


def test_yaml_whose_aliases_multiply_is_refused_in_a_short_sentence(tmp_path: Path) -> None:
    """Ten lists of ten of the list before: ten thousand million entries, if they were written out."""
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 11))]
    (tmp_path / "a.yml").write_text("\n".join(lines))
    with pytest.raises(InputError) as caught:
        read_exclude(tmp_path, {"file": "a.yml", "section": "a10"})
    assert "aliases" in str(caught.value) and len(str(caught.value)) < 10**3


@pytest.mark.parametrize(
    "text", ["!!python/object/apply:os.system ['touch x']", "!!python/name:os.system", "!!python/module:os"]
)
def test_yaml_makes_no_objects(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yml").write_text(text)
    with refuses("a.yml", "not valid YAML"):
        load_yaml(tmp_path / "a.yml")


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe",
        DEEP.encode(),
        b"[1]",
        b'{"SliceThickness": ' + b"9" * 5000 + b"}",
        b"",
        b'{"a": "\\ud800"}',
    ],
)
def test_a_sidecar_that_is_no_json_object_is_refused(tmp_path: Path, content: bytes) -> None:
    root = make_bids(tmp_path / "data", image_paths(["01"], acquisitions=["ax"]))
    (root / "sub-01/anat/sub-01_acq-ax_T2w.json").write_bytes(content)
    with refuses("sidecar", "fix"):
        index_dataset(root, ["T2w"], views=VIEWS)


@pytest.mark.parametrize("value", ["4\\t5\\n6", "</script>"])
def test_a_sidecar_with_odd_text_gives_a_table_that_can_be_written(tmp_path: Path, value: str) -> None:
    root = make_bids(tmp_path / "data", image_paths(["01"], acquisitions=["ax"]))
    (root / "sub-01/anat/sub-01_acq-ax_T2w.json").write_text(f'{{"SliceThickness": "{value}"}}')
    (text,) = index_dataset(root, ["T2w"], views=VIEWS)["slice_thickness"]
    assert text.encode() and text.isprintable()


@pytest.mark.parametrize(
    "thickness", ["NaN", "Infinity", "-1", "0", "true", '"4"', "[4]", "9" * 400, "1e400", "null"]
)
def test_a_thickness_that_is_no_length_is_refused(tmp_path: Path, thickness: str) -> None:
    image = tmp_path / "sub-01_T2w.nii.gz"
    save_volume(image, np.random.default_rng(0).random((8, 8, 4), np.float32), np.diag([1.0, 1, 4, 1]))
    sidecar_of(image).write_text(
        f'{{"SliceThickness": {thickness}, "Plane": "axial", "SliceProfile": "box"}}'
    )
    for load in (load_acquired, load_view):
        with refuses(str(sidecar_of(image)), "SliceThickness is", "expected a"):
            load(image)


@pytest.mark.parametrize(("key", "value"), [("Plane", ["axial"]), ("Plane", "oblique"), ("SliceProfile", {})])
def test_a_view_of_no_plane_or_profile_is_refused(tmp_path: Path, key: str, value: Any) -> None:
    image = tmp_path / "sub-01_T2w.nii.gz"
    save_volume(image, np.random.default_rng(0).random((8, 8, 4), np.float32), np.diag([1.0, 1, 4, 1]))
    about = {"SliceThickness": 4, "Plane": "axial", "SliceProfile": "box"}
    sidecar_of(image).write_text(json.dumps(about))
    assert load_view(image).thickness == 4
    sidecar_of(image).write_text(json.dumps(about | {key: value}))
    with refuses(str(sidecar_of(image)), repr(value), "one of"):
        load_view(image)


@pytest.mark.parametrize("value", [["a"], {"a": 1}, 3, True])
@pytest.mark.parametrize("key", ["Name", "License", "DatasetDOI"])
def test_a_description_whose_texts_are_none_is_refused(tmp_path: Path, key: str, value: Any) -> None:
    root = make_bids(tmp_path, [])
    (root / "dataset_description.json").write_text(json.dumps({key: value}))
    with refuses("dataset_description.json", key, "expected text"):
        dataset_record(root, "data", None)


def test_a_description_is_one_line(tmp_path: Path) -> None:
    root = make_bids(tmp_path, [])
    (root / "dataset_description.json").write_text(json.dumps({"Name": "a\n# b\t c"}))
    assert dataset_record(root, "data", None)["name"] == "a # b c"


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_json_and_yaml_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    for read in (read_json, load_yaml):
        try:
            read(path)
        except InputError as error:
            assert str(path) in str(error)
