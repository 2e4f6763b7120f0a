"""A dataset on this machine may come from anybody: none of its commands runs, and nothing of it is changed."""

import os
import subprocess
from pathlib import Path

import pytest
from support import datasets

from isospine.dataset.annex import annex_key
from isospine.dataset.clone import clone_dataset
from isospine.dataset.environment import datalad_environment
from isospine.dataset.fetch import fetch_file
from isospine.dataset.index import index_dataset
from isospine.dataset.local_annex import held_content, local_path, object_places
from isospine.dataset.transfer import run_patiently

#: What git-annex says to the program of a special remote, answered.
PROGRAM = """echo VERSION 1
while read word rest; do
  case "$word" in
    INITREMOTE) echo INITREMOTE-SUCCESS;;
    PREPARE) echo PREPARE-SUCCESS;;
    LISTCONFIGS) echo CONFIGEND;;
    EXTENSIONS) echo EXTENSIONS;;
    *) echo UNSUPPORTED-REQUEST;;
  esac
done
"""
PATHS = datasets.image_paths(["01", "02"])
COMMANDS = ["freezecontent", "thawcontent", "secure-erase", "commitmessage", "http-headers", "web-download"]
HOOKS = [*(f"{name}-annex" for name in COMMANDS), "pre-init-annex", "post-update-annex", "post-checkout"]
HOOKS += ["pre-commit", "post-merge", "reference-transaction", "post-index-change", "update"]
SETTINGS = ["core.sshCommand", "core.fsmonitor", "core.pager", "core.alternateRefsCommand", "diff.external"]
SETTINGS += ["uploadpack.packObjectsHook", "filter.annex.smudge", "filter.annex.clean", "credential.helper"]


def make_source(folder: Path, backend: str = "SHA256E") -> Path:
    """Make a dataset whose content is in its own annex."""
    datasets.make_bids(folder, PATHS, volumes=True)
    (folder / ".gitattributes").write_text(
        f"* annex.backend={backend} annex.largefiles=nothing\n*.nii.gz annex.largefiles=anything\n"
    )
    with datalad_environment():
        datasets.run_git(folder, "init", "--quiet", "--initial-branch=main")
        datasets.run_git(folder, "annex", "init", "--quiet", "source")
        datasets.save(folder, "r1", locked=True)
    return folder


def make_hostile(source: Path, mark: Path) -> None:
    """Have a repository run a command wherever git or git-annex may run one."""
    for name in HOOKS:
        hook = source / ".git/hooks" / name
        hook.write_text(f"#!/bin/sh\necho hook {name} >> '{mark}'\n")
        hook.chmod(0o755)
    for key in [*SETTINGS, *(f"annex.{name}-command" for name in COMMANDS)]:
        subprocess.run(["git", "config", key, f"echo {key} >> '{mark}';"], cwd=source, check=True)
    # which git-annex would upgrade, with a commit
    subprocess.run(["git", "config", "annex.version", "8"], cwd=source, check=True)


