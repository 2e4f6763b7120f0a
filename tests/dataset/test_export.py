"""The results as a dataset of their own: what is in it, that it is BIDS, and what it replaces."""

import json
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from support.datasets import refuses, run_git
from support.snakemake import files_below

from isospine.dataset.environment import datalad_environment
from isospine.dataset.export import _participants, export_results
from isospine.dataset.manifest import MANIFEST_COLUMNS, write_manifest
from isospine.io.atomic import write_json
from isospine.words import escape_markdown

URL = "https://example.org/data"


def make_results(folder: Path) -> list[Path]:
    """Results of one small file of each kind, one of them a link into a cache."""
    texts = {
        "dataset_description.json": json.dumps(
            {
                "Name": "isospine reconstructions of Made up",
                "BIDSVersion": "1.10.0",
                "DatasetType": "derivative",
                "License": "CC0",
                "GeneratedBy": [{"Name": "isospine", "Version": "0", "CodeURL": "https://example.org"}],
                "SourceDatasets": [{"Version": "c1"}],
                "DatasetLinks": {"source": "sourcedata/dataset"},
            }
        ),
        "metrics.tsv": "image\npsnr\n",
        "sub-01/anat/sub-01_desc-reference_T2w.json": "{}",
    }
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    cached = folder.parent / "cache"
    cached.write_bytes(b"\x1f\x8b volume")
    cached.chmod(0o666)
    volume = folder / "sub-01/anat/sub-01_desc-reference_T2w.nii.gz"
    volume.symlink_to(cached)
    record(folder, URL)
    return [*(folder / path for path in texts), volume]


def record(folder: Path, source: str, **facts: Any) -> None:
    known = {
        "name": "Made up",
        "version": "r1",
        "commit": "c1",
        "doi": None,
        "datalad_id": "a-b",
        "licence": "CC0",
    }
    write_json(folder / "sourcedata" / "dataset.json", known | {"source": source} | facts)


def config(source: str = URL) -> dict[str, Any]:
    return {"dataset": {"source": source, "exclude": {"file": "/home/me/exclude.yml", "section": "a"}}}


def export(tmp_path: Path, datalad: bool = False, source: str = URL, **facts: Any) -> Path:
    results = tmp_path / "results"
    files = (
        make_results(results)
        if not results.exists()
        else [path for path in results.rglob("*") if not path.is_dir() and "sourcedata" not in path.parts]
    )
    record(results, source, **facts)
    export_results(files, results, config(source), tmp_path / "export", datalad)
    return tmp_path / "export"


def description(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "dataset_description.json").read_text())


def log(folder: Path) -> list[str]:
    answer = subprocess.run(
        ["git", "log", "--format=%s"], cwd=folder, capture_output=True, text=True, check=True
    )
    return answer.stdout.splitlines()


def test_links_are_resolved_and_nothing_names_the_machine(tmp_path: Path) -> None:
    folder = export(tmp_path, source=str(tmp_path / "secret" / "data"))
    paths = files_below(folder)
    assert "sub-01/anat/sub-01_desc-reference_T2w.nii.gz" in paths
    assert not [
        path for path in paths if (folder / path).is_symlink() or path.startswith(("sourcedata", "logs"))
    ]
    volume = folder / "sub-01/anat/sub-01_desc-reference_T2w.nii.gz"
    assert stat.S_IMODE(volume.stat().st_mode) & 0o002 == 0, "not writable for all, as the cache's file is"
    for path in paths:
        assert b"secret" not in (folder / path).read_bytes(), path
        assert b"/home" not in (folder / path).read_bytes(), path
    assert yaml.safe_load((folder / "code/config.yaml").read_text())["dataset"] == {
        "source": "data",
        "exclude": {"file": "exclude.yml", "section": "a"},
    }
    assert description(folder)["DatasetLinks"] == {"source": "urn:uuid:a-b"}
    assert (folder / "participants.tsv").read_text() == "participant_id\nsub-01\n"
    assert "CC0" in (folder / "README.md").read_text()


