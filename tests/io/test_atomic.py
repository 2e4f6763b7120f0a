import json
import os
import stat
from pathlib import Path

import pytest
from support.datasets import refuses

from isospine.io.atomic import atomic_path, read_json, write_json, write_text


def test_the_file_appears_whole_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "deep" / "a.nii.gz"
    with atomic_path(path) as temporary:
        temporary.write_text("content")
        assert temporary.suffixes == path.suffixes
        assert not path.exists()
    assert path.read_text() == "content"
    assert os.listdir(path.parent) == ["a.nii.gz"]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), atomic_path(path) as temporary:
        temporary.write_text("half")
        1 / 0  # noqa: B018
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_an_error_before_anything_is_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), atomic_path(tmp_path / "a.txt"):
        1 / 0  # noqa: B018
    assert os.listdir(tmp_path) == []


def test_whatever_is_left_beside_a_file_that_failed_goes_too(tmp_path: Path) -> None:
    """As nibabel leaves an .hdr and an .img for a name that it takes for another format."""
    with pytest.raises(ZeroDivisionError), atomic_path(tmp_path / "a.mgz") as temporary:
        temporary.with_suffix(".hdr").write_text("")
        (temporary.parent / "folder").mkdir()
        1 / 0  # noqa: B018
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["", ".", "..", "folder", "folder/", "pipe", "/dev/null", "/"])
def test_only_files_are_replaced(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    os.mkfifo("pipe")
    with refuses("is a folder or a device"):
        write_text(name, "content")
    assert sorted(os.listdir(tmp_path)) == ["folder", "pipe"] and os.listdir("folder") == []


def test_files_have_the_permissions_that_the_user_gives_to_new_files(tmp_path: Path) -> None:
    write_text(tmp_path / "atomic.txt", "")
    (tmp_path / "plain.txt").write_text("")
    atomic, plain = (stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("atomic.txt", "plain.txt"))
    assert atomic == plain


def test_an_unwritable_folder_is_refused(tmp_path: Path) -> None:
    """A file stands where a folder is needed: permissions do not stop the superuser."""
    blocked = tmp_path / "results"
    blocked.write_text("")
    for path in (blocked / "a.txt", blocked / "deeper" / "a.txt"):
        with refuses(str(path.parent), "cannot write there", "writable output folder", "--directory"):
            write_text(path, "content")
    assert blocked.read_text() == ""


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs /proc, where nobody can make files")
def test_a_folder_that_takes_no_files_is_refused() -> None:
    with refuses("/proc/self", "cannot write there"):
        write_text("/proc/self/a.txt", "content")


def test_json_round_trip_keeps_order_and_letters(tmp_path: Path) -> None:
    path = tmp_path / "with spaces.json"
    content = {"b": 1, "a": [1.5, None], "name": "Zürich"}
    write_json(path, content)
    assert list(read_json(path).items()) == list(content.items())
    assert "Zürich" in path.read_text(encoding="utf-8")
    assert path.read_bytes().endswith(b"}\n")


@pytest.mark.parametrize("content", [b"{", b"", json.dumps([1]).encode()])
def test_what_is_no_json_object_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with refuses(str(path), "JSON"):
        read_json(path)


def test_a_key_of_two_values_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"a": 1, "b": {"c": 3, "c": 3}, "a": 1}')
    assert read_json(path) == {"a": 1, "b": {"c": 3}}
    path.write_text('{"a": 1, "b": {"SliceThickness": 3, "SliceThickness": 5}}')
    with refuses(str(path), "'SliceThickness' two values", "keep one"):
        read_json(path)
