"""The report as a reader opens it: from disk, in a browser, without network."""

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page
from support.runs import Run
from support.snakemake import TINY, from_dataset

from isospine.report.citations import cited_keys

pytestmark = [pytest.mark.slow, pytest.mark.workflow]

#: The least that a configuration can ask for.
LEAST: dict[str, Any] = TINY | {"baselines": []}
#: One seed, and an ablation of L with a single value: the recipe's own.
FEW: dict[str, Any] = TINY | {
    "ablations": {
        "mapping-size": {"recipe": "fourier", "hyperparameter": "L", "values": [8]},
        "bandwidth": None,
    },
    "baselines": ["linear", "tv"],
}


def write_report(run: Run) -> Path:
    answer = run.again("--report", "report.html").succeeded()
    assert "WARNING" not in answer.output, answer.output  # captions are valid reStructuredText
    report = run.directory / "report.html"
    assert answer.output.splitlines()[-1].split(maxsplit=2) == ["The", "report:", str(report)]
    return report


@pytest.fixture(scope="module")
def report(simulated_run: Run, chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(simulated_run.copy(tmp_path_factory.mktemp("report")))


def open_report(page: Page, report: Path) -> None:
    page.goto(report.as_uri())
    page.frame_locator("iframe").get_by_role("heading", level=1).wait_for()


def go(page: Page, *names: str) -> None:
    """Go from the start of the menu through categories."""
    page.locator("nav a").filter(has=page.locator("svg")).first.wait_for()
    page.evaluate("app.setView({navbarMode: 'menu'})")
    for name in names:
        page.locator("nav").get_by_text(name, exact=True).click()


def look(page: Page, entry: str) -> None:
    """Click on the eye beside an entry."""
    page.locator("nav tr").filter(has_text=entry).locator("a").first.click()


def canvas_pixels(canvas: Locator) -> list[int]:
    """Red of every pixel."""
    return canvas.evaluate(
        "c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data].filter((_, i) => i % 4 === 0)"
    )


def test_every_figure_is_visible(report: Path, page: Page) -> None:
    open_report(page, report)
    per_image = [
        "1 views and reference",
        "2 reconstructions and errors",
        "3 on a grid of 0.8 mm",
        "5 where the error is",
        "6 intensity profiles",
    ]
    expected = {
        ("Images", "sub-01"): per_image,
        ("Images", "sub-02"): per_image,
        ("Ablations",): ["mapping-size"],
        ("Training and cost",): [
            "training curves",
            "quality against computing time",
            "quality against model size",
        ],
    }
    for path, entries in expected.items():
        go(page, *path)
        pages = {
            "Images": ["4 volumes, interactive"] + ["8 along the cord, interactive"] * (path[-1] == "sub-01"),
            "Ablations": ["mapping-size, interactive", "notebook"],
            "Training and cost": ["cost of a voxel"],
        }
        assert page.locator("nav tbody tr").count() == len(entries + pages.get(path[0], []))
        for entry in entries:
            look(page, entry)
            image = page.locator("img[src^='data:image/png']")
            image.wait_for()
            width, shown = image.evaluate(
                "i => i.decode().then(() => [i.naturalWidth, i.getBoundingClientRect().width])"
            )
            assert width >= 900 and shown >= 300, (path, entry)
            top = image.evaluate(
                "i => { i.closest('.overflow-auto').scrollTop = 0; return i.getBoundingClientRect().top }"
            )
            assert top >= 0, (path, entry)  # else the upper part could not be reached
            caption = page.locator("img + .prose")  # stands below it
            assert len(caption.inner_text()) > 80 and caption.bounding_box()["y"] > image.bounding_box()["y"]


def test_the_first_page_answers_in_words_and_numbers(report: Path, page: Page) -> None:
    open_report(page, report)  # without a click
    frame = page.frame_locator("iframe")
    assert frame.get_by_role("heading", name="Which method is better?").is_visible()
    answer = frame.locator(".answer").inner_text()
    assert answer.count("No winner is declared") == 1 and answer.count("highest mean") == 1
    assert "in the spinal cord" in answer and frame.locator("details li").count() == 6
    assert frame.locator("#headline tbody tr").count() == 4 and frame.locator("#headline b").count() >= 4
    hero = frame.locator("img[src^='data:image/png']")
    hero.scroll_into_view_if_needed()  # it is loaded then
    assert hero.evaluate("i => i.decode().then(() => i.naturalWidth)") >= 900
    assert "sub-01, sub-02" not in answer and frame.get_by_text("2 T2w images of 2 persons: 01, 02").count()
    names = page.evaluate("Object.keys(categories).sort((a, b) => a.localeCompare(b))")
    assert names[0] == "A first look"  # as the menu is sorted


def test_every_subject_has_a_page_in_the_report(report: Path, page: Page) -> None:
    open_report(page, report)
    frame = page.frame_locator("iframe")
    frame.get_by_role("link", name="sub-02", exact=True).click()
    frame.get_by_role("heading", name="sub-02", exact=True).wait_for()
    figures = frame.locator("img[src^='data:image/png']")
    figures.nth(4).wait_for(state="attached")
    assert figures.count() == frame.locator("figcaption").count() == 5
    assert frame.get_by_text("sub-02_desc-reference_T2w.nii.gz").get_attribute("href") is None
    frame.get_by_role("link", name="Volumes, interactive").click()
    frame.locator("body[data-ready=yes]").wait_for()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_open_from_disk(report: Path, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 860})
    page.goto((report.parent / "results/report/index.html").as_uri())
    page.get_by_role("link", name="sub-01", exact=True).click()
    page.get_by_role("heading", name="sub-01", exact=True).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for address in page.locator("a[data-path]").evaluate_all("links => links.map(link => link.dataset.path)"):
        assert (report.parent / address).is_file(), address
    for image in page.locator("img").all():
        image.scroll_into_view_if_needed()
        assert image.evaluate("i => i.decode().then(() => i.naturalWidth)") >= 900


