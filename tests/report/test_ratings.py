"""Ratings of images in a browser: kept, shown on the first page, saved as TSV and loaded again."""

from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page
from support.subject_pages import section_of

from isospine.report.index import index_page
from isospine.report.subject import subject_page

IMAGES = ["sub-01_ses-01_T2w", "sub-01_ses-02_T2w"]
HEADS = ["participant_id", "session_id", "image", "rating", "note", "date"]


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """Folder of a first page and of the page of one subject, with figures."""
    folder = tmp_path / "results" / "report"
    figures = folder.parent / "figures" / "sub-01"
    for one in (folder, figures):
        one.mkdir(parents=True)
    # the smallest PNG
    (figures / "views.png").write_bytes(
        bytes.fromhex(
            "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
        )
    )
    sections = [section_of(image, image.split("_")[1]) for image in IMAGES]
    (folder / "sub-01.html").write_text(subject_page("01", sections, [], "run"))
    (folder / "index.html").write_text(first_page("run"))
    return folder


def first_page(run: str) -> str:
    empty = pd.DataFrame(columns=["subject", "image", "method", "recipe", "region", "psnr"])
    return index_page(
        empty, empty, [], {}, ranking=empty, subjects={"01": IMAGES, "02": ["sub-02_T2w"]}, run=run
    )


def rate(page: Page, image: str, rating: str, note: str = "") -> None:
    field = page.get_by_role("group", name=f"Your rating of {image}")
    field.get_by_role("radio", name=rating).check()
    if note:
        field.get_by_role("textbox", name="note").fill(note)


def save(page: Page, button: str) -> tuple[str, str]:
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    return download.value.suggested_filename, download.value.path().read_text()


def test_ratings_are_kept_and_shown_on_the_first_page(report: Path, page: Page) -> None:
    page.goto((report / "sub-01.html").as_uri())
    assert page.get_by_role("button", name="Save ratings").is_disabled()
    rate(page, IMAGES[0], "pass")
    rate(page, IMAGES[1], "fail", "moved between\tthe views")
    page.reload()
    assert page.get_by_role("radio", name="fail").nth(1).is_checked()
    assert page.get_by_role("textbox", name="note").nth(1).input_value() == "moved between the views"
    page.get_by_role("link", name="All subjects").click()
    assert page.locator("[data-ratings-of]").all_inner_texts() == ["pass, fail", ""]
    name, text = save(page, "Save ratings")
    assert name == "ratings.tsv"
    rows = [line.split("\t") for line in text.splitlines()]
    assert rows[0] == HEADS and [len(row) for row in rows] == [6, 6, 6]
    assert rows[1][:5] == ["sub-01", "ses-01", IMAGES[0], "pass", "n/a"]
    assert rows[2][:5] == ["sub-01", "ses-02", IMAGES[1], "fail", "moved between the views"]
    name, text = save(page, "Save failed")
    assert (name, text) == ("exclude.yml", "failed:\n- sub-01_ses-02\n")


def test_a_rating_can_be_taken_back(report: Path, page: Page) -> None:
    page.goto((report / "sub-01.html").as_uri())
    rate(page, IMAGES[0], "fail")
    page.get_by_role("button", name="Clear").first.click()
    assert not page.get_by_role("radio", name="fail").first.is_checked()
    assert page.get_by_role("button", name="Save ratings").is_disabled()


def test_another_run_has_ratings_of_its_own(report: Path, page: Page) -> None:
    page.goto((report / "sub-01.html").as_uri())
    rate(page, IMAGES[0], "pass")
    (report / "index.html").write_text(first_page("another run"))
    page.goto((report / "index.html").as_uri())
    assert page.locator("[data-ratings-of]").all_inner_texts() == ["", ""]


def table(*rows: str) -> str:
    return "\r\n".join(["\t".join(HEADS), *rows, ""])


def load(page: Page, text: str) -> str:
    content = {"name": "r.tsv", "mimeType": "text/plain", "buffer": text.encode()}
    page.locator("#told").evaluate("told => { told.textContent = ''; }")
    page.locator("#load").set_input_files(files=[content])
    page.locator("#told").filter(has_text="r.tsv").wait_for()
    return page.locator("#told").inner_text()


