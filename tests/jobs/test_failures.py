import os
from pathlib import Path

import pytest
from support.datasets import refuses

from isospine.io.atomic import check_output_folder
from isospine.jobs.failures import TAIL, describe_failures, describe_warnings

LOGS = {
    "good.log": "reading\nwriting\n",
    "sub-01/refused.log": "reading\nERROR: sub-01: no such file\n",
    "sub-02/broken.log": "Traceback (most recent call last):\n  File ...\nValueError: a bug\n",
    "sub-02/stopped.log": "Traceback (most recent call last):\n  File ...\nKeyboardInterrupt\n",
    "silent.log": "",
    "long.log": "training\r" * TAIL + "\nERROR: the loss became nan\n\n",
}


def test_one_line_for_each_log_that_ends_with_an_error(tmp_path: Path) -> None:
    for name, text in LOGS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert list(describe_failures(tmp_path, since=0)) == [
        f"{tmp_path}/long.log: the loss became nan",
        f"{tmp_path}/sub-01/refused.log: sub-01: no such file",
        f"{tmp_path}/sub-02/broken.log: ValueError: a bug",
    ]


def test_logs_of_another_run(tmp_path: Path) -> None:
    (tmp_path / "old.log").write_text("ERROR: mended since\n")
    os.utime(tmp_path / "old.log", (1000, 1000))
    assert not list(describe_failures(tmp_path, since=2000))
    assert not list(describe_failures(tmp_path / "none", since=0))


#: Ours, and Python's with the line of code after it; progress bars end with a carriage return.
WARNINGS = {
    "a.log": "training: 1/2\rtraining: 2/2 [1 step/s]WARNING: the loss is flat\ntook 2 s\n",
    "sub-01/b.log": "/x/y.py:12: RuntimeWarning: divide by zero\n  1 / 0\nWARNING the loss is flat\n",
    "sub-01/c.log": "no warning: all is well\nWARNING: the loss is flat\nWARNING: the loss is flat\n",
    "sub-01/d.log": "WARNING: no checkpoint at step 7\nWARNING: no checkpoint at step 19\n",
}


def test_one_line_for_each_warning(tmp_path: Path) -> None:
    for name, text in WARNINGS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    flat = f"the loss is flat ({tmp_path}/a.log and 2 more)"
    assert list(describe_warnings(tmp_path, since=0)) == [
        flat,
        f"RuntimeWarning: divide by zero ({tmp_path}/sub-01/b.log)",
        f"no checkpoint at step 7 ({tmp_path}/sub-01/d.log)",
    ]
    assert list(describe_warnings(tmp_path, since=0, most=1)) == [
        flat,
        f"and 2 more: grep -ri warning {tmp_path}",
    ]
    os.utime(tmp_path / "sub-01/b.log", (1000, 1000))
    assert len(list(describe_warnings(tmp_path, since=2000))) == 2


def test_output_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_output_folder(tmp_path)
    check_output_folder(tmp_path / "results")
    assert not (tmp_path / "results").exists()
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("file", "link"):
        with refuses(str(tmp_path / name), "not a folder", "move it away"):
            check_output_folder(tmp_path / name)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with refuses(str(tmp_path), "cannot be written", "permissions", "--directory"):
        check_output_folder(tmp_path / "results")


def test_what_a_log_holds_is_not_acted_on_by_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("WARNING: \x1b[2Jgone\nERROR: /data/\x1b]0;title\x07: damaged\n")
    said = [*describe_failures(tmp_path, since=0), *describe_warnings(tmp_path, since=0)]
    assert "\\x1b]0;title\\x07: damaged" in said[0] and "\\x1b[2Jgone" in said[1]
    assert all(line.isprintable() for line in said)
