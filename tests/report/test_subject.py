"""The page of a subject: what it shows of each image, and names that are text."""

from html import unescape
from typing import Any

import pandas as pd
import pytest
from support.subject_pages import plan_of, section_of

from isospine.report.subject import errors_table, image_section, image_warnings, scores_table, subject_page


def scores_of(**psnr: float) -> pd.DataFrame:
    """Metrics of one image in two regions, from the PSNR of each method; networks are called net."""
    rows = [
        {
            "image": "sub-01", "subject": "01", "method": method, "region": region, "psnr": value, "ssim": 0.9,
            "recipe": "net" if method.startswith("net") else None, "seed": seed,
        }
        for method, value in psnr.items()
        for seed in (0, 1)
        for region in ("whole", "cord")
    ]  # fmt: skip
    return pd.DataFrame(rows)


def anatomy_of(**guessed: float) -> pd.DataFrame:
    rows: list[tuple[Any, ...]] = []
    for method, value in guessed.items():
        rows += [
            ("sub-01", method, "guessed_share", None, value),
            ("sub-01", method, "cord_area_bias", None, -1.25),
        ]
        rows += [("sub-01", method, "edge_rmse", distance, 5 - distance) for distance in (0.0, 2.0, 4.0)]
    return pd.DataFrame(rows, columns=["image", "method", "quantity", "position", "value"])


def test_scores_are_means_over_seeds_in_the_order_of_the_cord() -> None:
    table = scores_table(scores_of(tv=30.0, net=32.0, **{"net-L-8": 40.0}))
    assert table is not None
    assert table["heads"][:2] == ["method", "spinal cord: PSNR (dB)"]
    assert [row[:2] for row in table["rows"]] == [["net", "32.00"], ["tv", "30.00"]], (
        "no value of an ablation"
    )
    assert scores_table(pd.DataFrame()) is None


def test_where_the_error_lies_is_a_table() -> None:
    table = errors_table(anatomy_of(tv=0.25))
    assert table is not None and table["rows"] == [["tv", "5.0", "1.0", "25%", "-1.2"]]
    assert errors_table(pd.DataFrame()) is None


def test_a_network_that_saw_the_reference_is_accused_on_the_page_of_its_subject() -> None:
    scores = scores_of(tv=30.0, net=32.0)
    assert not image_warnings(scores, anatomy_of(tv=0.3, net=0.4))
    (warning,) = image_warnings(scores, anatomy_of(tv=0.3, net=0.99))
    assert warning.startswith("sub-01: net recovered 99%")


def test_doubts_and_warnings_of_a_body_come_first() -> None:
    found = {
        "kind": "body",
        "answer": "TV is best",
        "doubts": ["out of place"],
        "warnings": ["one plane"],
        "step": 5,
    }
    found |= {"trials": None, "slices": None, "several": True, "views": {"heads": ["View"], "rows": [["ax"]]}}
    figures = {"volumes_png": "results/figures/v.png", "motion_png": "results/figures/m.png"}
    empty = pd.DataFrame()
    section = image_section(plan_of("sub-01_T2w"), empty, empty, [found | {"figures": figures}], [], {})
    page = subject_page("01", [section], [], "run")
    assert page.index("out of place") < page.index("TV is best") < page.index("../figures/v.png")
    assert "There is no reference" in page and "<h3>Scores</h3>" not in page


def test_figures_and_files_are_links_relative_to_the_page() -> None:
    page = subject_page("01", [section_of("sub-01_T2w")], [], "run")
    assert 'src="../figures/sub-01/views.png"' in page and "data:image" not in page
    assert 'href="../sub-01/anat/sub-01_res-reference_desc-tv_T2w.nii.gz"' in page
    assert "Baseline tv" in page and "../figures/sub-01/viewer.html" in page and "1 min 5 s" in page
    assert page.count('loading="lazy"') == 1 and page.count("<figcaption>") == 1
    assert len(page) < 30_000, "a run of hundreds of subjects has as many pages"


@pytest.mark.parametrize(
    "evil", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a b?#%\u00fc"]
)
def test_names_are_text(evil: str) -> None:
    plain = subject_page("01", [section_of("x")], [("Dataset", "x")], "run")
    page = subject_page("01", [section_of(evil)], [("Dataset", evil)], evil)
    assert page.isascii() and evil in unescape(page)
    assert page.count("<script") == plain.count("<script") and page.count("<img") == plain.count("<img")
