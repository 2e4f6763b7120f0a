import gzip
import hashlib
import json
import os
import re
import time
from pathlib import Path

import jsonschema
import nibabel as nib
import numpy as np
import pandas as pd
import pytest
import yaml
from support import datasets
from support.datasets import image_paths, make_bids, refuses, segmentation_path

from isospine.dataset.annex import annex_key, read_key
from isospine.dataset.clone import clone_dataset
from isospine.dataset.fetch import fetch_file
from isospine.dataset.index import index_dataset
from isospine.dataset.manifest import MANIFEST_COLUMNS, read_manifest, write_manifest
from isospine.io.nifti import load_volume
from isospine.plan.entities import ENTITIES, IMAGE_PATTERN

SCHEMA = Path(__file__).parents[2] / "workflow" / "schemas" / "manifest.schema.yaml"


def check_schema(table: pd.DataFrame) -> None:
    validator = jsonschema.Draft202012Validator(yaml.safe_load(SCHEMA.read_text()))
    for row in table.to_dict("records"):
        validator.validate(row)


@pytest.fixture(scope="module", params=["unlocked", "locked"])
def clone(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index")
    datasets.make_spine_generic_like(folder / "source", locked=request.param == "locked")
    clone_dataset(str(folder / "source"), "r2", folder / "my clone")
    return folder / "my clone"


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Six subjects at two sites and one elsewhere, one of them without a T2w."""
    sites = ["amu01", "amu02", "unf01", "unf02", "01", "amuExtra"]
    folder = make_bids(tmp_path / "many", [*image_paths(sites), *image_paths(["unf03"], contrasts=["T1w"])])
    (folder / "exclude.yml").write_text(datasets.EXCLUDE)
    return folder


def test_annexed_images_are_described_by_their_keys(clone: Path, tmp_path: Path) -> None:
    table = index_dataset(clone, ["T2w"])
    assert list(table.columns) == MANIFEST_COLUMNS
    assert list(table["image"]) == ["sub-amu01", "sub-amu02", "sub-unf01"]
    check_schema(table)
    for row in table.itertuples():
        key = read_key(row.annex_key)
        assert (row.size, row.sha256) == (str(key.size), key.sha256)
        assert (row.shape, row.spacing, row.orientation) == ("n/a", "n/a", "n/a")
        assert row.segmentation == segmentation_path(row.path)
        assert row.segmentation_annex_key.startswith("SHA256E-s")
    row = table.iloc[0]
    fetch_file(clone, row["path"], row["annex_key"], row["size"], row["sha256"], tmp_path / "image.nii.gz")
    pd.testing.assert_frame_equal(index_dataset(clone, ["T2w"]), table)


def test_key_without_sha256(tmp_path: Path) -> None:
    source = datasets.make_spine_generic_like(tmp_path / "source", image_paths(["01"]), backend="MD5E")
    row = index_dataset(source, ["T2w"]).iloc[0]
    assert row["annex_key"].startswith("MD5E-s") and row["sha256"] == "n/a" and row["size"].isdigit()


def test_annex_key_of_every_kind_of_file(tmp_path: Path) -> None:
    key = "SHA256E-s7131991--" + "0" * 64 + ".nii.gz"
    pointer, locked, image, text = (tmp_path / name for name in ("pointer", "locked", "image", "text"))
    pointer.write_text(f"/annex/objects/{key}\n")
    locked.symlink_to(f"../../.git/annex/objects/Xz/pQ/{key}/{key}")
    datasets.write_volume(image.with_suffix(".nii.gz"))
    text.write_text("about /annex/objects/x")
    large = tmp_path / "large"
    large.write_text(f"/annex/objects/{key}\n" + "x" * 40_000)
    other = tmp_path / "link"
    other.symlink_to(text)
    assert [annex_key(path) for path in (pointer, locked)] == [key, key]
    assert [annex_key(path) for path in (image.with_suffix(".nii.gz"), text, large, other)] == [None] * 4
    assert read_key(key).sha256 == "0" * 64 and read_key(key).size == 7131991
    pointer.write_text("/annex/objects/URL--http&c%%example.org%a&ab&sc")
    assert annex_key(pointer) == "URL--http://example.org/a&b%c"
    assert (read_key("WORM--name").size, read_key("SHA256-s3--short").sha256) == (None, None)


@pytest.mark.skipif(not datasets.REAL_T2W.exists(), reason="no real volumes")
def test_real_volumes() -> None:
    table = index_dataset(datasets.REAL_T2W, ["T2w"])
    check_schema(table)
    row = table.iloc[0]
    assert (row["image"], row["annex_key"]) == ("sub-sct08mm", "n/a")
    assert (row["shape"], row["spacing"], row["orientation"]) == ("99x99x29", "0.8x0.8x0.8", "PSR")
    content = (datasets.REAL_T2W / row["path"]).read_bytes()
    assert (row["size"], row["sha256"]) == (str(len(content)), hashlib.sha256(content).hexdigest())
    assert row["segmentation"] == segmentation_path(row["path"]) and len(row["segmentation_sha256"]) == 64


def test_sessions_runs_and_labels_are_kept_verbatim(tmp_path: Path) -> None:
    paths = image_paths(["01", "2"], sessions=["1", "02"], acquisitions=["", "iso"], runs=["1", "02"])
    root = make_bids(
        tmp_path / "my data", [*paths, "sub-01/ses-1/anat/sub-01_ses-1_echo-03_part-mag_T2w.nii"]
    )
    table = index_dataset(root, ["T2w"])
    check_schema(table)
    assert sorted(table["path"]) == sorted(
        [*paths, "sub-01/ses-1/anat/sub-01_ses-1_echo-03_part-mag_T2w.nii"]
    )
    assert list(table["path"]) == sorted(table["path"])
    row = table.set_index("image").loc["sub-01_ses-02_acq-iso_run-02"]
    labels = ("subject", "session", "acquisition", "run", "task", "echo", "contrast")
    assert [row[name] for name in labels] == ["01", "02", "iso", "02", "n/a", "n/a", "T2w"]
    assert table.set_index("image").loc["sub-2_ses-1_run-1", "acquisition"] == "n/a"
    row = table.set_index("image").loc["sub-01_ses-1_echo-03_part-mag"]
    assert (row["echo"], row["part"]) == ("03", "mag")


def test_raw_images_in_anat_only(tmp_path: Path) -> None:
    others = [
        "derivatives/labels/sub-01/anat/sub-01_T2w.nii.gz",
        "sourcedata/sub-01/anat/sub-01_T2w.nii.gz",
        "sub-01/anat/sub-02_T2w.nii.gz",
        "sub-01/anat/sub-01_T2w_RPI.nii.gz",
        "sub-01/anat/sub-01_T2w.json",
        "sub-01/dwi/sub-01_T2w.nii.gz",
        "sub-01/anat/old/sub-01_acq-old_T2w.nii.gz",
        "sub-01_T2w.nii.gz",
    ]
    root = make_bids(tmp_path, [*image_paths(["01"]), *others])
    assert list(index_dataset(root, ["T2w"])["path"]) == image_paths(["01"])


def test_segmentation_of_each_naming(tmp_path: Path) -> None:
    paths = image_paths(["01", "02", "03", "04", "05"], sessions=["1"]) + image_paths(
        ["06"], acquisitions=["iso"]
    )
    folder = "derivatives/labels/sub-{0}/ses-1/anat/sub-{0}_ses-1"
    expected = {
        "01": folder.format("01") + "_T2w_label-SC_seg.nii.gz",
        "02": folder.format("02") + "_T2w_seg-manual.nii.gz",
        "03": "derivatives/manual/sub-03/ses-1/anat/sub-03_ses-1_desc-manual_label-SC_mask.nii.gz",
        "04": "derivatives/sub-04/ses-1/anat/sub-04_ses-1_label-SC_mask.nii",
    }
    others = [
        folder.format("01") + "_T2w_seg-manual.nii.gz",
        "derivatives/alternative/sub-01/ses-1/anat/sub-01_ses-1_T2w_label-SC_seg.nii.gz",
        folder.format("05") + "_T2w_RPI_r_seg-manual.nii.gz",
        folder.format("05") + "_T2w_label-canal_seg.nii.gz",
        folder.format("05") + "_T1w_label-SC_seg.nii.gz",
        folder.format("05") + "_space-MNI_label-SC_mask.nii.gz",
        "derivatives/labels/sub-06/anat/sub-06_T2w_label-SC_seg.nii.gz",
    ]
    root = make_bids(tmp_path, [*paths, *expected.values(), *others])
    table = index_dataset(root, ["T2w"]).set_index("subject")
    assert table["segmentation"].to_dict() == {**expected, "05": "n/a", "06": "n/a"}
    assert table.loc["05", "segmentation_size"] == "n/a" and table.loc["01", "segmentation_size"] == "0"


def test_unreadable_headers_do_not_stop_the_others(tmp_path: Path) -> None:
    root = make_bids(tmp_path, image_paths(["01", "02", "03", "04"]), volumes=True)
    first, second, third, fourth = (root / path for path in image_paths(["01", "02", "03", "04"]))
    first.write_text("not an image")
    second.write_bytes(second.read_bytes()[:50])
    header = nib.Nifti1Header()
    header["sform_code"], header["srow_x"] = 1, np.nan
    nib.Nifti1Image(np.zeros((3, 4, 5), np.int16), None, header).to_filename(third)
    table = index_dataset(root, ["T2w"])
    check_schema(table)
    assert list(table["shape"]) == ["n/a", "n/a", "n/a", "6x8x10"]
    assert table["orientation"].iloc[-1] == "PSR" and fourth.exists()


def test_link_to_the_dataset(tmp_path: Path) -> None:
    make_bids(tmp_path / "data", image_paths(["01"]))
    (tmp_path / "link").symlink_to("data")
    assert list(index_dataset(tmp_path / "link", ["T2w"])["path"]) == image_paths(["01"])


@pytest.mark.skipif(not datasets.MULTI_SUBJECT_FILES.exists(), reason="no test data of spine-generic")
def test_spine_generic_multi_subject(tmp_path: Path) -> None:
    root = make_bids(tmp_path, datasets.multi_subject_paths())
    start = time.perf_counter()
    table = index_dataset(root, ["T2w"])
    print(f"\nindexing 267 subjects: {time.perf_counter() - start:.2f} s")
    assert len(table) == 267 and table["subject"].is_unique
    assert list(table["segmentation"]) == [segmentation_path(path) for path in table["path"]]


@pytest.mark.skipif(not datasets.SINGLE_SUBJECT_BUNDLE.exists(), reason="no test data of spine-generic")
def test_spine_generic_single_subject(tmp_path: Path) -> None:
    root = tmp_path / "clone"
    clone_dataset(str(datasets.SINGLE_SUBJECT_BUNDLE), "r20211115", root)
    table = index_dataset(root, ["T2w"])
    check_schema(table)
    assert len(table) == 19
    assert table.set_index("subject").loc["ucl", "size"] == "7131991"
    excluded = {
        section: set(table["subject"])
        - set(index_dataset(root, ["T2w"], "all", {"file": "exclude.yml", "section": section})["subject"])
        for section in ("csa_t1", "csa_gm")
    }
    assert excluded == {"csa_t1": {"oxfordFmrib", "tokyoSigna2"}, "csa_gm": {"juntendoAchieva"}}
    with refuses("dataset.exclude.section", "no section 'csa_t2'", "csa_t1, csa_gm, mtr, dti_fa"):
        index_dataset(root, ["T2w"], "all", {"file": "exclude.yml", "section": "csa_t2"})
    with refuses("dataset.contrast", "no PDw", "T1w, T2star, T2w"):
        index_dataset(root, ["PDw"])


def subjects(table: pd.DataFrame) -> list[str]:
    return list(table["subject"])


def test_choosing_subjects(many: Path) -> None:
    assert subjects(index_dataset(many, ["T2w"])) == ["01", "amu01", "amu02", "amuExtra", "unf01", "unf02"]
    assert subjects(index_dataset(many, ["T2w"], ["sub-unf01", "01"])) == ["01", "unf01"]
    assert subjects(index_dataset(many, ["T2w"], ["unf01", "01"], ["sub-01"])) == ["unf01"]


def test_exclude_file_of_the_dataset(many: Path) -> None:
    def left(section: str) -> list[str]:
        return subjects(index_dataset(many, ["T2w"], "all", {"file": "exclude.yml", "section": section}))

    assert left("csa_t1") == ["01", "amu02", "amuExtra", "unf02"]
    assert left("csa_t2") == ["01", "amuExtra", "unf01", "unf02"], "a site is all of its numbered subjects"
    assert len(left("empty")) == 6


def test_exclude_file_of_the_working_directory(
    many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yml").write_text("- sub-amu01\n- elsewhere\n")
    assert "amu01" not in subjects(index_dataset(many, ["T2w"], "all", "mine.yml"))
    (tmp_path / "exclude.yml").write_text("csa_t1: [unf02]\n")
    given = {"file": "exclude.yml", "section": "csa_t1"}
    assert "unf02" in subjects(index_dataset(many, ["T2w"], "all", given)), "the dataset's own comes first"


def test_subjects_without_the_contrast_are_named(many: Path, caplog: pytest.LogCaptureFixture) -> None:
    (many / "sub-empty").mkdir()
    index_dataset(many, ["T2w"])
    assert "2 subjects without a T2w image, left out: sub-empty, sub-unf03" in caplog.text
    caplog.clear()
    index_dataset(many, ["T2w"], ["01"])
    assert "without" not in caplog.text


def test_subject_that_is_not_there(many: Path) -> None:
    with refuses("dataset.subjects: amu03 not in the dataset", "amu01, amu02"):
        index_dataset(many, ["T2w"], ["amu01", "sub-amu03"])


def test_excluded_label_that_is_not_there(many: Path) -> None:
    with refuses("dataset.exclude: amu3 not in the dataset", "amu01, amu02"):
        index_dataset(many, ["T2w"], "all", ["amu3"])


@pytest.mark.parametrize("entry", ["01/ses-b", "sub-01/ses-b", "01_ses-b", "sub-01_ses-b"])
def test_a_session_can_be_left_out(tmp_path: Path, entry: str) -> None:
    folder = make_bids(tmp_path / "sessions", image_paths(["01", "02"], ["a", "b"]))
    (folder / "exclude.yml").write_text(f"bad: [{entry}, 09/ses-a]\n")
    left = ["sub-01_ses-a", "sub-02_ses-a", "sub-02_ses-b"]
    for exclude in ([entry], {"file": "exclude.yml", "section": "bad"}):
        assert list(index_dataset(folder, ["T2w"], "all", exclude)["image"]) == left
    assert list(index_dataset(folder, ["T2w"], "all", [entry, "sub-02", "01/ses-a"][:2])["image"]) == left[:1]
    with refuses("leaves none"):
        index_dataset(folder, ["T2w"], ["01"], [entry, "01/ses-a"])


@pytest.mark.parametrize("entry", ["01/ses-c", "09/ses-a", "01/ses-", "01/ses-a/anat", "01-a"])
def test_a_session_that_is_not_there(tmp_path: Path, entry: str) -> None:
    folder = make_bids(tmp_path / "sessions", image_paths(["01"], ["a", "b"]))
    with refuses(f"dataset.exclude: {entry} not in the dataset", "expected some of 01"):
        index_dataset(folder, ["T2w"], "all", [entry])


def test_subject_without_the_contrast(many: Path) -> None:
    with refuses("dataset.subjects: unf03", "expected some of"):
        index_dataset(many, ["T2w"], ["unf03"])


def test_everybody_excluded(many: Path) -> None:
    with refuses("dataset.exclude", "none of the 1 subjects amu01", "exclude fewer"):
        index_dataset(many, ["T2w"], ["amu01"], ["amu01"])


def test_exclude_file_that_is_not_there(many: Path) -> None:
    with refuses("dataset.exclude: no file gone.yml", str(many), os.getcwd()):
        index_dataset(many, ["T2w"], "all", "gone.yml")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"file": "exclude.yml", "section": "csa"}, ["no section 'csa'", "csa_t1, csa_t2, empty"]),
        ({"file": "exclude.yml"}, ["needs a section", "csa_t1, csa_t2, empty"]),
        ({"section": "csa_t1"}, ["['section']", "{file: exclude.yml"]),
        ({"file": "exclude.yml", "sections": "csa_t1"}, ["sections", "{file: exclude.yml"]),
        ({"file": "list.yml", "section": "a"}, ["list.yml has no sections", "leave 'a' out"]),
        ("numbers.yml", ["numbers.yml", "[1, 2]", "numbers in quotes"]),
        ("broken.yml", ["broken.yml", "not valid YAML", "fix"]),
        ("unsafe.yml", ["unsafe.yml", "not valid YAML"]),
    ],
)
def test_bad_exclude_files(many: Path, given: str | dict[str, str], words: list[str]) -> None:
    (many / "list.yml").write_text("[amu01]")
    (many / "numbers.yml").write_text("[1, 2]")
    (many / "broken.yml").write_text("a: [")
    (many / "unsafe.yml").write_text("!!python/object/apply:os.getcwd []")
    with refuses("dataset.exclude", *words):
        index_dataset(many, ["T2w"], "all", given)


def test_dataset_without_the_contrast(many: Path, tmp_path: Path) -> None:
    with refuses("dataset.contrast: no T2star", "T1w, T2w", "set dataset.contrast"):
        index_dataset(many, ["T2star"])
    with refuses("dataset.contrast: no T2w", "no images", "correct dataset.source"):
        index_dataset(make_bids(tmp_path / "empty", []), ["T2w"])


def test_several_contrasts_have_a_row_each(tmp_path: Path) -> None:
    images = image_paths(["01"], contrasts=["T1w", "T2w", "PDw"])
    extra = image_paths(["02"], contrasts=["PDw"])
    root = make_bids(tmp_path, [*images, *extra, *map(segmentation_path, images)])
    table = index_dataset(root, ["T2w", "T1w"])
    check_schema(table)
    assert list(table["contrast"]) == ["T1w", "T2w"] and set(table["image"]) == {"sub-01"}
    assert list(table["segmentation"]) == [segmentation_path(path) for path in table["path"]]


def test_an_image_that_lacks_a_contrast(tmp_path: Path) -> None:
    paths = image_paths(["01", "02"], contrasts=["T1w", "T2w"])
    root = make_bids(tmp_path, [*paths, *image_paths(["02"], acquisitions=["iso"])])
    with refuses("sub-02_acq-iso has no T1w image, but T2w", 'dataset.exclude: ["02"]', "dataset.subjects"):
        index_dataset(root, ["T1w", "T2w"])
    assert set(index_dataset(root, ["T1w", "T2w"], "all", ["02"])["subject"]) == {"01"}
    with refuses("dataset.contrast: no T2star", "T1w, T2w"):
        index_dataset(root, ["T1w", "T2star"])


def test_no_bids_dataset(tmp_path: Path) -> None:
    with refuses("dataset.source", str(tmp_path), "dataset_description.json"):
        index_dataset(tmp_path, ["T2w"])


def test_labels_drawn_on_views_have_names_of_their_own(tmp_path: Path) -> None:
    """Those of the Spinal Cord Toolbox too; fractions come first where the configuration says that there are any."""
    stems = [f"sub-01/anat/sub-01_acq-{view}_T2w" for view in ("ax", "cor", "sag")]
    binary, toolbox, soft, other = (
        f"derivatives/{name}.nii.gz"
        for name in (
            f"labels/{stems[0]}_label-SC_seg",
            f"sct/{stems[1]}_seg",
            f"softseg/{stems[0].removesuffix('_T2w')}_desc-mean_label-SC_probseg",
            f"softseg/{stems[2]}_softseg",
        )
    )
    root = make_bids(tmp_path, [*(f"{stem}.nii.gz" for stem in stems), binary, toolbox, soft, other])
    views = [{"entities": {"acq": view}} for view in ("ax", "cor", "sag")]
    found = [
        list(index_dataset(root, ["T2w"], views=own, soft=fractions)["segmentation"])
        for own, fractions in (([], False), (views, False), (views, True))
    ]
    assert found == [[binary, "n/a", "n/a"], [binary, toolbox, "n/a"], [soft, toolbox, other]]


def test_same_image_twice(tmp_path: Path) -> None:
    root = make_bids(tmp_path, ["sub-01/anat/sub-01_T2w.nii.gz", "sub-01/anat/sub-01_T2w.nii"])
    with refuses("sub-01_T2w.nii and ", "sub-01_T2w.nii.gz", "twice", "expected one file"):
        index_dataset(root, ["T2w"])


def test_same_segmentation_twice(tmp_path: Path) -> None:
    (image,) = image_paths(["01"])
    twice = segmentation_path(image)
    root = make_bids(tmp_path, [image, twice, twice.removesuffix(".gz")])
    with refuses("sub-01_T2w_label-SC_seg.nii and", "seg.nii.gz", "twice", "expected one file"):
        index_dataset(root, ["T2w"])


@pytest.mark.parametrize("suffix", [".nii", ".NII", ".NII.GZ", ".Nii", ".nii.GZ"])
def test_uncompressed_images_and_capital_suffixes_are_like_all_others(tmp_path: Path, suffix: str) -> None:
    root = make_bids(tmp_path / "data", image_paths(["01"], acquisitions=["ax"]), volumes=True)
    folder, stem = root / "sub-01/anat", "sub-01_acq-ax_T2w"
    image = folder / f"{stem}{suffix}"
    raw = gzip.decompress((folder / f"{stem}.nii.gz").read_bytes())
    (folder / f"{stem}.nii.gz").unlink()
    image.write_bytes(gzip.compress(raw) if suffix.lower().endswith("gz") else raw)
    (folder / f"{stem}.{'json' if suffix.islower() else 'JSON'}").write_text('{"SliceThickness": 3}')
    mask = root / f"derivatives/labels/sub-01/anat/{stem}_label-SC_seg{suffix}"
    mask.parent.mkdir(parents=True)
    mask.write_bytes(image.read_bytes())
    table = index_dataset(root, ["T2w"], views=[{"entities": {"acq": "ax"}}])
    check_schema(table)
    row = table.iloc[0]
    assert (row["image"], row["path"]) == ("sub-01_acq-ax", f"sub-01/anat/{image.name}")
    assert (row["shape"], row["slice_thickness"]) == ("6x8x10", "3")
    assert row["segmentation"].endswith(mask.name)
    for path in (row["path"], row["segmentation"]):
        about = ["n/a", str(image.stat().st_size), hashlib.sha256(image.read_bytes()).hexdigest()]
        fetch_file(root, path, *about, tmp_path / "got.nii.gz")
        assert gzip.decompress((tmp_path / "got.nii.gz").read_bytes()) == raw
        assert load_volume(tmp_path / "got.nii.gz")[0].shape == (6, 8, 10)
    first = (tmp_path / "got.nii.gz").read_bytes()
    os.utime(image)
    fetch_file(root, row["path"], "n/a", "n/a", "n/a", tmp_path / "got.nii.gz")
    assert (tmp_path / "got.nii.gz").read_bytes() == first, "equal content gives equal bytes"


def test_one_sidecar_twice(tmp_path: Path) -> None:
    root = make_bids(tmp_path, image_paths(["01"], acquisitions=["ax"]))
    for suffix in ("json", "JSON"):
        (root / f"sub-01/anat/sub-01_acq-ax_T2w.{suffix}").write_text("{}")
    with refuses("T2w.JSON and", "T2w.json", "one sidecar twice", "remove one"):
        index_dataset(root, ["T2w"], views=[{"entities": {"acq": "ax"}}])


def test_sidecars_with_a_byte_order_mark_and_inherited_ones(tmp_path: Path) -> None:
    paths = image_paths(["01", "02"], acquisitions=["ax"])
    root = make_bids(tmp_path, paths)
    (root / "acq-ax_T2w.json").write_bytes(b'\xef\xbb\xbf{"SliceThickness": 3}')
    (root / "T2w.json").write_text('{"SliceThickness": 9, "SpacingBetweenSlices": 4}')
    (root / "sub-02/anat/sub-02_acq-ax_T2w.JSON").write_bytes(b'\xef\xbb\xbf{"SliceThickness": 5}')
    table = index_dataset(root, ["T2w"], views=[{"entities": {"acq": "ax"}}])
    assert list(table["slice_thickness"]) == ["3", "5"] and list(table["slice_distance"]) == ["4", "4"]


def test_text_in_a_sidecar_is_no_formula_in_the_manifest(tmp_path: Path) -> None:
    root = make_bids(tmp_path, image_paths(["01"], acquisitions=["ax"]))
    (root / "T2w.json").write_text(
        json.dumps({"SliceThickness": "=1+1\x1b[2J\n2", "SpacingBetweenSlices": -4.5})
    )
    table = index_dataset(root, ["T2w"], views=[{"entities": {"acq": "ax"}}])
    assert table.loc[0, "slice_thickness"] == "'=1+1\\x1b[2J 2" and table.loc[0, "slice_distance"] == "-4.5"


@pytest.mark.parametrize("key", [key for key in ENTITIES if key not in ("sub", "ses")])
def test_an_image_may_have_any_entity(tmp_path: Path, key: str) -> None:
    path = f"sub-01/ses-1/anat/sub-01_ses-1_{key}-1_MTS.nii.gz"
    root = make_bids(tmp_path, [path])
    (root / path.replace("nii.gz", "json")).write_text('{"SliceThickness": 3}')
    table = index_dataset(root, ["MTS"], views=[{"entities": {key: "1"}}])
    check_schema(table)
    assert list(table["path"]) == [path] and table.loc[0, ENTITIES[key]] == "1"
    assert table.loc[0, "slice_thickness"] == "3"
    assert re.fullmatch(IMAGE_PATTERN, path.removesuffix("_MTS.nii.gz"))


@pytest.mark.parametrize(
    "name", ["desc-x", "res-1", "label-SC", "den-1", "foo-1", "acq-a_acq-b", "acq-", "acq", "acq-a-b"]
)
def test_names_that_no_raw_image_has_are_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    """Entities of derivatives would come twice in the names of results."""
    other = f"sub-01/anat/sub-01_{name}_T2w.nii.gz"
    root = make_bids(tmp_path, [*image_paths(["01"]), other])
    assert list(index_dataset(root, ["T2w"])["path"]) == image_paths(["01"])
    assert any(other in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("what", ["image", "folder", "segmentation"])
def test_link_out_of_the_dataset(tmp_path: Path, what: str) -> None:
    (image,) = image_paths(["01"])
    root = make_bids(tmp_path / "data", [image, segmentation_path(image)])
    linked = {"image": image, "folder": "sub-01", "segmentation": segmentation_path(image)}[what]
    (root / linked).rename(tmp_path / "secret")
    (root / linked).symlink_to(tmp_path / "secret")
    with refuses("sub-01_T2w", "leads out of the dataset", str(tmp_path / "secret"), "copy"):
        index_dataset(root, ["T2w"])


def test_manifest_survives_the_disk(tmp_path: Path) -> None:
    root = make_bids(tmp_path / "data", image_paths(["01", "NA"], runs=["01"]), volumes=True)
    table = index_dataset(root, ["T2w"])
    write_manifest(table, tmp_path / "results" / "manifest.tsv")
    pd.testing.assert_frame_equal(
        read_manifest(tmp_path / "results" / "manifest.tsv"), table, check_dtype=False
    )
    assert (tmp_path / "results" / "manifest.tsv").read_text().startswith("image\tsubject\tsession\t")


def test_manifest_schema_names_the_columns_and_no_others() -> None:
    schema = yaml.safe_load(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    assert list(schema["properties"]) == schema["required"] == MANIFEST_COLUMNS
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("content", ["image\tpath\n", "", 'a\t"b\nc'])
def test_file_that_is_no_manifest(tmp_path: Path, content: str) -> None:
    (tmp_path / "manifest.tsv").write_text(content)
    with refuses("manifest.tsv", "delete it and run again"):
        read_manifest(tmp_path / "manifest.tsv")
    with refuses("gone.tsv", "no such file", "index"):
        read_manifest(tmp_path / "gone.tsv")


@pytest.mark.parametrize("link", ["sub-02", "sub-01/ses-b", "sub-01/anat", "sub-01/ses-a/anat"])
def test_links_to_nothing_are_named(tmp_path: Path, caplog: pytest.LogCaptureFixture, link: str) -> None:
    root = make_bids(tmp_path / "data", [*image_paths(["03"]), *image_paths(["01"], ["c"])])
    (root / "sub-01/ses-a").mkdir()
    (root / link).symlink_to(tmp_path / "disk" / link)
    assert set(index_dataset(root, ["T2w"])["subject"]) == {"01", "03"}
    assert f"links to nothing, whose images are left out: {link}" in caplog.text
    (tmp_path / "disk" / link).mkdir(parents=True)
    caplog.clear()
    index_dataset(root, ["T2w"])
    assert "links to nothing" not in caplog.text
