"""`isospine reconstruct --earlier`: a volume that knows an earlier scan, and what changed since."""

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
from support.acquired_pairs import make_body, write_pair

from isospine.cli.main import main
from isospine.io.nifti import save_volume

SHAPE = (28, 32, 40)


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an axial and a sagittal view, and an isotropic scan of the same body before."""
    folder = tmp_path_factory.mktemp("scans")
    for path, name in zip(write_pair(folder, shape=SHAPE)[0], ("ax", "sag"), strict=True):
        for suffix in (".nii.gz", ".json"):
            path.with_name(path.name.replace(".nii.gz", suffix)).rename(folder / f"{name}{suffix}")
    body, grid = make_body(SHAPE)
    save_volume(folder / "before.nii.gz", body, grid.affine, {})
    return folder


def run(folder: Path, *arguments: str) -> int:
    views = [str(folder / "ax.nii.gz"), str(folder / "sag.nii.gz")]
    return main(["reconstruct", *views, *arguments])


@pytest.mark.slow
def test_a_volume_with_what_changed(
    scans: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    output, changes = tmp_path / "iso.nii.gz", tmp_path / "changes"
    known = ["--earlier", str(scans / "before.nii.gz"), "--changes", str(changes)]
    caplog.set_level("INFO")
    beside = ["--model", str(tmp_path / "model.safetensors"), "--report", str(tmp_path / "report.html")]
    assert run(scans, "-o", str(output), *known, *beside) == 0
    assert "Trials on the planes of each view" in (tmp_path / "report.html").read_text()
    told = caplog.text
    assert "before.nii.gz: used: the change since has" in told and "what changed since before.nii.gz" in told
    sidecar = json.loads((tmp_path / "iso.json").read_text())
    assert sidecar["EarlierScan"] == "before.nii.gz" and "follow-up" in sidecar["Description"]
    assert "used: " in sidecar["EarlierScanVerdict"]
    names = {path.name for path in changes.iterdir()}
    maps = {"earlier", "change", "zscore", "remembered", "jacobian"}
    assert names == {f"{name}{end}" for name in maps for end in (".nii.gz", ".json")} | {
        "clusters.tsv",
        "follow-up.html",
    }
    shape = nib.load(output).shape
    assert all(nib.load(changes / f"{name}.nii.gz").shape == shape for name in maps)
    assert isinstance(pd.read_csv(changes / "clusters.tsv", sep="\t"), pd.DataFrame)
    resampled = tmp_path / "finer.nii.gz"
    assert (
        main(["resample", str(tmp_path / "model.safetensors"), "-o", str(resampled), "--spacing", "1.5"]) == 0
    )
    told = json.loads((tmp_path / "finer.json").read_text())
    assert told["EarlierScan"] == "before.nii.gz" and "used: " in told["EarlierScanVerdict"]
    assert run(scans, "-o", str(tmp_path / "again.nii.gz"), *known) == 2, "changes are not replaced"
    assert "exist already" in capsys.readouterr().err and not (tmp_path / "again.nii.gz").exists()


@pytest.mark.slow
def test_a_published_form_is_not_judged_and_its_page_tries_total_variation(
    scans: Path, tmp_path: Path
) -> None:
    output, report = tmp_path / "iso.nii.gz", tmp_path / "report.html"
    known = ["--earlier", str(scans / "before.nii.gz"), "--method", "dctr", "--report", str(report)]
    assert run(scans, "-o", str(output), *known) == 0
    sidecar = json.loads((tmp_path / "iso.json").read_text())
    assert "judges no earlier scan" in sidecar["EarlierScanVerdict"] and "dctr" in sidecar["Description"]
    assert "Trials on the planes of each view" in report.read_text()


@pytest.mark.slow
def test_an_earlier_scan_that_does_not_fit_leaves_the_method_alone(scans: Path, tmp_path: Path) -> None:
    body, grid = make_body(SHAPE)
    other = np.where(body > 100, 1000 - np.roll(body, 7, axis=1), body).astype(np.float32)
    save_volume(tmp_path / "other.nii.gz", other, grid.affine, {})
    assert run(scans, "-o", str(tmp_path / "with.nii.gz"), "--earlier", str(tmp_path / "other.nii.gz")) == 0
    assert run(scans, "-o", str(tmp_path / "alone.nii.gz"), "--method", "tv") == 0
    with_it, alone = (nib.load(tmp_path / f"{name}.nii.gz").get_fdata() for name in ("with", "alone"))
    sidecar = json.loads((tmp_path / "with.json").read_text())
    assert sidecar["EarlierScanVerdict"].startswith("not used"), sidecar["EarlierScanVerdict"]
    assert np.array_equal(with_it, alone)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--earlier", "missing.nii.gz"], ["--earlier missing.nii.gz", "no such file"]),
        (["--earlier", "{ax}"], ["ax.nii.gz", "same file"]),
        (["--earlier", "{before}", "--method", "tv"], ["--method tv", "follow-up", "--earlier"]),
        (["--method", "follow-up"], ["--method follow-up", "needs an earlier scan", "--earlier"]),
        (["--changes", "changes"], ["--changes", "--earlier"]),
        (["--earlier", "{before}", "--changes", "{ax}"], ["--changes", "is no folder"]),
        (["--earlier", "{before}", "--contrasts", "T1w,T2w"], ["--earlier", "views of one contrast"]),
    ],
)
def test_clear_errors(
    scans: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    named = {"ax": scans / "ax.nii.gz", "before": scans / "before.nii.gz"}
    assert run(scans, "-o", "iso.nii.gz", *(one.format(**named) for one in arguments)) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and all(word in told for word in words), told
    assert not [*tmp_path.iterdir()]


def test_the_earlier_scan_is_never_replaced(scans: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = scans / "before.nii.gz"
    content = before.read_bytes()
    assert run(scans, "-o", str(before), "--earlier", str(before), "--overwrite") == 2
    assert "inputs are never replaced" in capsys.readouterr().err and before.read_bytes() == content


def test_a_copy_of_a_view_is_no_earlier_scan(
    scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy.nii.gz"
    copy.write_bytes((scans / "ax.nii.gz").read_bytes())
    assert run(scans, "-o", str(tmp_path / "iso.nii.gz"), "--earlier", str(copy)) == 2
    assert "holds the same voxels as" in capsys.readouterr().err


def test_swapped_sessions_are_refused_where_sidecars_have_dates(
    scans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, date in (
        ("ax", "2024-03-01T10:00:00"),
        ("sag", None),
        ("before", "2025-03-01T10:00:00.000000"),
    ):
        (tmp_path / f"{name}.nii.gz").write_bytes((scans / f"{name}.nii.gz").read_bytes())
        about = json.loads((scans / f"{name}.json").read_text())
        (tmp_path / f"{name}.json").write_text(
            json.dumps(about | ({"AcquisitionDateTime": date} if date else {}))
        )
    assert (
        run(tmp_path, "-o", str(tmp_path / "iso.nii.gz"), "--earlier", str(tmp_path / "before.nii.gz")) == 2
    )
    told = capsys.readouterr().err
    assert "before.nii.gz: was acquired on 2025-03-01, after ax.nii.gz on 2024-03-01" in told
