"""How many jobs a run has, and how long they will take."""

import logging
from collections.abc import Callable, Iterator, Sequence

import pytest

from isospine.jobs import outlook
from isospine.jobs.outlook import Job, Outlook, TimeLeft

BEFORE: Job = ("view", {"image": "sub-01"})
TRAIN: Job = ("train", {"image": "sub-02"})
GATHER: Job = ("all", {})


def test_time_left_goes_by_work_not_by_jobs() -> None:
    """A tenth of the work was done in 20 s, whatever the number of jobs was."""
    left = TimeLeft(pause=15)
    assert left.estimate(100, work=1000) is None
    assert not left.due(114) and left.due(115)
    assert left.estimate(120, work=900) == pytest.approx(180)
    assert not left.due(134) and left.due(135)


def test_time_left_begins_anew_when_the_images_become_known() -> None:
    left = TimeLeft()
    left.estimate(0, work=10)
    assert left.estimate(50, work=10) is None, "nothing was done"
    assert left.estimate(100, work=1000) is None
    assert left.estimate(110, work=500) == pytest.approx(10)


@pytest.fixture
def logger(caplog: pytest.LogCaptureFixture) -> Iterator[logging.Logger]:
    logger = logging.getLogger("run")
    logger.setLevel(logging.INFO)
    yield logger
    logger.handlers.clear()


def follow(
    logger: logging.Logger,
    remaining: Callable[[], Sequence[Job] | None],
    tell_results: Callable[[], None] = lambda: None,
) -> None:
    costs = {"view": 100.0, "train": 300.0, "all": 0.0}
    logger.addHandler(
        Outlook(logger.getChild("own"), remaining, lambda rule, wildcards: costs[rule], tell_results, list)
    )


def begin(logger: logging.Logger) -> None:
    logger.info("", extra={"event": "job_info"})


def progress(logger: logging.Logger, done: int, total: int) -> None:
    logger.info("", extra={"event": "progress", "done": done, "total": total})


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "run.own"]


def test_a_plan_that_grows_is_told_once(logger: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    plans = iter([None, [BEFORE, TRAIN, GATHER]])
    follow(logger, lambda: next(plans))
    begin(logger)
    progress(logger, 2, 3)
    begin(logger)
    begin(logger)
    assert said(caplog) == ["The images are known now: 5 jobs for 2 images."]
    assert [record.__dict__["jobs"] for record in caplog.records if "jobs" in record.__dict__] == [5]


def test_a_plan_that_is_known_at_first(logger: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    follow(logger, lambda: [BEFORE, GATHER])
    begin(logger)
    assert said(caplog) == ["2 jobs for 1 image."]


def test_a_command_without_images_has_no_plan(
    logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    follow(logger, lambda: [GATHER])
    begin(logger)
    assert not said(caplog)


def test_the_time_left_follows_the_progress(
    logger: logging.Logger, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 100.0, 101.0])
    monkeypatch.setattr(outlook.time, "monotonic", lambda: next(clock))
    plans = iter([[BEFORE, TRAIN, GATHER], [BEFORE, TRAIN, GATHER], [TRAIN, GATHER]])
    follow(logger, lambda: next(plans))
    begin(logger)
    progress(logger, 0, 3)
    progress(logger, 1, 3)
    progress(logger, 2, 3)  # too soon for another estimate
    progress(logger, 3, 3)  # nothing is left
    (text,) = said(caplog)[1:]
    assert text.startswith("About 5 min left, until ")
    (line,) = [record.__dict__["line"] for record in caplog.records if "line" in record.__dict__]
    assert line.startswith("1 of 2 images, about 5 min left, until ")


def test_results_are_told_where_there_is_nothing_to_be_done(logger: logging.Logger) -> None:
    told: list[str] = []
    follow(logger, list, lambda: told.append("results"))
    logger.info("Nothing to be done (all requested files are present and up to date).")
    assert told == ["results"]


def test_a_run_does_not_end_for_want_of_a_line(
    logger: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise RuntimeError("no plan")

    follow(logger, broken)
    begin(logger)
    assert "no plan" in capsys.readouterr().err
