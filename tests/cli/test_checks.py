"""What the command refuses before it reads anything: nothing is destroyed, nothing computed in vain, nothing left behind."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import torch
from support.acquired_pairs import write_pair

from isospine.cli import checks, files
from isospine.cli import reconstruct as reconstruct_command
from isospine.cli.main import main
from isospine.io.nifti import load_volume, save_volume
from isospine.io.nifti_name import sidecar_of
from isospine.methods import body, memory

QUICKLY = ("--method", "linear", "--no-alignment")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with an axial view in.nii.gz and a sagittal one sag.nii.gz."""
    folder = tmp_path_factory.mktemp("made")
    (first, second), _ = write_pair(folder / "pair", shape=(28, 32, 40))
    for path, name in ((first, "in"), (second, "sag")):
        shutil.copy(path, folder / f"{name}.nii.gz")
        shutil.copy(path.with_name(path.name.replace(".nii.gz", ".json")), folder / f"{name}.json")
    shutil.rmtree(folder / "pair")
    return folder


@pytest.fixture
def scans(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in a copy of that folder, in which no view may be changed."""
    shutil.copytree(made, tmp_path / "scans")
    monkeypatch.chdir(tmp_path / "scans")
    yield tmp_path / "scans"
    for name in ("in.nii.gz", "in.json", "sag.nii.gz", "sag.json"):
        assert (tmp_path / "scans" / name).read_bytes() == (made / name).read_bytes()


def contents(folder: Path) -> dict[str, bytes]:
    """Files below a folder."""
    return {str(path): path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")}


def reconstruct(*arguments: object) -> int:
    return main(["reconstruct", "in.nii.gz", "sag.nii.gz", *map(str, arguments)])


@pytest.fixture
def refused(scans: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Check that arguments are refused on one line, before a view is read, and that nothing changes."""

    def never(*_: object) -> None:
        raise AssertionError("a view was read")

    monkeypatch.setattr(reconstruct_command, "load_acquired", never)

    def check(*arguments: object, said: str, command: list[str] | None = None) -> None:
        before = contents(scans)
        whole = command or ["reconstruct", "in.nii.gz", "sag.nii.gz"]
        assert main([*whole, *map(str, arguments)]) == 2
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == 1 and said in lines[0], lines
        assert contents(scans) == before

    return check


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("in.nii.gz", "is the same file as the input view in.nii.gz"),
        ("./in.nii.gz", "is the same file as the input"),
        ("../scans/sag.nii.gz", "is the same file as the input view sag.nii.gz"),
        ("linked.nii.gz", "is the same file as the input"),
        ("hard.nii.gz", "is the same file as the input"),
        ("there/in.nii.gz", "is the same file as the input"),
        ("in.nii", "(the sidecar of in.nii): is the same file as the input view in.json"),
        ("bare.nii", "is the same file as the input"),
        ("iso.mgz", "expected a file name that ends in .nii.gz or .nii"),
        ("iso", "ends in .nii.gz"),
        ("iso.nii.gz.bak", "ends in .nii.gz"),
        (".nii.gz", "ends in .nii.gz"),
        ("folder/", "names a folder"),
        (".", "names a folder"),
        ("..", "names a folder"),
        ("", "names a folder"),
        ("/", "names a folder"),
        ("/dev/null", "ends in .nii.gz"),
        ("folder.nii.gz", "is a folder"),
        ("pipe.nii.gz", "is a device or no regular file"),
        ("no/such/folder/iso.nii.gz", "there is no folder no/such/folder; make it (mkdir -p"),
        ("in.json/iso.nii.gz", "in.json is no folder"),
        ("n" * 300 + ".nii.gz", "File name too long"),
        ("round.nii.gz", "Too many levels of symbolic links"),
        ("\udcff.nii.gz", "not UTF-8"),
    ],
)
def test_outputs(scans: Path, refused, output: str, said: str) -> None:
    (scans / "linked.nii.gz").symlink_to("in.nii.gz")
    (scans / "round.nii.gz").symlink_to("round.nii.gz")
    os.link("sag.nii.gz", "hard.nii.gz")
    (scans / "there").symlink_to(scans)
    (scans / "folder").mkdir()
    (scans / "folder.nii.gz").mkdir()
    os.mkfifo("pipe.nii.gz")
    if output == "bare.nii":  # the sidecar that it would get belongs to a view without one so far
        shutil.copy("in.nii.gz", "bare.nii.gz")
        command = ["reconstruct", "bare.nii.gz", "sag.nii.gz"]
        refused("-o", output, "--overwrite", *QUICKLY, said=said, command=command)
        return
    refused("-o", output, "--overwrite", *QUICKLY, said=said)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--report", "in.json"], "ends in .html"),
        (["--report", "iso.nii.gz"], "ends in .html"),
        (["--report", "folder/"], "names a folder"),
        (["--report", "folder.html"], "is a folder"),
        (["--report", "in.nii.gz/page.html"], "in.nii.gz is no folder"),
        (["--report", "none/page.html"], "there is no folder none"),
        (["--transforms", "in.nii.gz"], "is no folder"),
        (["--transforms", "iso.nii.gz"], "is the same file as --transforms iso.nii.gz"),
        (["--transforms", "none/deep"], "there is no folder none"),
        (["--transforms", ""], "expected a folder"),
        (["--model", "in.json/m.safetensors"], "in.json is no folder"),
        (["--model", "m.pt"], "ends in .safetensors"),
        (["--model", "m.safetensors", "--method", "tv"], "trains no model"),
        (["--seed", "-1"], "expected a whole number from 0"),
        (["--seed", str(2**32)], "expected a whole number from 0"),
        (["--seed", "1.5"], "expected a whole number from 0"),
        (["--spacing", "0"], "expected a length in mm"),
        (["--spacing", "-1"], "expected a length in mm"),
        (["--spacing", "nan"], "expected a length in mm"),
        (["--spacing", "inf"], "expected a length in mm"),
        (["--spacing", "1e-300"], "expected a length in mm"),
        (["--spacing", "1e9"], "expected a length in mm"),
        (["--spacing", "fine"], "expected a length in mm"),
        (["--method", "magic"], "expected one of linear"),
        (["--method", "pretraind"], "did you mean pretrained? expected one of linear"),
        (["--method", "TV"], "did you mean tv?"),
        (["--method", "population-prior"], "learns from isotropic references of other persons"),
        (["--methods", "tv"], "takes no value; choose one with --method tv"),
        (["--thickness", "4,4,4"], "states 3 slice thicknesses, and there are 2 views"),
        (["--thickness", "4,thick"], "'thick': expected a length in mm"),
        (["--thickness", "0"], "'0': expected a length in mm"),
        (["--threads", "0"], "'0': expected a whole number from 1"),
        (["--threads", "two"], "'two': expected a whole number from 1"),
        (["-v", "-q"], "not allowed with"),
        (["--method", ""], "--method '': expected one of linear"),
        (["--contrasts", "T1w,T2w,PDw"], "states 3 contrasts of 2 views"),
        (["--contrasts", "../T1w"], "letters and digits"),
        (["--device", "gpu"], "invalid choice: 'gpu' (choose from"),
        (["--device", "cuda"], "--device cuda: PyTorch sees no GPU"),
        (["--device", "cuda", "--method", "tv"], "--device cuda: PyTorch sees no GPU"),
        (["--no-such-option"], "unrecognized arguments"),
        (["sag.nii.gz"], "is the same file as sag.nii.gz"),
        (["./in.nii.gz"], "is the same file as in.nii.gz"),
        (["missing.nii.gz"], "no such file"),
        (["folder"], "is a folder"),
        (["pipe.nii.gz"], "is no regular file"),
    ],
)
def test_arguments(
    scans: Path, refused, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    (scans / "folder").mkdir()
    (scans / "folder.html").mkdir()
    os.mkfifo("pipe.nii.gz")
    command = ["reconstruct", "in.nii.gz", "sag.nii.gz"]
    if not arguments[0].startswith("-"):
        command.append(arguments.pop(0))
    refused(*arguments, "-o", "iso.nii.gz", said=said, command=command)


def test_outputs_of_one_contrast_each(scans: Path, refused) -> None:
    shutil.copy("in.nii.gz", "iso_T1w.nii.gz")
    command = ["reconstruct", "iso_T1w.nii.gz", "sag.nii.gz", "--contrasts", "T1w,T2w"]
    refused("-o", "iso.nii.gz", "--overwrite", said="is the same file as the input", command=command)
    command = ["reconstruct", "in.nii.gz", "sag.nii.gz", "--contrasts", "t1w,T1w"]
    refused("-o", "iso.nii.gz", said="not by case alone", command=command)


@pytest.mark.parametrize("name", ["iso.nii.gz", "iso.json", "page.html", "xf/in_xfm.tfm"])
def test_outputs_that_exist_stay_unless_told_otherwise(
    scans: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (scans / "xf").mkdir()
    (scans / name).write_text("precious")
    given = ("-o", "iso.nii.gz", "--transforms", "xf", *QUICKLY)
    asked = (*given, "--report", "page.html") if name == "page.html" else given
    assert reconstruct(*asked) == 2
    assert f"{name}: exists already; choose another name, or add --overwrite" in capsys.readouterr().err
    assert (scans / name).read_text() == "precious" and len(list(scans.iterdir())) == 5 + (name[0] != "x")
    if name == "page.html":
        return
    assert reconstruct(*given, "--overwrite") == 0
    assert (scans / name).read_bytes() != b"precious"


def test_a_method_that_needs_two_planes_is_refused_before_views_are_placed(
    scans: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(body, "place_contrasts", None)
    assert main(["reconstruct", "in.nii.gz", "-o", "iso.nii.gz", "--method", "self-prior"]) == 2
    assert "--method self-prior: learns from views of two planes" in capsys.readouterr().err


def test_a_sidecar_in_capitals_is_replaced_like_any_other(scans: Path) -> None:
    """A second one beside it would make the volume one that nobody can read."""
    Path("iso.JSON").write_text("{}")
    assert reconstruct("-o", "iso.nii.gz", *QUICKLY) == 2
    assert reconstruct("-o", "iso.nii.gz", *QUICKLY, "--overwrite") == 0
    assert {path.name for path in scans.glob("iso*")} == {"iso.JSON", "iso.nii.gz"}
    assert sidecar_of("iso.nii.gz").name == "iso.JSON"
    assert "Views" in Path("iso.JSON").read_text()


def test_a_link_to_nothing_is_no_place_for_an_output(scans: Path, refused) -> None:
    (scans / "iso.nii.gz").symlink_to("annexed")
    refused("-o", "iso.nii.gz", *QUICKLY, said="exists already")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs /proc, where nobody can make files")
def test_a_folder_that_takes_no_files(refused) -> None:
    refused("-o", "/proc/self/iso.nii.gz", *QUICKLY, said="takes no files")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-o", "in.nii.gz", "--like", "in.nii.gz"], "is the same file as the input --like in.nii.gz"),
        (["-o", "in.nii", "--like", "in.nii.gz"], "is the same file as the input --like in.json"),
        (["-o", "sag.nii.gz", "--spacing", "1", "--along", "sag.nii.gz"], "the input --along sag.nii.gz"),
        (["-o", "m.safetensors", "--spacing", "1"], "ends in .nii.gz"),
        (["-o", "m.nii.gz", "--spacing", "1"], "is the same file as the input model m.safetensors"),
        (["-o", "iso.nii.gz", "--spacing", "1", "--width", "9"], "--width: goes with --along"),
        (
            ["-o", "iso.nii.gz", "--spacing", "1", "--along", "sag.nii.gz", "--width", "1"],
            "less than two voxels",
        ),
        (["-o", "iso.nii.gz", "--like", "in.nii.gz", "--along", "sag.nii.gz"], "leave one of them out"),
        (["-o", "iso.nii.gz", "--spacing", "nan"], "expected a length in mm"),
        (["-o", "iso.nii.gz", "--like", "missing.nii.gz"], "no such file"),
        (["-o", "iso.nii.gz", "--spacing", "1", "--device", "cuda"], "--device cuda: PyTorch sees no GPU"),
        (["-o", "iso.nii.gz", "--spacing", "1", "--threads", "-1"], "expected a whole number from 1"),
        (["-o", "iso.nii.gz"], "--spacing"),
    ],
)
def test_resampling(
    scans: Path, refused, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    (scans / "m.safetensors").write_bytes(b"model")
    os.link("m.safetensors", "m.nii.gz")
    refused(*arguments, "--overwrite", said=said, command=["resample", "m.safetensors"])


@pytest.mark.parametrize("how", ["as it is", "turned over", "axes swapped", "brighter", "as whole numbers"])
def test_a_copy_of_a_view_is_refused(scans: Path, capsys: pytest.CaptureFixture[str], how: str) -> None:
    data, affine = load_volume("in.nii.gz")
    if how == "turned over":
        affine = affine @ np.array([[-1, 0, 0, len(data) - 1], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
        data = np.ascontiguousarray(data[::-1])
    elif how == "axes swapped":
        data, affine = np.swapaxes(data, 0, 2), affine[:, [2, 1, 0, 3]]
    elif how == "brighter":
        data = data * np.float32(2.5)
    elif how == "as whole numbers":
        data = np.rint(data / data.max() * 255).astype(np.uint8)
    save_volume("copy.nii", data, affine, json.loads(Path("in.json").read_text()))
    assert main(["reconstruct", "in.nii.gz", "sag.nii.gz", "copy.nii", "-o", "iso.nii.gz", *QUICKLY]) == 2
    assert "copy.nii holds the same voxels as in.nii.gz" in capsys.readouterr().err
    assert not Path("iso.nii.gz").exists()


def test_a_grid_that_does_not_fit_is_refused_with_one_that_does(
    scans: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("views were placed")

    monkeypatch.setattr(memory, "machine_memory_mb", lambda: 2000.0)
    with monkeypatch.context() as patched:
        patched.setattr(body, "place_contrasts", never)
        for spacing in ("0.001", "0.03"):
            assert reconstruct("-o", "iso.nii.gz", *QUICKLY, "--spacing", spacing) == 2
            (line,) = [x for x in capsys.readouterr().err.splitlines() if x.startswith("error")]
            assert f"--spacing {spacing}: " in line and "GB of memory" in line and "would fit" in line
        assert list(scans.glob("iso*")) == []
    fits = line.split("a spacing of ")[1].split(" mm")[0]
    views = [one.view for one in map(reconstruct_command.load_acquired, ("in.nii.gz", "sag.nii.gz"))]
    grid = body.BodyGrid(float(fits)).over(views, views)
    needed = memory.reconstruct_mb("linear", None, [view.data.size for view in views], ())
    memory.check_memory("", grid, float(fits), needed)
    assert needed(memory.count(grid)) > 1800  # and hardly a coarser one


@pytest.mark.parametrize("names", [("A/T2w.nii.gz", "B/T2w.nii.gz"), ("A/t2w.nii.gz", "B/T2w.nii.gz")])
def test_views_of_one_name_get_a_transform_each(scans: Path, names: tuple[str, str]) -> None:
    for name, source in zip(names, ("in", "sag"), strict=True):
        Path(name).parent.mkdir()
        shutil.copy(f"{source}.nii.gz", name)
        shutil.copy(f"{source}.json", name.replace(".nii.gz", ".json"))
    assert main(["reconstruct", *names, "-o", "iso.nii.gz", *QUICKLY, "--transforms", "xf"]) == 0
    stems = [Path(name).name.removesuffix(".nii.gz") for name in names]
    assert sorted(os.listdir("xf")) == sorted(f"{stem}_view-{n}_xfm.tfm" for n, stem in enumerate(stems, 1))
    record = json.loads(Path("iso.json").read_text())
    expected = list(names) if stems[0] == stems[1] else [Path(name).name for name in names]
    assert record["Sources"] == expected == [view["Source"] for view in record["Views"]]


def test_the_volume_is_saved_before_anything_that_may_fail(
    scans: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error", "page.html")

    monkeypatch.setattr(reconstruct_command, "report_page", fail)
    monkeypatch.setattr(reconstruct_command, "COMPARED", ())
    assert reconstruct("-o", "iso.nii.gz", *QUICKLY, "--report", "page.html", "--transforms", "xf") == 2
    assert "error: [Errno 5]" in capsys.readouterr().err
    assert nib.load("iso.nii.gz").shape and len(os.listdir("xf")) == 2
    assert not list(scans.glob(".writing*")) and not Path("page.html").exists()


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_file_that_came_meanwhile_stays_and_so_does_the_result(
    scans: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, overwrite: bool
) -> None:
    """As of a second command with the same output."""
    place = body.place_contrasts

    def other_command_ends(*arguments: object) -> object:
        Path("iso.nii.gz").write_text("of the other")
        Path("iso_2.nii.gz").write_text("of a third")
        return place(*arguments)

    monkeypatch.setattr(body, "place_contrasts", other_command_ends)
    assert reconstruct("-o", "iso.nii.gz", *QUICKLY, *["--overwrite"] * overwrite) == 0
    assert Path("iso_2.nii.gz").read_text() == "of a third"
    if overwrite:
        assert nib.load("iso.nii.gz").shape
    else:
        assert Path("iso.nii.gz").read_text() == "of the other"
        assert (
            nib.load("iso_3.nii.gz").shape and Path("iso_3.json").exists() and not Path("iso.json").exists()
        )
        assert "writing iso_3.nii.gz instead" in caplog.text


def test_an_uncompressed_volume_is_written_as_such(scans: Path) -> None:
    assert reconstruct("-o", "iso.nii", *QUICKLY) == 0
    assert np.ptp(load_volume("iso.nii")[0]) > 0 and Path("iso.json").exists()


def test_every_option_of_a_file_is_checked() -> None:
    """A new option that writes a file must be put through the same checks."""
    from isospine.cli.parser import parser

    (commands,) = (action for action in parser()._actions if action.dest == "command")
    written = {
        action.dest
        for name in ("reconstruct", "resample")
        for action in commands.choices[name]._actions
        if getattr(action.type, "__module__", "") == "isospine.cli.arguments"
        and action.type.__name__ in ("file", "folder")
    }
    assert written == {
        "views",
        "output",
        "model",
        "transforms",
        "report",
        "along",
        "like",
        "earlier",
        "changes",
        "segmentation",
        "levels",
    }
    assert checks.files is files


def test_a_volume_that_is_not_finite_is_named_after_its_method_and_not_written(
    scans: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(name: str):
        return lambda view_set: np.full(view_set.grid.shape, np.nan, np.float32)

    monkeypatch.setattr(body, "baseline_method", broken)
    assert reconstruct("-o", "iso.nii.gz", *QUICKLY, "--transforms", "xf") == 2
    assert "iso.nii.gz, by linear: " in capsys.readouterr().err
    assert not list(scans.glob("iso*")) and not Path("xf").exists()


@pytest.mark.slow
def test_intensities_near_the_limit_of_single_precision(scans: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    factor = 2.0**117
    monkeypatch.setattr(reconstruct_command, "COMPARED", ("linear",))
    assert reconstruct("-o", "iso.nii.gz", "--method", "tikhonov") == 0
    expected, _ = load_volume("iso.nii.gz")
    for name in ("in", "sag"):
        data, affine = load_volume(f"{name}.nii.gz")
        save_volume(
            f"large-{name}.nii",
            data * np.float32(factor),
            affine,
            json.loads(Path(f"{name}.json").read_text()),
        )
    arguments = ["large-in.nii", "large-sag.nii", "-o", "large.nii.gz", "--method", "tikhonov"]
    assert main(["reconstruct", *arguments, "--report", "page.html"]) == 0
    np.testing.assert_array_equal(load_volume("large.nii.gz")[0], expected * np.float32(factor))
    assert "Tikhonov" in Path("page.html").read_text()


def test_outputs_are_named_by_their_contrast() -> None:
    both = ["T1w", "T2w"]
    assert checks.own_path(Path("a/iso.nii.gz"), "T1w", both) == Path("a/iso_T1w.nii.gz")
    assert checks.own_path(Path("a/iso_T1w.nii"), "T1w", both) == Path("a/iso_T1w.nii")
    assert checks.own_path(Path("a/iso.v2.safetensors"), "T2w", both) == Path("a/iso.v2_T2w.safetensors")
    assert checks.own_path(Path("a/iso.nii.gz"), "T1w", ["T1w", "T1w"]) == Path("a/iso.nii.gz")