def test_saved_ratings_are_loaded_and_the_later_one_counts(report: Path, page: Page) -> None:
    page.goto((report / "sub-01.html").as_uri())
    rate(page, IMAGES[0], "pass")
    old = f"sub-01\tses-01\t{IMAGES[0]}\tfail\told\t2001-01-01T00:00:00Z"
    new = f"sub-01\tses-02\t{IMAGES[1]}\tfail\t<b>new</b>\t2001-01-01T00:00:00Z"
    told = load(page, table(old, new))
    assert told.startswith("1 of 2 ratings of r.tsv loaded")
    assert page.get_by_role("radio", name="pass").first.is_checked()
    assert page.get_by_role("radio", name="fail").nth(1).is_checked()
    assert page.get_by_role("textbox", name="note").nth(1).input_value() == "<b>new</b>"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("image\trating\n", "expected the columns participant_id"),
        (
            table("sub-01\tn/a\tsub-01_T2w\tgood\tn/a\t2001"),
            "line 2: expected an image rated pass, fail or n/a",
        ),
        ("\x00\x01", "expected the columns"),
    ],
)
def test_a_file_that_holds_something_else_is_refused_whole(
    report: Path, page: Page, text: str, problem: str
) -> None:
    page.goto((report / "sub-01.html").as_uri())
    told = load(page, text)
    assert "r.tsv was not loaded" in told and problem in told
    assert page.get_by_role("button", name="Save ratings").is_disabled()


def test_without_storage_ratings_last_until_the_page_is_closed(report: Path, page: Page) -> None:
    refuse = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('denied'); }})"
    page.add_init_script(refuse)
    page.goto((report / "sub-01.html").as_uri())
    rate(page, IMAGES[0], "fail")
    assert "keeps nothing for this page" in page.locator("#told").inner_text()
    assert page.get_by_role("radio", name="fail").first.is_checked()
    assert IMAGES[0] in save(page, "Save ratings")[1]


def test_the_list_of_subjects_sorts_and_filters(report: Path, page: Page) -> None:
    page.goto((report / "index.html").as_uri())
    page.get_by_role("button", name="subject").click()
    page.get_by_role("button", name="subject").click()
    assert page.locator("table.sortable tbody th").all_inner_texts() == ["sub-02", "sub-01"]
    page.get_by_label("filter subjects").fill("ses-02")
    assert page.locator("table.sortable tbody tr:visible th").all_inner_texts() == ["sub-01"]


def test_within_a_report_files_come_from_around_the_page(report: Path, page: Page) -> None:
    """As Snakemake's report holds pages: at addresses without neighbours."""
    (report.parent / "around.html").write_text("<iframe width=900 height=700></iframe>")
    page.goto((report.parent / "around.html").as_uri())
    answer = """content => new Promise(done => {
      const asked = [], path = "results/figures/sub-01/views.png", frame = document.querySelector("iframe");
      addEventListener("message", ({source, data}) => {
        asked.push(data);
        if (data.isospine === "files")
          source.postMessage({isospine: "files", paths: [path, "results/report/index.html"]}, "*");
        if (data.isospine === "file") source.postMessage({isospine: "file", path, address: "data:image/gif;base64,R0lGODlhAQABAAAAACw="}, "*");
        if (data.isospine === "show") done(asked);
      });
      frame.src = "data:text/html;base64," + btoa(content);
    })"""
    page.evaluate(f"window.asked = ({answer})({(report / 'sub-01.html').read_text()!r}); null")
    frame = page.frame_locator("iframe")
    frame.locator("body.framed").wait_for()
    assert frame.locator("img").first.get_attribute("src").startswith("data:image/gif")
    assert not frame.locator(".rating").first.is_visible(), "they would be lost"
    assert frame.get_by_text(".nii.gz").first.get_attribute("href") is None, "volumes are not in the report"
    frame.get_by_role("link", name="All subjects").click()
    asked = page.evaluate("window.asked")
    assert asked[-1] == {"isospine": "show", "path": "results/report/index.html"}
