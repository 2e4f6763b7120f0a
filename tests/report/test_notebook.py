"""The notebook of the ablations: it runs on any table of metrics, and its page needs no network."""

import re
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbclient.exceptions import CellExecutionError
from playwright.sync_api import Page

from isospine.io.tables import write_table
from isospine.recipes.keys import HYPERPARAMETERS
from isospine.report.notebook import notebook_page, run_notebook

SOURCE = Path(__file__).parents[2] / "workflow" / "notebooks" / "ablation.ipynb"


def make_run(folder: Path, subjects: int, values: tuple[int, ...]) -> Path:
    """Write the metrics of a run whose L was varied, and give the folder of its report."""
    rng = np.random.default_rng(0)
    rows: list[dict[str, Any]] = []
    for subject in range(subjects):
        for L in (None, *values):
            method = "tv" if L is None else "fourier" if L == 8 else f"fourier-L-{L}"
            psnr = 30 + subject + rng.normal() / 10
            rows.append(
                {"image": f"sub-{subject:02d}", "subject": f"{subject:02d}", "method": method}
                | {"recipe": None if L is None else "fourier", **dict.fromkeys(HYPERPARAMETERS), "L": L}
                | {"seed": None if L is None else 0, "sampling": "profile", "region": "whole"}
                | {
                    "psnr": psnr,
                    "ssim": psnr / 50,
                    "psnr_karthik2023": psnr - 5,
                    "ssim_karthik2023": psnr / 60,
                }
            )
    report = folder / "results" / "report"
    report.mkdir(parents=True)
    write_table(pd.DataFrame(rows), report.parent / "metrics.tsv")
    return report


def test_the_source_has_neither_outputs_nor_faults() -> None:
    notebook = nbformat.read(str(SOURCE), as_version=4)
    nbformat.validate(notebook)
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in notebook.cells)


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    notebook = run_notebook(SOURCE, make_run(tmp_path_factory.mktemp("notebook"), 6, (4, 8)))
    return notebook_page("ablations", notebook)


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
def test_an_executed_notebook_is_a_page(text: str, width: int, page: Page, tmp_path: Path) -> None:
    text.encode("ascii")
    assert "6 images of 6 persons, seeds [0]" in text and ">none<" not in text
    path = tmp_path / "page.html"
    path.write_text(text)
    page.set_viewport_size({"width": width, "height": 860})
    page.goto(path.as_uri())
    assert page.locator("img").evaluate("i => i.decode().then(() => i.naturalWidth)") > 400
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("table").count() == 3
    figure, table = (page.locator(name).first.bounding_box() for name in ("img", "table"))
    assert figure["y"] < table["y"] and figure["y"] < 860  # the answer comes first
    code = page.get_by_text("find_series(metrics)")
    assert not code.first.is_visible()
    page.get_by_label("Show the code").check()
    assert code.first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.slow
def test_numbers_have_the_digits_that_they_deserve(text: str) -> None:
    """Settings as they were written, PSNR with two decimal places and SSIM with four."""
    cells = re.findall(r"<td>([^<]*)</td>", text)
    assert "8" in cells and not [cell for cell in cells if re.fullmatch(r"[1-9][0-9]*\.0+", cell)]
    decimals = {len(cell.split(".")[1]) for cell in cells if re.fullmatch(r"-?[0-9]+\.[0-9]+", cell)}
    assert decimals == {2, 4} and "-0.00" not in cells


@pytest.mark.slow
def test_equal_metrics_give_equal_bytes_and_name_no_folder(tmp_path: Path) -> None:
    folders = [make_run(tmp_path / name, 2, (4, 8)) for name in ("a", "b")]
    for name in ("json", "pandas"):  # and nothing in the folder is a module
        (folders[0] / f"{name}.py").write_text("raise SystemExit\n")
    written = [nbformat.writes(run_notebook(SOURCE, folder)) for folder in folders]
    assert written[0] == written[1]
    assert str(tmp_path) not in written[0] and ">none<" in written[0]  # two subjects: no interval


@pytest.mark.slow
def test_a_run_without_ablations_is_no_error(tmp_path: Path) -> None:
    text = notebook_page("ablations", run_notebook(SOURCE, make_run(tmp_path, 1, (8,))))
    assert "1 image of 1 person, seeds [0]" in text and "<img" not in text
    assert "No hyperparameter has more than one value" in text


@pytest.mark.slow
def test_a_cell_that_fails_is_named(tmp_path: Path) -> None:
    with pytest.raises(CellExecutionError, match=r"metrics\.tsv"):
        run_notebook(SOURCE, tmp_path)
