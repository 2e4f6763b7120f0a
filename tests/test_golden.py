"""Golden numbers and the changelog go together."""

import re

import pytest
from support import golden as golden_tables
from support.golden import GOLDEN, UPDATE, differences, digest
from support.snakemake import REPOSITORY, read_rows

ROWS = [
    {"image": "sub-01", "method": "tv", "psnr": "30.12345", "other": "x"},
    {"image": "sub-01", "method": "net", "psnr": "31.0", "other": "x"},
]
ARGUMENTS = (["image", "method"], {"psnr": 0.1})


def test_a_result_that_changed_has_a_line_in_the_changelog() -> None:
    """The newest line about results ends with the digest of the tables of golden numbers."""
    text = (REPOSITORY / "CHANGELOG.md").read_text()
    section = text.split("### Results\n", 1)[1].split("\n### ", 1)[0].split("\n## ", 1)[0]
    digests = re.findall(r"`([0-9a-f]{12})`$", section, re.MULTILINE)
    assert digests[-1] == digest(), (
        "the golden numbers changed: add a line at the end of the section Results of CHANGELOG.md that says why, "
        f"ending with `{digest()}`"
    )


def test_golden_tables_are_of_real_volumes_and_of_acquired_views() -> None:
    assert {row["image"] for row in read_rows(GOLDEN / "metrics.tsv")} == {"sub-sct1mm", "sub-unf01"}
    assert {row["method"] for row in read_rows(GOLDEN / "trial_images.tsv")} == {"fourier", "cubic", "tv"}


@pytest.fixture
def folder(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(golden_tables, "GOLDEN", tmp_path)
    monkeypatch.setenv(UPDATE, "1")
    assert not differences("a.tsv", ROWS, *ARGUMENTS)
    monkeypatch.delenv(UPDATE)
    return tmp_path


@pytest.mark.parametrize(
    ("method", "psnr", "told"),
    [
        ("net", "31.09", 0),
        ("net", "31.11", 1),
        ("tv", "30.13", 0),
        ("tv", "30.14", 1),
        ("net", "nan", 1),
        ("net", "inf", 1),
    ],
)
def test_a_number_that_changed_is_told(folder, method: str, psnr: str, told: int) -> None:
    rows = [row | {"psnr": psnr} if row["method"] == method else row for row in ROWS]
    assert len(differences("a.tsv", rows, *ARGUMENTS)) == told


def test_rows_that_come_or_go_are_told(folder) -> None:
    assert len(differences("a.tsv", ROWS[:1], *ARGUMENTS)) == 1
    assert len(differences("a.tsv", [*ROWS, ROWS[0] | {"image": "sub-02"}], *ARGUMENTS)) == 1


def test_an_update_keeps_what_is_within_tolerance(folder, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (folder / "a.tsv").read_text()
    known = digest()
    monkeypatch.setenv(UPDATE, "1")
    assert not differences("a.tsv", [ROWS[0], ROWS[1] | {"psnr": "31.05"}], *ARGUMENTS)
    assert (folder / "a.tsv").read_text() == before
    assert not differences("a.tsv", [ROWS[0], ROWS[1] | {"psnr": "31.25"}], *ARGUMENTS)
    assert (folder / "a.tsv").read_text() == before.replace("31.0000", "31.2500")
    assert digest() != known
