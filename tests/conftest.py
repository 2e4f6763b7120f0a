"""Fixtures that every test may use."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

# the libraries' own threads would fight over the cores with the other jobs of a busy machine
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from support import order
from support.datasets import TEST_DATA
from support.runs import made_once
from support.snakemake import NO_NETWORK, REPOSITORY, copy_repository, permit

os.environ.update(NO_NETWORK, no_proxy="127.0.0.1,localhost")
# processes that a test starts use the library that it tests, whichever is installed
given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
os.environ["PYTHONPATH"] = os.pathsep.join([str(REPOSITORY / "src"), *filter(os.path.isabs, given)])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that workers end at about the same time."""
    items.sort(key=lambda item: order.rank(item.path))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let tests start Snakemake that say so, and no others."""
    permit(item.get_closest_marker("workflow") is not None)


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Folder of the real volumes; tests that need them are skipped where it is absent."""
    if not TEST_DATA.is_dir():
        pytest.skip(f"no test data at {TEST_DATA}; set ISOSPINE_TEST_DATA to the folder that holds it")
    return TEST_DATA


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy of what a run reads of the repository, which no test may edit."""
    return made_once(tmp_path_factory, "isospine", copy_repository)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a remote refuses is tried again at once."""
    monkeypatch.setattr("isospine.dataset.transfer.PAUSES", (0.0, 0.0, 0.0))


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a browser; tests of pages are skipped where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine; no page is opened")
    return path


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Give a browser, started once for the tests of a file."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Give a page without network; what it complains of is an error of the test."""
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 860}, offline=True)
    page = context.new_page()
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    # a page that is left before its icon is there aborts the request
    page.on(
        "requestfailed",
        lambda request: (
            None
            if request.failure == "net::ERR_ABORTED"
            else complaints.append(f"failed: {request.url[:100]} ({request.failure})")
        ),
    )
    page.on(
        "request",
        lambda r: None if r.url.startswith(("file:", "data:", "blob:")) else complaints.append(r.url),
    )
    yield page
    context.close()
    assert not complaints