def test_the_methods_are_there_for_a_paper(report: Path, page: Page) -> None:
    open_report(page, report)
    go(page, "A first look")
    look(page, "2 methods")
    frame = page.frame_locator("iframe")
    frame.get_by_role("heading", name="How to repeat this run").wait_for()
    text = frame.locator("body").inner_text()
    assert "8 Gaussian Fourier features" in text and "neither version nor commit is recorded" in text
    folder = report.parent / "results" / "report"
    markdown, bibtex = ((folder / name).read_text() for name in ("methods.md", "references.bib"))
    assert set(cited_keys(markdown)) == set(re.findall(r"^@\w+\{(\w+),", bibtex, re.MULTILINE))
    assert str(report.parent.parent) not in markdown + text


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(
    "name",
    [
        "report/index",
        "report/sub-01",
        "report/methods",
        "report/ablation",
        "tables/summary",
        "tables/metrics",
    ],
)
def test_pages_fit_a_screen(report: Path, page: Page, name: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 860})
    page.goto((report.parent / "results" / f"{name}.html").as_uri())
    page.get_by_role("heading", level=1).first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if name.startswith("tables"):  # what is wider than the screen scrolls within it, and sorts by a touch
        page.get_by_role(
            "button", name="PSNR (dB) mean" if "summary" in name else "PSNR (dB)", exact=True
        ).click()
        assert page.locator("th[aria-sort=ascending]").count() == 1


def test_captions_say_what_was_run(report: Path, page: Page) -> None:
    open_report(page, report)
    for image, place in [("sub-01", "the middle of the spinal cord"), ("sub-02", "has no cord segmentation")]:
        go(page, "Images", image)
        page.locator("nav tr").filter(has_text="2 reconstructions").locator("a").nth(1).click()
        caption = page.locator("nav .prose").inner_text()
        assert place in caption and "fourier" in caption and "seed 0" in caption and image in caption
        assert "best classical" in caption and "L = 4" not in caption


@pytest.mark.parametrize("width", [1280, 390])
def test_the_viewer_draws_volumes_in_the_report(report: Path, page: Page, width: int) -> None:
    open_report(page, report)
    go(page, "Images", "sub-01")
    look(page, "4 volumes, interactive")
    page.set_viewport_size({"width": width, "height": 860})
    if width < 600:
        page.evaluate("app.setView({hideNavbar: true})")  # as the menu's cross does
    viewer = page.frame_locator("iframe")
    viewer.locator("body[data-ready=yes]").wait_for()
    assert viewer.locator("#first option").all_inner_texts()[0] == "reference"
    names = viewer.locator("#second option").all_inner_texts()
    assert [name for name in names if name.startswith("INR")] == ["INR fourier"]  # as configured, no ablation
    assert names[1:-1] == ["linear", "cubic", "TV"]  # every baseline, whichever the comparison shows
    before = canvas_pixels(viewer.locator("canvas").nth(1))
    assert len(set(before)) > 20
    viewer.get_by_role("button", name="Flicker").click()
    assert viewer.locator("h2").first.inner_text() == "INR fourier"
    assert canvas_pixels(viewer.locator("canvas").nth(1)) != before


