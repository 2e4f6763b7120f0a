"""Remotes that fail, are slow to answer or never do: a dataset served over HTTP by the test itself."""

import http.server
import socket
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from support import datasets
from support.datasets import image_paths, make_bids, refuses
from support.snakemake import NO_NETWORK

from isospine.dataset import transfer
from isospine.dataset.annex import annex_key
from isospine.dataset.clone import clone_dataset
from isospine.dataset.environment import datalad_environment
from isospine.dataset.fetch import fetch_file
from isospine.errors import PassingError

IMAGES = image_paths(["01", "02"])
STALL = 0

pytestmark = pytest.mark.fault


class Server:
    """A folder over HTTP that can be told to fail.

    Attributes
    ----------
    asked : list of str
        The paths of all requests.
    """

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        self.part, self.status, self.left = "", 0, 0
        self.closing = threading.Event()
        server = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path)
                if server.part not in self.path or server.left < 1:
                    return super().do_GET()
                server.left -= 1
                if server.status == STALL:
                    server.closing.wait(60)
                else:
                    self.send_error(server.status)

            def do_HEAD(self) -> None:
                self.do_GET()

            def log_message(self, *_: object) -> None:
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.http.server_port}/data/.git"

    def fail(self, status: int, times: int = 1000, part: str = "") -> None:
        """Answer the next requests whose path has a part in it with a status, or not at all (STALL)."""
        self.status, self.left, self.part = status, times, part
        self.asked.clear()

    def close(self) -> None:
        self.closing.set()
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("served")
    root = make_bids(folder / "data", IMAGES, volumes=True)
    (root / ".gitattributes").write_text(
        "* annex.largefiles=nothing\n*.nii.gz filter=annex annex.largefiles=anything\n"
    )
    with datalad_environment():
        datasets.run_git(root, "init", "--quiet", "--initial-branch=master")
        datasets.run_git(root, "annex", "init", "--quiet", "origin")
        datasets.save(root, "r1", locked=False)
        datasets.run_git(root, "annex", "merge", "--quiet")
        datasets.run_git(root, "update-server-info")
    server = Server(folder)
    yield server
    server.close()