def test_an_export_says_who_is_one_person(tmp_path: Path) -> None:
    subjects = ["sub-01", "sub-02"]
    rows = [
        dict.fromkeys(MANIFEST_COLUMNS, "n/a") | {"subject": label, "person": label} for label in ("01", "02")
    ]
    write_manifest(pd.DataFrame(rows), tmp_path / "each.tsv")
    write_manifest(pd.DataFrame(rows).assign(person="A"), tmp_path / "one.tsv")
    assert _participants(tmp_path / "each.tsv", subjects) == "participant_id\nsub-01\nsub-02\n"
    assert _participants(tmp_path / "one.tsv", subjects) == "participant_id\tperson\nsub-01\tA\nsub-02\tA\n"
    assert _participants(tmp_path / "none.tsv", subjects) == "participant_id\nsub-01\nsub-02\n"


def test_texts_of_the_source_are_text_in_the_readme(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script> [a](javascript:b)"
    readme = (export(tmp_path, name=evil) / "README.md").read_text()
    assert evil not in readme and escape_markdown(evil) in readme


@pytest.mark.parametrize(
    ("source", "facts", "link"),
    [
        (URL, {}, URL),
        ("a folder", {"doi": "10.1/2"}, "doi:10.1/2"),
        ("a folder", {"datalad_id": None}, "info:isospine/unpublished-source"),
        ("cloned from", {}, "https://example.org/origin"),
    ],
)
def test_link_to_the_source(tmp_path: Path, source: str, facts: dict[str, Any], link: str) -> None:
    if source == "cloned from":
        source = str(tmp_path / "clone")
        Path(source).mkdir()
        run_git(Path(source), "init", "--quiet")
        run_git(Path(source), "remote", "add", "origin", "https://example.org/origin")
    found = description(export(tmp_path, source=source, **facts))
    assert found["DatasetLinks"] == {"source": link}
    assert found["SourceDatasets"][0].get("URL") == (link if link.startswith("https") else None)


def test_an_earlier_export_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    folder = export(tmp_path)
    (folder / "old").touch()
    export(tmp_path)
    assert "old" not in files_below(folder)
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "precious").touch()
    with refuses(str(folder), "something other", "move it away"):
        export(tmp_path)
    assert files_below(folder) == ["precious"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "export", "results"]


def test_a_failed_export_leaves_the_one_before(tmp_path: Path) -> None:
    folder = export(tmp_path)
    before = files_below(folder)
    (tmp_path / "cache").unlink()
    with pytest.raises(FileNotFoundError):
        export(tmp_path)
    assert files_below(folder) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["export", "results"]


def test_datalad_dataset_keeps_its_history(tmp_path: Path) -> None:
    folder = export(tmp_path, datalad=True)
    assert log(folder)[0].startswith("Export of isospine")
    with datalad_environment():
        whole = subprocess.run(
            ["git", "log", "-1", "--format=%B"], cwd=folder, capture_output=True, text=True
        )
        annexed = subprocess.run(["git", "annex", "find"], cwd=folder, capture_output=True, text=True)
        people = subprocess.run(
            ["git", "show", "git-annex:uuid.log"], cwd=folder, capture_output=True, text=True
        )
    assert annexed.stdout.split() == ["sub-01/anat/sub-01_desc-reference_T2w.nii.gz"]
    assert all(word in whole.stdout for word in ("Code: ", "code/config.yaml, SHA-256", "Made up", URL, "c1"))
    assert "isospine export" in people.stdout and str(tmp_path) not in people.stdout

    commits = len(log(folder))
    export(tmp_path, datalad=True)
    assert len(log(folder)) == commits, "nothing has changed"
    (tmp_path / "results" / "metrics.tsv").write_text("image\nssim\n")
    (tmp_path / "cache").write_bytes(b"\x1f\x8b another volume")
    export(tmp_path, datalad=True)
    assert len(log(folder)) == commits + 1
    assert (folder / "sub-01/anat/sub-01_desc-reference_T2w.nii.gz").read_bytes().endswith(b"another volume")
    with datalad_environment():
        run_git(folder, "checkout", "--quiet", "HEAD~1")
        assert (folder / "sub-01/anat/sub-01_desc-reference_T2w.nii.gz").read_bytes() == b"\x1f\x8b volume"
        run_git(folder, "checkout", "--quiet", "main")
    with refuses(str(folder), "history", "export_datalad"):
        export(tmp_path)
    (folder / "README.md").write_text("mine")
    with refuses(str(folder), "README.md", "datalad save"):
        export(tmp_path, datalad=True)
    assert (folder / "README.md").read_text() == "mine"
