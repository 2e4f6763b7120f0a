"""What a repository's configuration or the caller's environment names is not run, nor does it change an answer."""

import os
import subprocess
from pathlib import Path

import pytest
from support.datasets import refuses

from isospine.dataset.source import describe_source
from isospine.io.git import find_commit, git, resolve_commit, without_callers_git
from isospine.jobs import provenance

WHO = ("-c", "user.name=a", "-c", "user.email=a@b")


def run(folder: Path, *arguments: str) -> str:
    command = ["git", *WHO, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def commit_file(folder: Path, name: str) -> str:
    """Make a repository with one commit; give the commit."""
    folder.mkdir(parents=True)
    (folder / name).write_text(name)
    run(folder, "init", "--quiet", "--initial-branch=main")
    run(folder, "add", name)
    run(folder, "commit", "--quiet", "--message", name)
    return run(folder, "rev-parse", "HEAD")


def promise(folder: Path, **settings: str) -> None:
    """Have a repository lack the commit of its branch, and name a command that gets it."""
    missing = "1234567890" * 4
    (folder / ".git/refs/heads/main").write_text(f"{missing}\n")
    for key, value in {
        "core.repositoryformatversion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "protocol.ext.allow": "always",
        "protocol.file.allow": "always",
        **{key.replace("__", "."): value for key, value in settings.items()},
    }.items():
        run(folder, "config", key, value)


WAYS = {
    "ext": {"remote__origin__url": "ext::sh -c touch% MARK"},
    "ssh": {"remote__origin__url": "ssh://host/x", "core__sshCommand": "touch MARK;"},
    "uploadpack": {"remote__origin__url": "/tmp", "remote__origin__uploadpack": "touch MARK;"},
}


@pytest.mark.parametrize("way", WAYS)
def test_what_is_missing_is_got_by_no_command(tmp_path: Path, way: str) -> None:
    data, mark = tmp_path / "data", tmp_path / "mark"
    commit_file(data, "dataset_description.json")
    promise(data, **{key: value.replace("MARK", str(mark)) for key, value in WAYS[way].items()})
    subprocess.run(["git", "rev-parse", "HEAD^{commit}"], cwd=data, check=False, capture_output=True)
    assert mark.exists(), "git itself would run it"
    mark.unlink()
    assert find_commit(data, "HEAD") == ""
    with refuses("dataset.source", str(data), "partial clone", "without --filter"):
        describe_source(str(data), None, ["T2w"], tmp_path)
    assert not mark.exists()


def test_no_monitor_and_no_hook_of_a_repository_runs(tmp_path: Path) -> None:
    data, mark = tmp_path / "data", tmp_path / "mark"
    commit = commit_file(data, "a")
    run(data, "config", "core.fsmonitor", f"touch {mark};")
    run(data, "config", "core.hooksPath", str(tmp_path / "hooks"))
    (tmp_path / "hooks").mkdir()
    for name in ("post-checkout", "post-index-change", "reference-transaction"):
        (tmp_path / "hooks" / name).write_text(f"#!/bin/sh\ntouch {mark}\n")
        (tmp_path / "hooks" / name).chmod(0o755)
    subprocess.run(["git", "status"], cwd=data, check=True, capture_output=True)
    assert mark.exists(), "git itself would run it"
    mark.unlink()
    assert git(data, "status", "--porcelain").returncode == 0
    assert git(data, "checkout", "--quiet", "--force", "--detach", commit).returncode == 0
    assert not mark.exists()


def test_variables_of_the_caller_are_about_other_repositories(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, other = commit_file(tmp_path / "data", "a"), commit_file(tmp_path / "other", "b")
    assert commit != other
    for name, value in {
        "GIT_DIR": str(tmp_path / "other/.git"),
        "GIT_WORK_TREE": str(tmp_path / "other"),
        "GIT_INDEX_FILE": str(tmp_path / "other/.git/index"),
        "GIT_OBJECT_DIRECTORY": str(tmp_path / "other/.git/objects"),
        "GIT_NAMESPACE": "x",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.bare",
        "GIT_CONFIG_VALUE_0": "nonsense",
        "GIT_SSH_COMMAND": "ssh -p 22",
        "GIT_AUTHOR_NAME": "me",
    }.items():
        monkeypatch.setenv(name, value)
    assert resolve_commit(tmp_path / "data", None) == commit
    assert git(tmp_path / "data", "status", "--porcelain").stdout == ""
    kept = {name for name in without_callers_git(os.environ) if name.startswith("GIT_")}
    assert kept == {"GIT_AUTHOR_NAME"}
    transported = without_callers_git(os.environ, transport=True)
    assert "GIT_SSH_COMMAND" in transported and "GIT_DIR" not in transported


def test_configuration_of_the_user_does_not_change_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit_file(tmp_path / "data", "a")
    (tmp_path / "gitconfig").write_text("[broken\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    assert git(tmp_path / "data", "rev-parse", "HEAD").returncode == 0
    assert git(tmp_path / "data", "rev-parse", "HEAD", users=True).returncode != 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_checkout_of_somebody_else_has_an_unknown_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "code/src/isospine/jobs/provenance.py"
    commit = commit_file(tmp_path / "code", "a")
    monkeypatch.setattr(provenance, "__file__", str(module))
    said: list[str] = []
    assert provenance.code_commit(said.append) == (commit, False) and not said
    for path in (tmp_path / "code", tmp_path / "code/.git"):
        os.chown(path, 12345, 12345)
    assert provenance.code_commit(said.append) == (None, False)
    assert len(said) == 1 and "dataset.source" not in said[0]
    for word in ("unknown", str(tmp_path / "code"), "safe.directory"):
        assert word in said[0]


def test_a_pipe_in_a_repository_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit_file(tmp_path / "data", "a")
    (tmp_path / "data/.git/packed-refs").unlink(missing_ok=True)
    os.mkfifo(tmp_path / "data/.git/packed-refs")
    monkeypatch.setattr("isospine.io.git.PATIENCE", 1.0)
    with refuses(str(tmp_path / "data"), "did not answer", "pipe"):
        resolve_commit(tmp_path / "data", "r1")