def test_an_ablation_tells_its_runs_in_the_report(report: Path, page: Page) -> None:
    open_report(page, report)
    go(page, "Ablations")
    look(page, "mapping-size, interactive")
    frame = page.frame_locator("iframe")
    frame.locator("body[data-ready=yes]").wait_for()
    assert frame.locator("#tab option").all_inner_texts()[-1] == "protocol of karthik2023"
    assert frame.locator("#charts path.run").count() == 4  # two images, one seed, PSNR and SSIM
    frame.locator("svg[tabindex]").first.press("ArrowRight")
    told = frame.locator(".tip:visible").inner_text()
    assert told.startswith("subject 01 (sub-01), seed 0") and "L = 4" in told and "SSIM 0." in told
    assert "fewer than 6 persons" in frame.locator("body").inner_text()


def test_the_notebook_of_the_ablations_is_in_the_report(report: Path, page: Page) -> None:
    open_report(page, report)
    go(page, "Ablations")
    look(page, "notebook")
    frame = page.frame_locator("iframe")
    frame.get_by_role("heading", name="L of fourier").wait_for()
    assert frame.get_by_text("2 images of 2 persons, seeds [0]").count() == 1
    assert frame.locator("img").evaluate("i => i.decode().then(() => i.naturalWidth)") > 900
    notebook = (report.parent / "results" / "report" / "ablation.ipynb").read_text()
    assert '"output_type": "error"' not in notebook and str(report.parent) not in notebook


def test_tables_sort_and_filter(report: Path, page: Page) -> None:
    open_report(page, report)
    go(page, "Tables")
    look(page, "1 summary by method")
    frame = page.frame_locator("iframe")
    frame.locator("#all").check()  # every column
    for heading, kind in [("PSNR (dB) mean", "number"), ("PSNR (dB) sd", "number"), ("method", "text")]:
        column = frame.locator("th").all_inner_texts().index(heading)
        for direction in ("ascending", "descending"):
            frame.get_by_role("button", name=heading, exact=True).click()
            assert frame.locator("th").nth(column).get_attribute("aria-sort") == direction
            cells = frame.locator(f"tbody tr td:nth-child({column + 1})").all_inner_texts()
            known = [cell for cell in cells if cell != "n/a"]
            assert known == cells[: len(known)] and len(cells) > 5  # what is missing comes last
            values = [float(cell) for cell in known] if kind == "number" else known
            assert values == sorted(values, reverse=direction == "descending")
    rows = frame.locator("tbody tr:visible")
    total = rows.count()
    frame.get_by_label("filter rows").fill("cord tv")
    assert 0 < rows.count() < total
    look(page, "2 paired comparison")
    frame.get_by_role("heading", name="Paired comparison of methods").wait_for()
    column = frame.locator("th").all_inner_texts().index("verdict") + 1
    verdicts = frame.locator(f"tbody tr td:nth-child({column})").all_inner_texts()
    assert set(verdicts) == {"too few persons"}  # there are two
    if frame.locator("#all").count():
        frame.locator("#all").check()
    frame.get_by_role("button", name="mean difference", exact=True).click()
    frame.get_by_label("filter rows").fill("cord psnr")
    assert 0 < frame.locator("tbody tr:visible").count() < len(verdicts)
    look(page, "3 all metrics")
    frame.get_by_role("heading", name="All metrics").wait_for()


def test_the_metrics_are_there_as_a_file_and_the_report_is_small(report: Path, page: Page) -> None:
    open_report(page, report)
    go(page, "Tables")
    link = page.locator("nav tr").filter(has_text="4 all metrics as a file").locator("a").first
    assert link.get_attribute("download") == "metrics.tsv"
    with page.expect_download() as download:
        link.click()
    assert download.value.path().read_bytes() == (report.parent / "results" / "metrics.tsv").read_bytes()
    assert report.stat().st_size < 8e6
    # and what jobs were given cannot end the script that holds it
    data = re.search(r'<script id="results">(.*?)</script>', report.read_text(encoding="utf-8"), re.DOTALL)
    assert data and "\\u003cp" in data[1] and "<" not in data[1]


