"""The site of the documentation: built without a warning, as GitHub shows its pages, and usable from disk on any screen."""

import html
import os
import re
import runpy
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from comrak import ExtensionOptions, render_markdown
from playwright.sync_api import Page
from support.runs import made_once

import isospine

ROOT = Path(__file__).parents[1]
HOOKS = runpy.run_path(str(ROOT / "docs/site_hooks.py"))
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *(ROOT / name for name in HOOKS["ELSEWHERE"])])
#: What a reader sees of a page's structure.
ELEMENTS = ("h1", "h2", "h3", "ol", "li", "pre", "table", "th", "td", "strong", "img")


def build(folder: Path) -> None:
    made = subprocess.run(
        [Path(sys.executable).with_name("mkdocs"), "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0 and "WARNING" not in made.stderr, made.stderr


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of the site."""
    return made_once(tmp_path_factory, "site", build)


def file_of(page: Path) -> str:
    """File of the site that a page becomes."""
    name = Path(HOOKS["page_of"](page))
    return name.with_name("index.html" if name.name == "README.md" else f"{name.stem}.html").as_posix()


def article(site: Path, name: str) -> str:
    """HTML of a page, without what is around its text."""
    text = (site / name).read_text(encoding="utf-8")
    return text[text.index("<article") : text.index("</article>")]


def structure(text: str) -> Counter[str]:
    return Counter(re.findall(rf"<({'|'.join(ELEMENTS)})[ >]", text))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_has_the_structure_that_github_gives_it(site: Path, page: Path) -> None:
    """Python-Markdown wants four spaces within a list, and an empty line before one."""
    options = ExtensionOptions()
    options.table = True
    given = structure(render_markdown(page.read_text(encoding="utf-8"), options))
    made = article(site, file_of(page))
    if page.name == "api.md":  # docstrings follow on the site
        made = made.split('<div class="doc')[0]
    assert structure(made) == given


def test_links_that_leave_the_pages_lead_to_files_of_the_repository(site: Path) -> None:
    outside = set()
    for page in PAGES:
        text = article(site, file_of(page))
        outside |= set(
            re.findall(r'href="https://github.com/isospine/isospine/(?:blob|tree)/main/([^"#]+)', text)
        )
        assert not re.findall(r'href="[^":]*\.(?:md|ipynb|smk|toml)[#"]', text)
    assert len(outside) > 10 and all((ROOT / path).exists() for path in outside)


def test_every_equation_is_mathml(site: Path) -> None:
    method = article(site, "method.html")
    assert method.count('<math xmlns="http://www.w3.org/1998/Math/MathML" display="block"') > 5
    assert method.count("<math") > 100
    for page in PAGES:
        text = re.sub(r"<(pre|code).*?</\1>", "", article(site, file_of(page)), flags=re.DOTALL)
        assert "arithmatex" not in text and not re.findall(r"\$\S|\\[a-zA-Z]+\{", html.unescape(text)), (
            page.name
        )


def test_the_reference_has_the_docstring_of_all_that_the_library_offers(site: Path) -> None:
    text = article(site, "api.html")
    for name in set(isospine.__all__) - {"__version__"}:
        assert re.search(rf'<h\d id="isospine\.(?:\w+\.)*{name}"', text), name
    assert re.search(r"<td>\s*<code>spacing</code>", text) and "InputError" in text


def test_nothing_is_asked_of_the_network(site: Path) -> None:
    for file in site.rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert not re.findall(r'<(?:script|img|iframe)[^>]* src="(?:https?:)?//', text), file.name
        assert not re.findall(r'<link[^>]* rel="stylesheet"[^>]* href="(?:https?:)?//', text), file.name
        assert 'data-md-component="source"' not in text, "Material would ask GitHub for stars"


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_fits_the_screen(site: Path, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 860})
    for file in sorted({*site.rglob("*.html")} - {site / "404.html"}):  # that page is for servers
        page.goto(file.as_uri())
        page.wait_for_load_state()
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{file.name}: {wide}"
        hidden = page.evaluate(
            """() => [...document.querySelectorAll('article p, article li, article h1, article h2, article h3')].filter(
                each => !each.closest('.md-typeset__scrollwrap, .highlight, pre')
                    && each.getBoundingClientRect().right > innerWidth + 1).map(each => each.textContent.slice(0, 60))"""
        )
        assert not hidden, f"{file.name}: {hidden}"


def test_the_search_finds_from_disk(site: Path, page: Page) -> None:
    page.goto((site / "index.html").as_uri())
    page.locator(".md-search__input").click()
    page.locator(".md-search__input").press_sequentially("slice profile")
    page.locator(".md-search-result__item").first.wait_for()
    assert page.locator(".md-search-result__item").count() > 3
