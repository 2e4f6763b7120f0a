"""The line of progress: drawn again on a terminal, now and then in a file."""

import io

import pytest

from snakemake_logger_plugin_isospine import screen
from snakemake_logger_plugin_isospine.screen import Screen


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(screen.time, "monotonic", lambda: now[0])
    return now


def test_a_file_gets_a_line_a_minute(clock: list[float]) -> None:
    file = io.StringIO()
    shown = Screen(file)
    for now in (0, 30, 61, 90, 122):
        clock[0] = now
        shown.progress(f"at {now}", now, 200)
    shown.say("the end")
    shown.close()
    assert file.getvalue() == "at 61\nat 122\nthe end\n"


@pytest.mark.parametrize("columns", [40, 80])
def test_a_terminal_has_one_line_that_fits(
    clock: list[float], monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setattr("tqdm.std._screen_shape_wrapper", lambda: lambda file: (columns, 24))
    terminal = Terminal()
    shown = Screen(terminal)
    shown.progress("too soon", 0, 3)
    clock[0] = 3
    shown.progress("1 job done", 1, None)
    shown.say("The images are known now.")
    shown.progress("1 of 3 jobs, 0 of 2 images, about 10 min left, until Sun 14:32", 1, 3)
    shown.close()
    lines = terminal.getvalue().replace("\r", "\n").split("\n")
    drawn = [line for line in lines if line.strip()]
    assert drawn[:3] == ["1 job done", "The images are known now.", "1 job done"]
    assert drawn[3].startswith("1 of 3 jobs, 0 of 2 images")
    assert max(map(len, lines)) <= columns
    assert "\x1b" not in terminal.getvalue()
    assert not lines[-1].strip() and not lines[-2].strip(), "removed at the end"


def test_a_run_of_a_moment_draws_nothing(clock: list[float]) -> None:
    terminal = Terminal()
    shown = Screen(terminal)
    shown.progress("0 jobs done", 0, None)
    shown.close()
    assert not terminal.getvalue()