def state_of(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("form", ["path", "URL"])
def test_nothing_of_a_source_is_run_or_changed(tmp_path: Path, form: str) -> None:
    source, mark, root = make_source(tmp_path / "my source"), tmp_path / "mark", tmp_path / "clone"
    make_hostile(source, mark)
    before = state_of(source)
    clone_dataset(str(source) if form == "path" else f"file://{source}", "r1", root)
    row = index_dataset(root, ["T2w"]).iloc[0]
    facts = [row[name] for name in ("path", "annex_key", "size", "sha256")]
    for keep in (True, False):
        fetch_file(root, *facts, tmp_path / "image.nii.gz", keep)
    assert (tmp_path / "image.nii.gz").read_bytes() == (source / PATHS[0]).read_bytes()
    assert not mark.exists(), mark.read_text()
    assert state_of(source) == before
    with datalad_environment():  # it is what git-annex itself would do with its origin
        datasets.run_git(root, "config", "--unset", "remote.origin.annex-ignore")
        datasets.run_git(root, "annex", "get", "--quiet", PATHS[0])
        datasets.run_git(root, "annex", "drop", "--quiet", PATHS[0])
    assert mark.exists() and state_of(source) != before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_source_of_somebody_else_is_used(tmp_path: Path) -> None:
    source, root = make_source(tmp_path / "source"), tmp_path / "clone"
    subprocess.run(["chown", "-R", "12345:12345", source], check=True)
    record = clone_dataset(str(source), None, root)
    assert record["version"] == "r1" and len(record["commit"]) == 40
    fetch_file(root, PATHS[0], "n/a", "n/a", "n/a", tmp_path / "image.nii.gz")
    assert (tmp_path / "image.nii.gz").read_bytes() == (source / PATHS[0]).read_bytes()


def test_content_of_the_clone_of_a_clone(tmp_path: Path) -> None:
    source = make_source(tmp_path / "source")
    with datalad_environment():
        datasets.run_git(tmp_path, "clone", "--quiet", "source", "between")
    clone_dataset(str(tmp_path / "between"), None, tmp_path / "clone")
    fetch_file(tmp_path / "clone", PATHS[1], "n/a", "n/a", "n/a", tmp_path / "image.nii.gz")
    assert (tmp_path / "image.nii.gz").read_bytes() == (source / PATHS[1]).read_bytes()


def test_corrupted_content_of_a_source_is_named_and_kept(tmp_path: Path) -> None:
    source = make_source(tmp_path / "source")
    clone_dataset(str(source), None, tmp_path / "clone")
    row = index_dataset(tmp_path / "clone", ["T2w"]).iloc[0]
    held = (source / PATHS[0]).resolve()
    held.chmod(0o600)
    datasets.change_byte(held)
    facts = [row[name] for name in ("path", "annex_key", "size", "sha256")]
    with datasets.refuses(str(held), "corrupted", row["sha256"], "git annex fsck"):
        fetch_file(tmp_path / "clone", *facts, tmp_path / "image.nii.gz")
    assert held.exists() and not (tmp_path / "image.nii.gz").exists()


def test_content_that_is_a_link_out_of_the_source_is_not_taken(tmp_path: Path) -> None:
    source = make_source(tmp_path / "source", backend="WORM")
    key, held = annex_key(source / PATHS[0]), (source / PATHS[0]).resolve()
    assert key is not None and key.startswith("WORM-")
    assert held_content(str(source), key) == held
    secret = tmp_path / "secret"
    secret.write_bytes(held.read_bytes())
    held.parent.chmod(0o700)
    held.unlink()
    held.symlink_to(secret)
    assert held_content(str(source), key) is None


@pytest.mark.parametrize("name", ["x.nii.gz", "sub-01/anat/a:b&c%d.nii", "ü.nii"])
def test_places_of_content_are_those_of_git_annex(name: str) -> None:
    key = f"WORM-s12-m1704067200--{name}"
    with datalad_environment():
        command = ["git-annex", "examinekey", key, "--format=${hashdirlower}|${hashdirmixed}"]
        found = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    places = [place.removeprefix("annex/objects/").rsplit("/", 2) for place in object_places(key)]
    assert [f"{folders}/" for folders, _, _ in places] == found.split("|")


def test_addresses_on_this_machine() -> None:
    assert local_path("file:///data/my%20set") == Path("/data/my set")
    assert local_path("File:///data/x") == local_path("/data/x") == Path("/data/x")
    assert local_path("https://example.org/x") is None and local_path("me@host:x") is None


@pytest.mark.parametrize("form", ["path", "URL"])
def test_no_file_of_a_dataset_is_the_program_of_a_special_remote(tmp_path: Path, form: str) -> None:
    """git-annex runs `git-annex-remote-TYPE` of a special remote that enables itself; the type may be a path."""
    source, mark = make_source(tmp_path / "source"), tmp_path / "mark"
    program = source / "git-annex-remote-x/evil"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho ran >> '{mark}'\n{PROGRAM}")
    program.chmod(0o755)
    with datalad_environment():
        datasets.run_git(source, "add", "git-annex-remote-x")
        datasets.run_git(source, "commit", "--quiet", "--message", "program")
        settings = ["type=external", "externaltype=x/evil", "encryption=none", "autoenable=true"]
        datasets.run_git(source, "annex", "initremote", "evil", *settings)
        assert mark.exists()
        mark.unlink()
        datasets.run_git(tmp_path, "clone", "--quiet", "source", "plain")
        datasets.run_git(tmp_path / "plain", "annex", "init", "--quiet")
    assert mark.exists(), "git-annex itself runs it"
    mark.unlink()
    address = str(source) if form == "path" else f"file://{source}"
    with datasets.refuses("dataset.source", "'evil'", "'x/evil'", "do not use it"):
        clone_dataset(address, "r1", tmp_path / "clone")
    assert not mark.exists() and not (tmp_path / "clone").exists()


def test_a_clone_by_datalad_runs_no_file_of_the_dataset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That of a URL on another machine: nothing is checked out while git-annex enables special remotes."""
    source = make_source(tmp_path / "source")
    monkeypatch.setattr("isospine.dataset.clone.local_path", lambda address: None)
    seen: list[bool] = []

    def run(command: list[str], *places: Path) -> subprocess.CompletedProcess[str]:
        answer = run_patiently(command, *places)
        if command[0] == "datalad":
            seen.append((Path(command[5]) / "sub-01").exists())
        return answer

    monkeypatch.setattr("isospine.dataset.clone.run_patiently", run)
    clone_dataset(f"file://{source}", "r1", tmp_path / "clone")
    assert seen == [False] and (tmp_path / "clone/sub-01").exists()
