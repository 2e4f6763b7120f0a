"""The page of the scores of slices that were never acquired."""

from html import unescape

import pandas as pd

from isospine.report.virtual_slices import slices_page

ROW = {
    **{"image": "sub-01", "subject": "01", "person": "01", "session": "n/a", "contrast": "T2w", "method": "fourier"},
    **{"recipe": "fourier", "seed": 0, "slices": "oblique", "plane": "axial", "thickness": 4.0, "project": "mean"},
    **{"profile": "box", "angles": "20 0 0", "psnr": 37.126, "bias": -0.01234, "known": 0.5},
}  # fmt: skip


def test_the_page_begins_with_what_is_scored_and_has_shares_in_percent() -> None:
    page = slices_page(
        pd.DataFrame([ROW, ROW | {"slices": "myelogram", "project": "max", "bias": float("nan")}])
    )
    heads = [
        page.index(f">{head}") for head in ("method", "slices", "projection", "PSNR (dB)", "bias (%", "image")
    ]
    assert heads == sorted(heads)
    assert all(f">{text}" in page for text in ("37.13", "-1.23", "50.0", "n/a"))
    assert "myelogram" in page and page.isascii()


def test_names_are_text() -> None:
    evil = '"><script>alert(1)</script>'
    plain, page = slices_page(pd.DataFrame([ROW])), slices_page(pd.DataFrame([ROW | {"slices": evil}]))
    assert page.count("<script") == plain.count("<script") and evil in unescape(page)