@pytest.fixture
def server(served: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    for name in NO_NETWORK:  # git-annex would ask it for local addresses too
        monkeypatch.delenv(name)
    # git-annex asks local addresses only where that is allowed
    datasets.allow_local_addresses(tmp_path.with_name(f"{tmp_path.name}-home"), monkeypatch)
    served.fail(0, 0)
    return served


@pytest.fixture
def clone(server: Server, tmp_path: Path) -> Path:
    clone_dataset(server.url, "r1", tmp_path / "clone")
    return tmp_path / "clone"


def fetch(clone: Path, destination: Path, keep: bool = True) -> None:
    key = annex_key(clone / IMAGES[0])
    assert key is not None
    fetch_file(clone, IMAGES[0], key, "n/a", "n/a", destination, keep=keep)


def tries(text: str) -> list[str]:
    return [line.split(":")[0] for line in text.splitlines() if line.startswith("Try ")]


# git asks for several objects at a time
@pytest.mark.parametrize(("part", "times"), [("info/refs", 2), ("/objects/", 1)])
def test_clone_after_failures(
    server: Server, tmp_path: Path, capfd: pytest.CaptureFixture[str], part: str, times: int
) -> None:
    server.fail(503, times, part)
    clone_dataset(server.url, "r1", tmp_path / "out" / "clone")
    said = capfd.readouterr().out
    assert tries(said) == ["Try 1 of 4", "Try 2 of 4"][:times] and "503" in said
    assert (tmp_path / "out" / "clone" / IMAGES[0]).is_file()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["clone"]


def test_remote_that_is_down(server: Server, tmp_path: Path) -> None:
    server.fail(503)
    with refuses(server.url, "could not be cloned", "503", "check the address"):
        clone_dataset(server.url, "r1", tmp_path / "clone")
    assert len(server.asked) == 4 and not list(tmp_path.iterdir())


def test_dataset_that_is_not_there_is_asked_for_once(server: Server, tmp_path: Path) -> None:
    with refuses("nowhere", "could not be cloned", "not found", "check the address"):
        clone_dataset(server.url.replace("data", "nowhere"), "r1", tmp_path / "clone")
    assert len([path for path in server.asked if "service=git-upload-pack" in path]) == 1


def test_clone_of_a_remote_that_never_answers(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GIT_HTTP_LOW_SPEED_TIME", "1")
    server.fail(STALL, 1, "info/refs")
    clone_dataset(server.url, "r1", tmp_path / "clone")
    assert "Operation too slow" in capfd.readouterr().out


def test_get_after_failures(clone: Path, server: Server, capfd: pytest.CaptureFixture[str]) -> None:
    server.fail(503, 4, "annex/objects")  # two places are asked in each try
    fetch(clone, clone.parent / "image.nii.gz")
    said = capfd.readouterr().out
    assert tries(said) == ["Try 1 of 4", "Try 2 of 4"] and "Service Unavailable" in said
    assert annex_key(clone.parent / "image.nii.gz") is None


def test_content_that_the_remote_lost_is_asked_for_once(clone: Path, server: Server) -> None:
    server.fail(404, 1000, "annex/objects")
    with refuses(IMAGES[0], "not available from any remote", "asked origin", "Not Found"):
        fetch(clone, clone.parent / "image.nii.gz")
    assert len(server.asked) == 2
    assert [path.name for path in clone.parent.iterdir()] == ["clone"]


def test_get_from_a_remote_that_never_answers(
    clone: Path, server: Server, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(transfer, "PATIENCE", 1.0)
    server.fail(STALL, 1, "annex/objects")
    fetch(clone, clone.parent / "image.nii.gz")
    assert tries(capfd.readouterr().out) == ["Try 1 of 4"]


def test_remote_that_did_not_answer_when_it_was_cloned(server: Server, tmp_path: Path) -> None:
    """git-annex then takes it for one that has no annex, for good."""
    server.fail(503, 1000, "/config")
    clone_dataset(server.url, "r1", tmp_path / "clone")
    server.fail(0, 0)
    fetch(tmp_path / "clone", tmp_path / "image.nii.gz")
    assert annex_key(tmp_path / "image.nii.gz") is None


def test_content_is_dropped_if_the_remote_says_that_it_holds_it(
    clone: Path, server: Server, capfd: pytest.CaptureFixture[str]
) -> None:
    fetch(clone, clone.parent / "image.nii.gz")
    server.fail(503, 1000, "annex/objects")
    fetch(clone, clone.parent / "image.nii.gz", keep=False)
    assert "The content stays" in capfd.readouterr().out
    assert datasets.own_content(clone, clone / IMAGES[0])
    server.fail(0, 0)
    fetch(clone, clone.parent / "image.nii.gz", keep=False)
    assert not datasets.own_content(clone, clone / IMAGES[0])


def test_stalled_command_is_ended_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "PATIENCE", 0.3)
    file = tmp_path / "grows"
    command = ["sh", "-c", f"for i in 1 2 3; do echo >> {file}; sleep 0.2; done; sleep 60 & wait"]
    with pytest.raises(PassingError, match="stalled"):
        transfer.run_patiently(command, tmp_path, tmp_path)
    assert file.stat().st_size == 3, "not before it stalled"
    assert transfer.run_patiently(["sh", "-c", "echo a; exit 3"], tmp_path, tmp_path).stdout == "a\n"


def test_pauses_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.undo()
    monkeypatch.setattr(time, "sleep", slept.append)

    def fail() -> None:
        raise PassingError("down")

    with pytest.raises(PassingError, match="down"):
        transfer.try_again(fail)
    assert len(slept) == 3 and slept == sorted(slept) and slept[0] >= 1.5 and slept[-1] <= 40


def test_address_at_which_nothing_listens(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with refuses("could not be cloned", "connect", "check the address"):
            clone_dataset(f"http://127.0.0.1:{free.getsockname()[1]}/data", "r1", tmp_path / "clone")
