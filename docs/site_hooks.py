"""What the site of the documentation needs beyond MkDocs: its pages are written to be read on GitHub as well.

Pages and their order come from README.md, links that leave docs/ lead to other pages or to GitHub, equations become MathML,
and notebooks become pages. Called by MkDocs (mkdocs.yml).
"""

import html
import posixpath
import re
from pathlib import Path
from typing import Any

import nbformat
from latex2mathml.converter import convert
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from nbconvert import MarkdownExporter
from traitlets.config import Config

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
REPOSITORY = "https://github.com/isospine/isospine"
#: Pages that lie elsewhere in the repository.
ELSEWHERE = ("config/README.md", "CHANGELOG.md", "CONTRIBUTING.md")
LINK = re.compile(r"(\]\()(?![a-z]+:|#)([^)\s#]+)(#[^)\s]*)?(?=\))")
CODE = re.compile(r"(^ *```.*?^ *```$|`[^`\n]+`)", re.MULTILINE | re.DOTALL)

INLINE = re.compile(r'<span class="arithmatex">\\\((.*?)\\\)</span>', re.DOTALL)
DISPLAYED = re.compile(r'<div class="arithmatex">\s*\\\[(.*?)\\\]\s*</div>', re.DOTALL)


def page_of(path: Path) -> str | None:
    """Page of the site that a file of the repository is, by its path in MkDocs; None where it is none."""
    if path.is_relative_to(DOCS):
        return (
            path.relative_to(DOCS).with_suffix(".md").as_posix() if path.suffix in (".md", ".ipynb") else None
        )
    inside = path.relative_to(ROOT).as_posix()
    return inside if inside in ELSEWHERE else None


def navigation(index: str) -> list[Any]:
    """Pages of each section of the index, in their order."""
    sections = re.split(r"^## (.+)\n", index, flags=re.MULTILINE)
    nav: list[Any] = ["README.md"]
    for title, text in zip(sections[1::2], sections[2::2], strict=True):
        links = re.findall(r"^\| \[.*?\]\((.+?)\)", text, re.MULTILINE)
        nav.append({title: [page_of((DOCS / link).resolve()) for link in links]})
    return nav


def on_config(config: MkDocsConfig) -> None:
    """Take the navigation from the index."""
    config.nav = navigation((DOCS / "README.md").read_text(encoding="utf-8"))


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Add the pages that lie elsewhere, and those that notebooks become, with their pictures."""
    for name in ELSEWHERE:
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    for notebook in sorted(DOCS.rglob("*.ipynb")):
        name = page_of(notebook)
        assert name is not None
        text, pictures = notebook_page(notebook)
        for picture, content in pictures.items():
            files.append(
                File.generated(config, posixpath.join(posixpath.dirname(name), picture), content=content)
            )
        files.append(File.generated(config, name, content=text))


def notebook_page(notebook: Path) -> tuple[str, dict[str, bytes]]:
    """Markdown of a notebook with what it printed, and its pictures by the paths that the page has for them."""
    settings = Config(
        {
            "ExtractOutputPreprocessor": {
                "output_filename_template": f"{notebook.stem}_{{cell_index}}_{{index}}{{extension}}"
            }
        }
    )
    cells = nbformat.read(notebook, as_version=4)
    text, resources = MarkdownExporter(config=settings).from_notebook_node(cells)
    return text, resources["outputs"]


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead links that leave docs/ to where the site or GitHub has their target, and put in what docstrings say."""
    source = page.file.src_uri
    place = (ROOT if source in ELSEWHERE else DOCS) / source
    parts = CODE.split(markdown)  # text and code in turns
    parts[::2] = [LINK.sub(lambda link: _led(link, source, place.parent), text) for text in parts[::2]]
    return re.sub(r"^<!-- (::: [\w.]+) -->$", r"\1", "".join(parts), flags=re.MULTILINE)


def _led(link: re.Match[str], source: str, folder: Path) -> str:
    path = (folder / link[2]).resolve()
    target = page_of(path)
    if target is None and path.is_relative_to(DOCS) and path.suffix != ".py":
        return link[0]  # a picture
    if target is None:
        kind = "tree" if path.is_dir() else "blob"
        target = f"{REPOSITORY}/{kind}/main/{path.relative_to(ROOT).as_posix()}"
    else:
        target = posixpath.relpath(target, posixpath.dirname(source) or ".")
    return f"{link[1]}{target}{link[3] or ''}"


def on_page_content(content: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn the equations that Arithmatex marked into MathML, which browsers show without a script."""
    content = INLINE.sub(lambda equation: _mathml(equation[1], "inline"), content)
    return DISPLAYED.sub(lambda equation: _mathml(equation[1], "block"), content)


def _mathml(escaped: str, display: str) -> str:
    return str(convert(" ".join(html.unescape(escaped).split()), display=display))
