"""Texts of datasets and names of files on pages: shown as they are, and never a part of the page."""

from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from support.methods_text import DATASET, paragraphs_of

from isospine.report import body_tables
from isospine.report.citations import cite_in_html, cited_keys
from isospine.report.facts import dataset_facts
from isospine.report.index import index_page
from isospine.report.methods.data import data_text
from isospine.report.page import render
from isospine.words import escape_markdown

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg/onload=alert(1)>'",
    "a`b`c",
    "[@nobody2020]",
    "[a](javascript:alert(1))",
    "*a* _b_ ~c~ ^d^ $e$ # f",
    "\\",
    "\\<b>",
    "&lt;b&gt;",
    "``` {=html}",
    "\u202e\u0430",
]


class Reader(HTMLParser):
    """What a browser makes of a page: its elements, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def page_of_facts(facts: list[tuple[str, str]]) -> str:
    """Front page of a run without any result."""
    empty = pd.DataFrame(columns=["subject", "image", "method"])
    return index_page(empty, empty, facts, {}, ranking=empty)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("key", ["name", "licence", "doi", "version"])
def test_a_description_of_a_dataset_is_text_in_the_methods(key: str, text: str) -> None:
    dataset = DATASET | {key: text}
    paragraphs = paragraphs_of(dataset=dataset)
    assert cited_keys("\n".join(paragraphs)) == cited_keys("\n".join(paragraphs_of()))
    found = Reader("".join(map(cite_in_html, paragraphs)))
    assert found.elements == Reader("".join(map(cite_in_html, paragraphs_of()))).elements
    assert text in found.text
    facts, plain = (Reader(page_of_facts(dataset_facts(one, "datalad"))) for one in (dataset, DATASET))
    assert facts.elements == plain.elements
    assert text in facts.text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_description_of_a_dataset_is_text_in_markdown(text: str) -> None:
    """As Pandoc reads it: no character that begins something stands without a backslash."""
    paragraph = data_text(DATASET | {"name": text, "version": None, "commit": None}, 1, 1, ["T2w"], [])
    inside = paragraph.split('"')[1:-1]
    bare = '"'.join(inside).replace("\\\\", "")
    assert escape_markdown(text) in paragraph
    for sign in "`*_[]<@$^~#|":
        assert bare.count(sign) == bare.count(f"\\{sign}"), sign


@pytest.mark.parametrize("text", HOSTILE)
def test_titles_are_text(text: str) -> None:
    page = render("page.html", title=text)
    assert page.isascii()
    assert [tag for tag, _ in Reader(page).elements] == [
        "html",
        "head",
        "meta",
        "meta",
        "title",
        "style",
        "body",
    ]


def test_names_of_views_are_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are names of files, which the command takes as they are."""
    evil = "</td><script>alert(1)</script>.nii"

    def pages(name: str) -> str:
        grid = SimpleNamespace(affine=np.diag([1.0, 1, 4, 1]), spacing=np.array([1.0, 1, 4]))
        view = SimpleNamespace(grid=grid, axis=2, thickness=4.0)
        one = SimpleNamespace(path=Path(name), view=view, gap=0.0, thickness_source="affine")
        placed: Any = SimpleNamespace(
            acquired=[one], motions=[np.eye(4)], frame=SimpleNamespace(centre=np.zeros(3)), slices=[],
            agreement=None, profiles=(None,), placements=[SimpleNamespace(log_gain=np.zeros(1))],
        )  # fmt: skip
        scores = pd.DataFrame(
            {"method": ["tv"], "view": [0], "slice": [0], "psnr": [30.0], "ssim": [0.9], "mse": [0.1]}
        )
        monkeypatch.setattr(
            body_tables,
            "view_scores",
            lambda table: table.groupby(["method", "view"])[["psnr", "ssim"]].mean(),
        )
        monkeypatch.setattr(
            body_tables, "mean_scores", lambda table: table.groupby("method")[["psnr", "ssim"]].mean()
        )
        table = body_tables.scores_table(scores, placed)
        found = {"answer": "", "doubts": [name], "warnings": [], "step": 5, "several": True}
        found |= {"trials": table, "slices": None, "views": body_tables.views_table(placed)}
        labels = {"heads": ["Labels", "Dice"], "rows": [[name, "1.000"]]}
        figures = {"volumes": "", "motion": "", "segmentation": ""}
        segmentation = {"method": "tv", "agreement": labels}
        return render("body_page.html", title="", found=found, segmentation=segmentation, figures=figures)

    found = Reader(pages(evil.replace("/", "\u2215")))
    assert found.elements == Reader(pages("a.nii")).elements
    assert "alert(1)" in found.text
