"""The tutorials do what they say: their commands and code are run, on small data."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from support.acquired_pairs import make_body, make_dataset, write_pair
from support.snakemake import read_rows

import isospine
from isospine.io.nifti import save_volume

TUTORIALS = Path(__file__).parents[1] / "docs/tutorials"
FENCE = re.compile(r"^ *```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
NOTEBOOK = nbformat.read(TUTORIALS / "python.ipynb", as_version=4)


def blocks(page: str, language: str) -> list[str]:
    """Blocks of a language; those without one are no commands to run."""
    text = (TUTORIALS / f"{page}.md").read_text(encoding="utf-8")
    return [code for given, code in FENCE.findall(text) if given == language]


def run(command: list[str], folder: Path) -> str:
    """Run a command as in a shell where isospine is installed; give what it says."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    answer = subprocess.run(
        command, cwd=folder, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout + answer.stderr


def shell(code: str, folder: Path) -> str:
    return run(["bash", "-e", "-c", code], folder)


@pytest.mark.slow
def test_two_scans(tmp_path: Path) -> None:
    make_dataset(tmp_path / "my-scans", ())
    write_pair(tmp_path / "my-scans/sub-01/anat", shape=(28, 32, 40))
    said = [shell(code, tmp_path) for code in blocks("two-scans", "bash")]
    assert len(said) == 2 and "pretrained on" in said[0]
    for name in ("iso.nii.gz", "iso.html", "half.nii.gz", "like-sagittal.nii.gz"):
        assert (tmp_path / name).stat().st_size > 1000, name
    page = (tmp_path / "iso.html").read_text(encoding="utf-8")
    text = (TUTORIALS / "two-scans.md").read_text(encoding="utf-8")
    named = re.findall(r'"([A-Z][\w -]+)"', " ".join(text.split()))
    places = [page.index(f">{title}<") for title in named]
    assert len(named) == 4 and places == sorted(places), "sections of the page, in their order"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder in which the commands about a dataset were given, those before a cluster included."""
    folder = tmp_path_factory.mktemp("study")
    make_dataset(folder / "my-data", ())
    body, grid = make_body((24, 26, 28))
    save_volume(folder / "my-data/sub-01/anat/sub-01_T2w.nii.gz", body, grid.affine, {})
    said = [shell(code, folder) for code in blocks("dataset", "bash")]
    assert "To do:" in said[0] and "Nothing to be done" in said[3]
    return folder


@pytest.mark.slow
@pytest.mark.workflow
def test_a_dataset(study: Path) -> None:
    results = study / "my-results"
    assert (results / "report/index.html").is_file() and (results / "report.html").is_file()
    assert (results / "export/dataset_description.json").is_file()
    assert {row["method"] for row in read_rows(results / "metrics.tsv")} == {"cubic", "tv"}


@pytest.mark.slow
@pytest.mark.workflow
def test_a_method_to_compare(study: Path) -> None:
    (overlay,), (code,), (commands,) = (blocks("compare", name) for name in ("yaml", "python", "bash"))
    (study / "wide.yaml").write_text(overlay)
    plan, whole = commands.strip().split("\n")
    assert " trainings" in shell(plan, study)
    # the numbers alone: figures and pages are those of the run before
    shell(f"{whole} -- results/metrics.tsv", study)
    rows = read_rows(study / "my-results/metrics.tsv")
    assert {row["width"] for row in rows if row["method"] == "fourier"} == {"192"}
    printed = re.findall(r"^\{.*\}$", run([sys.executable, "-c", code], study), re.MULTILINE)
    own, tv = (json.loads(line.replace("'", '"')) for line in printed)
    (row,) = (row for row in rows if row["method"] == "tv" and row["region"] == "whole")
    assert tv["psnr"] == pytest.approx(float(row["psnr"]), abs=1e-3) and own["psnr"] < tv["psnr"]


# The notebook


def printed(notebook: nbformat.NotebookNode) -> list[str]:
    """What the cells print and give, without pictures."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [
        output.get("text") or output.get("data", {}).get("text/plain", output["output_type"])
        for output in outputs
    ]


def test_the_notebook_uses_the_face_of_the_library_only() -> None:
    cells = [cell.source for cell in NOTEBOOK.cells if cell.cell_type == "code"]
    assert cells[0] == "import isospine"
    code = "\n".join(cells)
    assert "from isospine" not in code and "import isospine." not in code
    assert set(re.findall(r"\bisospine\.(\w+)", code)) <= set(isospine.__all__)


def test_the_notebook_is_stored_with_its_output_and_nothing_of_a_machine() -> None:
    text = (TUTORIALS / "python.ipynb").read_text(encoding="utf-8")
    assert not re.findall(r"/(?:home|root|tmp|work|Users)/", text)
    cells = [cell for cell in NOTEBOOK.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert "image/png" in text and len(text) < 150_000


@pytest.mark.slow
def test_the_notebook_gives_what_it_shows(tmp_path: Path) -> None:
    again = nbformat.from_dict(NOTEBOOK)
    NotebookClient(again, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    number = re.compile(r"\d+\.\d")
    shown, given = printed(NOTEBOOK), printed(again)
    assert [number.sub("#", text) for text in given] == [number.sub("#", text) for text in shown]
    np.testing.assert_allclose(
        [float(x) for text in given for x in number.findall(text)],
        [float(x) for text in shown for x in number.findall(text)],
        atol=0.2,
    )