def test_every_figure_exists_for_screens_and_for_papers(report: Path) -> None:
    figures = report.parent / "results" / "figures"
    screens = sorted(path.relative_to(figures).with_suffix("") for path in figures.rglob("*.png"))
    papers = sorted(path.relative_to(figures).with_suffix("") for path in figures.rglob("*.pdf"))
    assert screens == papers
    assert len(screens) == 2 * 5 + 1 + 3
    for path in figures.rglob("*.png"):
        with Image.open(path) as image:
            assert image.info["dpi"] == pytest.approx((200, 200), abs=0.1) and image.mode == "P", path


def test_the_least_configuration_gives_a_complete_report(
    simulated_run: Run, chromium: str, tmp_path: Path, page: Page
) -> None:
    """Of one image, whose views and network are those of the run on two."""
    run = simulated_run.copy(tmp_path)
    for table in run.results.glob("metrics*"):  # nothing of another image is left
        shutil.rmtree(table) if table.is_dir() else table.unlink()
    run = replace(run, config=from_dataset(run.data, LEAST, subjects=["02"]))
    run.again().succeeded()
    open_report(page, write_report(run))
    go(page, "Images")  # a single image needs no menu of images
    assert page.locator("nav tbody tr").count() == 5
    look(page, "5 where the error is")
    page.locator("img[src^='data:image/png']").wait_for()
    look(page, "2 reconstructions and errors")
    page.locator("img[src^='data:image/png']").wait_for()
    names = ["A first look", "Images", "Subjects", "Tables", "Training and cost"]
    assert page.evaluate("Object.keys(categories).sort((a, b) => a.localeCompare(b))") == names
    go(page, "A first look")
    look(page, "1 results")
    frame = page.frame_locator("iframe")
    frame.get_by_text("The run has no classical method.").wait_for()
    assert frame.get_by_text("No image has a segmentation of the spinal cord").count() > 0


@pytest.mark.nightly
def test_what_is_missing_is_said_in_a_complete_report(
    failed_run: Run, chromium: str, tmp_path: Path, page: Page
) -> None:
    """Of one image without a segmentation, and of one that is damaged and left out."""
    run = failed_run.copy(tmp_path)
    run = replace(run, config=from_dataset(run.data, FEW, subjects=["good", "truncated"]))
    run.again("leave_out").succeeded()
    run.again().succeeded()
    report = write_report(run)
    open_report(page, report)
    frame = page.frame_locator("iframe")
    go(page, "A first look")
    look(page, "1 results")
    warning = frame.locator(".warning").inner_text()
    assert "1 image left out" in warning and "sub-truncated" in warning and "damaged or truncated" in warning
    told = frame.locator("body").inner_text()
    assert "No image has a segmentation of the spinal cord" in told
    assert "Only one seed" in told and "With 1 person there are no intervals" in told
    assert "1 T2w image of 1 person: good" in told
    look(page, "2 methods")
    frame.get_by_role("heading", name="How to repeat this run").wait_for()
    assert "sub-truncated" in frame.locator("body").inner_text()
    go(page, "Tables")
    look(page, "5 status")
    row = frame.locator("tbody tr").filter(has_text="sub-truncated")
    assert "left out" in row.inner_text() and "damaged or truncated" in row.inner_text()
    look(page, "2 paired comparison")
    frame.get_by_role("heading", name="Paired comparison of methods").wait_for()
    assert "too few persons" in frame.locator("tbody").inner_text()
    go(page, "Ablations")
    for entry, sentence in [
        ("mapping-size, interactive", "a single value"),
        ("notebook", "more than one value"),
    ]:
        look(page, entry)
        frame.get_by_text(sentence).locator("visible=true").first.wait_for()
    page.locator("nav tr").filter(has_text="mapping-size").first.locator("a").nth(1).click()
    assert "at 8, a single value" in page.locator("nav .prose").inner_text()
    go(page, "Images")
    assert page.locator("nav tbody tr").count() == 5  # of the one image, and nothing of the damaged one
    look(page, "5 where the error is")
    page.locator("img[src^='data:image/png']").wait_for()
    assert not list((report.parent / "results" / "figures").glob("sub-truncated*"))
