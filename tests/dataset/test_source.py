import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import datasets
from support.datasets import refuses

from isospine.dataset.environment import datalad_environment
from isospine.dataset.source import describe_source, segmentation_folders

IMAGES = datasets.image_paths(["01", "02"])


@pytest.fixture(scope="module")
def annexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return datasets.make_spine_generic_like(tmp_path_factory.mktemp("source") / "data set")


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return datasets.make_bids(tmp_path / "plain", [*IMAGES, datasets.segmentation_path(IMAGES[0])])


@pytest.fixture
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be a user of whom git knows nothing."""
    monkeypatch.setenv("HOME", str(tmp_path / "no-home"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    for variable in [
        name for name in os.environ if name.startswith(("GIT_AUTHOR", "GIT_COMMITTER", "EMAIL"))
    ]:
        monkeypatch.delenv(variable)


def output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_environment_finds_git_annex_and_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.defpath)
    before = dict(os.environ)
    with datalad_environment():
        assert output("git", "annex", "version", "--raw").startswith("10.")
        assert os.environ["GIT_TERMINAL_PROMPT"] == "0"
    assert dict(os.environ) == before


@pytest.mark.usefixtures("nobody")
def test_environment_gives_an_identity_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    with datalad_environment():
        assert output("git", "var", "GIT_AUTHOR_IDENT").startswith("isospine <isospine@localhost>")
        assert output("git", "var", "GIT_COMMITTER_IDENT").startswith("isospine <isospine@localhost>")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Ada")
    with datalad_environment():
        assert output("git", "var", "GIT_AUTHOR_IDENT").startswith("Ada <isospine@localhost>")


@pytest.mark.usefixtures("nobody")
def test_environment_keeps_a_configured_identity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "gitconfig"
    config.write_text("[user]\n\tname = Ada\n\temail = ada@example.org\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    with datalad_environment():
        assert output("git", "var", "GIT_AUTHOR_IDENT").startswith("Ada <ada@example.org>")


def test_parsing_the_snakefile_imports_the_standard_library_only() -> None:
    code = (
        "import sys; before = set(sys.modules); import isospine.dataset.source; "
        "new = {name.split('.')[0] for name in set(sys.modules) - before}; "
        "print(new - sys.stdlib_module_names - {'isospine'})"
    )
    path = os.pathsep.join(sys.path)
    answer = subprocess.run(
        [sys.executable, "-S", "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert answer.stdout.strip() == "set()"


def test_demo(tmp_path: Path) -> None:
    assert describe_source("demo", None, ["T2w"], tmp_path) == {"kind": "demo"}


def test_url_is_its_own_identity(tmp_path: Path) -> None:
    for url in (
        "https://example.org/data.git",
        "git@example.org:data",
        "ria+ssh://example.org/store#~x",
        "///x",
    ):
        assert describe_source(url, "r1", ["T2w"], tmp_path) == {
            "kind": "datalad",
            "url": url,
            "version": "r1",
        }


def test_repository_is_known_by_its_commit(annexed: Path, tmp_path: Path) -> None:
    head, first = (output("git", "-C", str(annexed), "rev-parse", name) for name in ("HEAD", "r1"))
    assert describe_source(str(annexed), None, ["T2w"], tmp_path) == {"kind": "datalad", "commit": head}
    for version in ("r1", first, first[:10]):
        assert describe_source(str(annexed), version, ["T2w"], tmp_path)["commit"] == first
    relative = describe_source(annexed.name, "master", ["T2w"], annexed.parent)
    assert relative == {"kind": "datalad", "commit": head}


@pytest.mark.parametrize("form", ["bare", "bundle"])
def test_bare_repository_and_bundle(annexed: Path, tmp_path: Path, form: str) -> None:
    copy = tmp_path / form
    if form == "bare":
        output("git", "clone", "--quiet", "--bare", str(annexed), str(copy))
    else:
        output("git", "-C", str(annexed), "bundle", "create", "--quiet", str(copy), "--all")
    for version in (None, "r1", "master"):
        described = describe_source(str(copy), version, ["T2w"], tmp_path)
        assert described == describe_source(str(annexed), version, ["T2w"], tmp_path)
    with refuses("dataset.version: 'r9'", "r1", "r2"):
        describe_source(str(copy), "r9", ["T2w"], tmp_path)


def test_sidecars_are_data_where_views_are_acquired(plain: Path, tmp_path: Path) -> None:
    def fingerprints() -> tuple[str, str]:
        described = [
            describe_source("plain", None, ["T2w"], tmp_path, sidecars) for sidecars in (False, True)
        ]
        return described[0]["fingerprint"], described[1]["fingerprint"]

    (plain / "sub-01/anat/sub-01_T1w.json").touch()
    without, seen = fingerprints()[0], {fingerprints()[1]}
    for inherited in ("T2w.json", "sub-01/sub-01_T2w.json", "sub-01/anat/sub-01_T2w.json"):
        (plain / inherited).touch()
        assert fingerprints()[0] == without
        assert fingerprints()[1] not in seen
        seen.add(fingerprints()[1])
    (plain / "sub-01/anat/sub-01_T1w.json").unlink()
    assert fingerprints()[1] in seen


def test_fingerprint_follows_the_data_and_nothing_else(plain: Path, tmp_path: Path) -> None:
    def fingerprint() -> str:
        described = describe_source("plain", None, ["T2w"], tmp_path)
        assert described["kind"] == "bids" and str(tmp_path) not in json.dumps(described)
        return str(described["fingerprint"])

    first = fingerprint()
    for unrelated in ("README", "sub-01/anat/sub-01_T1w.nii.gz", "sub-01/anat/sub-01_T2w.json"):
        (plain / unrelated).touch()
        assert fingerprint() == first
    seen = {first}
    for change in (
        lambda: (plain / IMAGES[0]).write_text("voxels"),
        lambda: os.utime(plain / IMAGES[1], (1, 1)),
        lambda: os.utime(plain / datasets.segmentation_path(IMAGES[0]), (1, 1)),
        lambda: (plain / IMAGES[1]).unlink(),
        lambda: (plain / IMAGES[1]).symlink_to("nowhere"),
        lambda: (plain / "participants.tsv").touch(),
        lambda: datasets.make_bids(plain, datasets.image_paths(["03"], sessions=["1"])),
    ):
        change()
        seen.add(fingerprint())
    assert len(seen) == 8


def test_source_that_does_not_exist(tmp_path: Path) -> None:
    with refuses("dataset.source", str(tmp_path / "nowhere"), "does not exist", "path or URL"):
        describe_source("nowhere", None, ["T2w"], tmp_path)


def test_source_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file.nii").write_text("x")
    with refuses("dataset.source", "file.nii", "is a file", "expected the folder"):
        describe_source("file.nii", None, ["T2w"], tmp_path)


def test_source_that_is_no_bids_dataset(tmp_path: Path) -> None:
    (tmp_path / "sub-01").mkdir()
    with refuses("dataset.source", str(tmp_path), "dataset_description.json"):
        describe_source(".", None, ["T2w"], tmp_path)


def test_damaged_description(plain: Path, tmp_path: Path) -> None:
    (plain / "dataset_description.json").write_text("{")
    with refuses("dataset_description.json", "not valid JSON", "fix"):
        describe_source("plain", None, ["T2w"], tmp_path)


def test_fingerprint_does_not_trust_names_and_dates(plain: Path, tmp_path: Path) -> None:
    """Edited, with the size and the date of before."""
    sidecar = IMAGES[0].replace(".nii.gz", ".json")
    (plain / sidecar).write_text('{"SliceThickness": 3}')
    seen = [describe_source("plain", None, ["T2w"], tmp_path, sidecars=True)]
    for name in (sidecar, "dataset_description.json", IMAGES[0]):
        before = (plain / name).stat()
        text = (plain / name).read_text()
        (plain / name).write_text(text.replace("3", "4").replace("Made up", "Made us"))
        os.utime(plain / name, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert (plain / name).stat().st_size == before.st_size
        seen.append(describe_source("plain", None, ["T2w"], tmp_path, sidecars=True))
        assert seen[-1] != seen[-2], name
    os.utime(plain / sidecar, (1, 1))
    assert describe_source("plain", None, ["T2w"], tmp_path, sidecars=True) == seen[-1], (
        "the text is the same"
    )


def test_url_needs_a_version(tmp_path: Path) -> None:
    with refuses("dataset.version", "https://example.org/data", "pin a tag or commit", "r20211115"):
        describe_source("https://example.org/data", None, ["T2w"], tmp_path)


@pytest.mark.parametrize("source", ["FILE:///data/x", "ria+file:///store#id", "File://h/x"])
def test_an_address_on_this_machine_that_git_does_not_know(tmp_path: Path, source: str) -> None:
    with refuses("dataset.source", source, "file:///FOLDER"):
        describe_source(source, "r1", ["T2w"], tmp_path)


def test_url_with_a_password_is_not_taken_up(tmp_path: Path) -> None:
    with refuses("dataset.source", "password", "credential helper"):
        describe_source("https://me:secret@example.org/data", "r1", ["T2w"], tmp_path)


def test_version_that_does_not_exist(annexed: Path, tmp_path: Path) -> None:
    with refuses("dataset.version", "'r3'", str(annexed), "(r2, r1)"):
        describe_source(str(annexed), "r3", ["T2w"], tmp_path)


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize("source", ["plain", "demo"])
def test_version_of_what_has_none(tmp_path: Path, source: str) -> None:
    with refuses("dataset.version", "'r1'", "set it to null"):
        describe_source(source, "r1", ["T2w"], tmp_path)


def test_repository_without_a_commit(tmp_path: Path) -> None:
    output("git", "init", "--quiet", str(tmp_path / "new"))
    with refuses("dataset.source", "no commit", "datalad save"):
        describe_source("new", None, ["T2w"], tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_repository_of_somebody_else(annexed: Path, tmp_path: Path) -> None:
    """Its commit is asked for all the same, since nothing that it names is run."""
    expected = describe_source(str(annexed), "r1", ["T2w"], tmp_path)
    for path in (annexed, annexed / ".git"):
        os.chown(path, 12345, 12345)
    try:
        assert describe_source(str(annexed), "r1", ["T2w"], tmp_path) == expected
    finally:
        for path in (annexed, annexed / ".git"):
            os.chown(path, os.geteuid(), os.getegid())


def test_results_within_the_dataset_are_no_part_of_it(tmp_path: Path) -> None:
    root = datasets.make_bids(tmp_path / "data", datasets.image_paths(["01"]))
    before = describe_source(str(root), None, ["T2w"], tmp_path)
    for name in ("isospine", "labels"):
        mask = root / "derivatives" / name / "sub-01" / "anat" / "sub-01_label-SC_mask.nii.gz"
        mask.parent.mkdir(parents=True)
        mask.touch()
        if name == "isospine":
            (root / "derivatives" / name / ".isospine").mkdir()
            assert describe_source(str(root), None, ["T2w"], tmp_path) == before
    assert segmentation_folders(root) == ["derivatives/labels", "derivatives"]
