"""Nothing of a working directory is imported, whatever it holds."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from isospine.jobs.imports import import_from


@pytest.mark.parametrize("given", ["", ":", "lib:", ":lib", "/opt/x:", ".:/opt/x", "HERE:/opt/x"])
def test_search_path_without_the_working_directory(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / "code/src"
    monkeypatch.setenv("PYTHONPATH", given.replace("HERE", str(tmp_path)))
    monkeypatch.setenv("PYTHONSAFEPATH", "")
    below = str(tmp_path / ".venv/site-packages")
    monkeypatch.setattr(sys, "path", ["", str(tmp_path), str(tmp_path / "lib"), below, *sys.path])
    monkeypatch.chdir(tmp_path)
    import_from(library, [tmp_path])
    expected = [str(library)] + ["/opt/x"] * ("/opt/x" in given)
    assert os.environ["PYTHONPATH"].split(":") == expected
    assert sys.path[0] == str(library) and below in sys.path
    assert not {"", str(tmp_path)} & set(sys.path)
    assert (str(tmp_path / "lib") in sys.path) == ("lib" not in given)
    for name in ("random", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text("open('imported', 'w').close()\n")
    script = tmp_path / "script.py"
    script.write_text("import random\n")
    for command in (["-c", "import random"], ["-m", "random"], [str(script)]):
        subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
        assert not (tmp_path / "imported").exists(), command


def test_the_library_may_lie_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONSAFEPATH", "")
    monkeypatch.setattr(sys, "path", list(sys.path))
    import_from(tmp_path, [tmp_path])
    assert sys.path[0] == str(tmp_path) and os.environ["PYTHONPATH"] == str(tmp_path)


def test_of_an_installed_library_the_search_path_needs_no_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/opt/x")
    monkeypatch.setattr(sys, "path", [str(tmp_path), "/opt/x"])
    import_from(None, [tmp_path])
    assert sys.path == ["/opt/x"] and os.environ["PYTHONPATH"] == "/opt/x"
