"""Templates, style sheets and scripts of the pages: each can be read, and nothing that is filled in becomes a part of one."""

import re
from pathlib import Path

import pytest
import tinycss2
from jinja2 import UndefinedError, meta

from isospine.report.page import FOLDER, render, templates

SOURCES = [path.relative_to(FOLDER).as_posix() for path in sorted(FOLDER.rglob("*"))]
TEMPLATES = [name for name in SOURCES if name.endswith(".html")]
STYLES = [name for name in SOURCES if name.endswith(".css")]
SCRIPTS = [name for name in SOURCES if name.endswith(".js")]


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_can_be_compiled_and_takes_only_files_that_are_there(name: str) -> None:
    templates().get_template(name)
    tree = templates().parse((FOLDER / name).read_text(encoding="utf-8"))
    for other in meta.find_referenced_templates(tree):
        assert other in TEMPLATES


def problems(rules: list[tinycss2.ast.Node]) -> list[str]:
    """What cannot be read of a style sheet, the rules within rules included."""
    found = []
    for rule in rules:
        if rule.type == "error":
            found.append(f"line {rule.source_line}: {rule.message}")
        elif rule.type == "at-rule" and rule.content:
            found += problems(tinycss2.parse_rule_list(rule.content, True, True))
        elif rule.type == "qualified-rule":
            found += problems(tinycss2.parse_blocks_contents(rule.content, True, True))
    return found


@pytest.mark.parametrize("name", STYLES)
def test_a_style_sheet_can_be_read(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="ascii")
    assert not problems(tinycss2.parse_stylesheet(text, True, True))
    assert "</" not in text and "@import" not in text and "url(" not in text


def test_problems_of_a_style_sheet_are_found() -> None:
    for text in ("p { color }", "p { color: red", "@media (x) { p { : } }", "p { }}"):
        assert problems(tinycss2.parse_stylesheet(text, True, True)) or text.count("{") != text.count("}")


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_can_stand_within_a_page(name: str) -> None:
    """`make check` lints them."""
    text = (FOLDER / name).read_text(encoding="ascii")
    assert "</script" not in text and "<!--" not in text


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_begins_with_a_script_is_strict(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    for first in re.findall(r'<script>\s*\{\{ source\("([^"]+)"\)', text):
        assert (FOLDER / first).read_text(encoding="ascii").startswith('"use strict";\n'), first


def test_every_source_is_used() -> None:
    texts = {name: (FOLDER / name).read_text(encoding="utf-8") for name in TEMPLATES}
    for name in [*STYLES, *SCRIPTS]:
        assert any(f'source("{name}")' in text for text in texts.values()), name


def test_what_is_filled_in_is_text() -> None:
    page = render("page.html", title="<b>\u00fc&'\"")
    assert "<title>&lt;b&gt;&#252;&amp;&#39;&#34;</title>" in page and page.isascii()


def test_what_a_template_is_not_given_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="title"):
        render("page.html")


def test_only_sources_and_notebooks_are_written_as_they_are() -> None:
    """Everything else is escaped: a template that turns that off is found here."""
    unescaped = [
        line.strip()
        for name in TEMPLATES
        for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()
        if "safe" in line or "autoescape" in line
    ]
    assert {line for line in unescaped if "source(" not in line} == {"{{ notebook | safe }}"}
    python = "".join(path.read_text(encoding="utf-8") for path in Path(FOLDER).rglob("*.py"))
    assert "html.escape" not in python and "Markup(" not in python
