"""Foreign text is text of the language that it lands in."""

import pytest

from isospine.errors import InputError
from isospine.words import cell_text, escape_markdown, fenced, printable


@pytest.mark.parametrize(
    "sign", ["\n", "\r", "\t", "\x00", "\x07", "\x1b", "\x7f", "\x9b", "\u2028", "\u202e", "\u2066", "\udcff"]
)
def test_nothing_that_a_terminal_acts_on_is_printed(sign: str) -> None:
    shown = printable(f"a{sign}b")
    assert shown.isprintable() and shown.startswith("a\\") and shown.endswith("b")
    assert str(InputError(f"/data/a{sign}b: not there")) == f"/data/{shown}: not there"


def test_words_stay_as_they_are() -> None:
    assert printable("sub-01: 5 \u00b5m, \u00e4\u00f6, C:\\\\x") == "sub-01: 5 \u00b5m, \u00e4\u00f6, C:\\\\x"


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert cell_text(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-3.5", "+2", "-inf", "1e-3", "sub-01", "n/a", "", "3 mm"])
def test_numbers_and_labels_are_cells(text: str) -> None:
    assert cell_text(text) == text


def test_code_cannot_end_its_fence() -> None:
    text = "a: '\n  ```\n  <script>\n  ````'\n"
    lines = fenced(text, "yaml").splitlines()
    assert lines[0] == "`````yaml" and lines[-1] == "`````"
    assert not [line for line in lines[1:-1] if line.strip().startswith("`````")]
    assert fenced("b\n", "bash") == "```bash\nb\n```\n"


def test_markdown_is_text() -> None:
    assert escape_markdown("a\n# b <script>") == "a \\# b \\<script>"
