"""What a user sees of the command in a terminal, and the options that say what it is told and how much it says."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from support.acquired_pairs import write_pair

from isospine.cli.main import main
from isospine.cli.method_list import DEFAULTS, method_list
from isospine.cli.parser import parser
from isospine.io.nifti_name import sidecar_of
from isospine.jobs.steering import LIMITS
from isospine.recipes.baselines import BASELINES
from isospine.recipes.catalogue import known_recipes, recipe_titles
from isospine.version import __version__

QUICKLY = ("--method", "linear", "--no-alignment")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_pair(tmp_path_factory.mktemp("pair"), shape=(28, 32, 40))[0]


def run(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def said_before_ending(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    "command", [[], ["run"], ["report"], ["status"], ["export"], ["reconstruct"], ["resample"]]
)
def test_every_command_tells_its_version(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert said_before_ending(capsys, *command, "--version") == f"isospine {__version__}\n"


def test_methods_are_listed_in_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    text = said_before_ending(capsys, "reconstruct", "--methods")
    assert text == method_list() + "\n"
    listed = dict(re.findall(r"^  (\S+) +(.+)$", text, re.MULTILINE))
    assert set(listed) == {*BASELINES, *known_recipes()}
    assert {name: listed[name] for name in recipe_titles()} == recipe_titles()
    assert all(listed[name] in BASELINES[name].words or "[@" in BASELINES[name].words for name in BASELINES)
    assert "@" not in text and max(map(len, text.splitlines())) <= 120
    assert DEFAULTS in text


@pytest.mark.parametrize("command", ["reconstruct", "resample"])
def test_help_has_examples_that_the_parser_takes(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = said_before_ending(capsys, command, "--help")
    examples = re.findall(rf"^  isospine ({command} .+?)(?:  .*)?$", text, re.MULTILINE)
    assert len(examples) >= 3
    for example in examples:
        if example.endswith("--methods"):
            continue
        assert parser().parse_args(example.split()).command == command


def test_a_thickness_that_is_stated_counts_and_is_recorded(
    pair: list[Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    output = tmp_path / "iso.nii.gz"
    assert run("reconstruct", *pair, "-o", output, *QUICKLY, "--thickness", "3,4.5") == 0
    first, second = json.loads((tmp_path / "iso.json").read_text())["Views"]
    assert (first["SliceThickness"], second["SliceThickness"]) == (3.0, 4.5)
    assert first["SliceThicknessSource"] == second["SliceThicknessSource"] == "stated"
    assert "3 mm thick as stated, not 4.0 mm as in its sidecar" in caplog.text
    other = tmp_path / "other.nii.gz"
    assert run("reconstruct", *pair, "-o", other, *QUICKLY, "--thickness", 4) == 0
    assert [
        view["SliceThickness"] for view in json.loads((tmp_path / "other.json").read_text())["Views"]
    ] == [4.0, 4.0]


def test_a_thickness_is_stated_where_the_sidecar_is_wrong(pair: list[Path], tmp_path: Path) -> None:
    view = tmp_path / pair[0].name
    view.write_bytes(pair[0].read_bytes())
    sidecar_of(view).write_text(json.dumps({"SliceThickness": 0.1}))
    output = tmp_path / "iso.nii.gz"
    assert run("reconstruct", view, pair[1], "-o", output, *QUICKLY) == 2
    assert run("reconstruct", view, pair[1], "-o", output, *QUICKLY, "--thickness", "4") == 0


@pytest.mark.parametrize(
    ("stated", "said"),
    [("1", "the gap of 3 mm is larger than the slice"), ("13", "at most 3 times their distance")],
)
def test_a_thickness_must_go_with_the_distance_of_slices(
    pair: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], stated: str, said: str
) -> None:
    assert run("reconstruct", *pair, "-o", tmp_path / "iso.nii.gz", *QUICKLY, "--thickness", stated) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert (
        pair[0].name in line and f"the slice thickness that is stated is {stated} mm" in line and said in line
    )
    assert not list(tmp_path.iterdir())


def test_threads_are_set_and_recorded(
    pair: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in LIMITS:
        monkeypatch.setenv(name, "1")
    before = torch.get_num_threads()
    try:
        assert run("reconstruct", *pair, "-o", tmp_path / "iso.nii.gz", *QUICKLY, "--threads", 2) == 0
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    record = json.loads((tmp_path / "iso.json").read_text())
    assert record["Threads"] == 2 and record["Environment"]["OMP_NUM_THREADS"] == "2"


@pytest.mark.parametrize(("option", "lines"), [("--quiet", 0), ("--verbose", 3)])
def test_how_much_is_said(pair: list[Path], tmp_path: Path, option: str, lines: int) -> None:
    command = [sys.executable, "-m", "isospine.cli.main", "reconstruct", *map(str, pair), *QUICKLY]
    done = subprocess.run(
        [*command, "-o", str(tmp_path / "iso.nii.gz"), option], capture_output=True, text=True, check=True
    )
    said = done.stderr.splitlines()
    assert len(said) >= lines and (lines > 0 or not said), said
    assert "%|" not in done.stderr  # a bar is for a terminal
    if option == "--verbose":
        assert sum("placing of 2 views" in line for line in said) == 1
    dated = [re.match(r"\d{4}-\d\d-\d\d .* INFO isospine\.", line) for line in said]
    assert all(dated) if option == "--verbose" else not any(dated)
