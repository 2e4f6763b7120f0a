import codecs
import json
import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.datasets import refuses

from isospine.io.atomic import read_json, sha256_of
from isospine.io.nifti import load_volume
from isospine.io.text import DEEPEST, LARGEST_TEXT, check_regular, is_deep, open_regular, read_text
from isospine.io.yaml import load_yaml

READERS: list[Callable[[Path], object]] = [read_text, read_json, load_yaml, open_regular, sha256_of]


@pytest.fixture
def hurried() -> Iterator[None]:
    """End a test that waits for a pipe."""

    def stop(number: int, frame: object) -> None:
        raise AssertionError("it waits")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(10)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(params=["named pipe", "socket", "folder", "device", "link to a named pipe"])
def odd(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, str]:
    """Something that is no file, and what it is called."""
    path, what = tmp_path / "odd.json", str(request.param)
    if what == "folder":
        path.mkdir()
    elif what == "socket":
        monkeypatch.chdir(tmp_path)  # the address of a socket must be short
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    elif what == "device":
        path.symlink_to("/dev/zero")
    elif what == "named pipe":
        os.mkfifo(path)
    else:
        os.mkfifo(tmp_path / "pipe")
        path.symlink_to("pipe")
    return path, what.removeprefix("link to a ")


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("read", READERS)
def test_what_is_no_file_is_refused_and_not_waited_for(
    odd: tuple[Path, str], read: Callable[[Path], object]
) -> None:
    path, what = odd
    with refuses(str(path), f"is a {what}", "expected a regular file"):
        read(path)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("suffix", ["nii", "nii.gz"])
def test_an_image_that_is_no_file_is_refused(odd: tuple[Path, str], suffix: str) -> None:
    path, what = odd
    image = path.rename(path.with_name(f"odd.{suffix}"))
    with refuses(str(image), f"is a {what}"):
        load_volume(image)


def test_links_to_files_are_read_and_missing_files_are_missing(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"a": 1}')
    (tmp_path / "link.json").symlink_to("a.json")
    (tmp_path / "circle.json").symlink_to("circle.json")
    assert read_json(tmp_path / "link.json") == {"a": 1}
    for read in READERS:
        with pytest.raises(FileNotFoundError):
            read(tmp_path / "none.json")
        with refuses("circle.json", "cannot be read"):
            read(tmp_path / "circle.json")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_a_file_that_must_not_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    (tmp_path / "a.json").chmod(0)
    check_regular(tmp_path / "a.json")
    with refuses("a.json", "Permission denied", "check its permissions"):
        read_text(tmp_path / "a.json")


@pytest.mark.parametrize("name", ["a.json", "a.yml"])
def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(codecs.BOM_UTF8 + '{"name": "Zürich"}'.encode())
    read: Callable[[Path], object] = read_json if name.endswith("json") else load_yaml
    assert read(path) == {"name": "Zürich"}


@pytest.mark.parametrize("read", [read_json, load_yaml, read_text])
@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "latin-1"]
)
def test_text_in_another_encoding_is_refused_and_named(
    tmp_path: Path, read: Callable[[Path], object], encoding: str
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes('{"name": "Zürich"}'.encode(encoding))
    named = "Latin-1" if encoding == "latin-1" else "UTF-16"
    with refuses(str(path), named, "expected text in UTF-8"):
        read(path)


def test_text_has_a_largest_size(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"a": "' + "x" * (LARGEST_TEXT - 9) + '"}')
    assert len(read_text(path)) == LARGEST_TEXT and read_json(path)["a"]
    with path.open("a") as file:
        file.write(" ")
    with refuses(str(path), f"has {LARGEST_TEXT + 1} bytes", f"at most {LARGEST_TEXT}"):
        read_json(path)
    with path.open("wb") as file:
        file.truncate(10 * 2**30)  # sparse: it takes no memory to refuse it
    with refuses("a.json", "at most"):
        load_yaml(path)


def test_json_that_goes_too_deep_is_refused_wherever_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for depth, good in ((DEEPEST, True), (DEEPEST + 1, False), (900, False), (100_000, False)):
        path.write_text('{"a":' * (depth - 1) + "[]" + "}" * (depth - 1))
        if good:
            assert read_json(path)
        else:
            with refuses(str(path), "not valid JSON", f"more than {DEEPEST} deep"):
                read_json(path)


def test_depth_counts_lists_and_maps() -> None:
    deep: object = 1
    for _ in range(DEEPEST // 2):
        deep = {"a": [deep, 2]}
    assert not is_deep(deep) and is_deep([deep]) and not is_deep(3) and not is_deep("text" * 1000)


def test_what_git_annex_leaves_in_place_of_content_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("/annex/objects/MD5E-s3--0.json\n")
    with refuses(str(path), "git-annex", "datalad get"):
        read_json(path)
    image = path.rename(tmp_path / "a.nii.gz")
    with refuses(str(image), "git-annex", "datalad get"):
        load_volume(image)


def test_the_bound_of_json_is_that_of_memory(tmp_path: Path) -> None:
    """A text of the largest size of many small values takes some 100 MB when it is parsed."""
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"a": [[]] * (LARGEST_TEXT // 5)}))
    assert len(read_json(path)["a"]) > 800_000
