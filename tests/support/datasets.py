"""Builders of small datasets, each made in as few steps as it takes."""

import gzip
import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from isospine.dataset.annex import annex_key
from isospine.dataset.environment import datalad_environment
from isospine.errors import InputError
from isospine.io.atomic import write_json

TEST_DATA = Path(os.environ.get("ISOSPINE_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
REAL_T2W = TEST_DATA / "real-t2w"
SINGLE_SUBJECT_BUNDLE = TEST_DATA / "spine-generic-data-single-subject.bundle"
MULTI_SUBJECT_FILES = TEST_DATA / "spine-generic-data-multi-subject-files.txt.gz"

DATALAD_ID = "0a0b0c0d-1111-2222-3333-444455556666"

#: An exclude.yml of the spine-generic kind: with and without `sub-`, and a site for all of its subjects.
EXCLUDE = """csa_t1:
- sub-unf01  # Motion artifact
- amu01
csa_t2:
- amu  # the whole site
empty:
"""


@contextmanager
def refuses(*words: str) -> Iterator[None]:
    """Expect an InputError of one line that holds all the words: the culprit and the remedy."""
    with pytest.raises(InputError) as caught:
        yield
    message = str(caught.value)
    assert not [word for word in words if word not in message], message
    assert "\n" not in message


def image_paths(
    subjects: Sequence[str],
    sessions: Sequence[str] = ("",),
    acquisitions: Sequence[str] = ("",),
    runs: Sequence[str] = ("",),
    contrasts: Sequence[str] = ("T2w",),
) -> list[str]:
    """Give the BIDS paths of every combination; "" leaves an entity out."""
    paths = []
    for subject, session, acquisition, run, contrast in product(
        subjects, sessions, acquisitions, runs, contrasts
    ):
        entities = [("sub", subject), ("ses", session), ("acq", acquisition), ("run", run)]
        labels = [f"{key}-{label}" for key, label in entities if label]
        folder = "/".join(labels[: 2 if session else 1])
        paths.append(f"{folder}/anat/{'_'.join([*labels, contrast])}.nii.gz")
    return paths


def segmentation_path(image: str) -> str:
    """Give the path of an image's cord segmentation, as spine-generic names it."""
    return f"derivatives/labels/{image.removesuffix('.nii.gz')}_label-SC_seg.nii.gz"


def make_bids(folder: Path, paths: Iterable[str], volumes: bool = False) -> Path:
    """Make a plain BIDS dataset of empty files, or of small volumes, at the given relative paths."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(
        folder / "dataset_description.json", {"Name": "Made up", "BIDSVersion": "1.9.0", "License": "CC0"}
    )
    for seed, path in enumerate(paths):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if volumes and ".nii" in path:
            write_volume(file, seed, mask=path.startswith("derivatives/"))
        elif path != "dataset_description.json":
            file.touch()
    return folder


def write_volume(
    path: Path, seed: int = 0, shape: Sequence[int] = (6, 8, 10), spacing: float = 0.8, mask: bool = False
) -> None:
    """Write a small volume of noise or a mask of its middle, with array axes in the order of `PSR`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    affine = np.zeros((4, 4))
    affine[1, 0], affine[2, 1], affine[0, 2], affine[3, 3] = -spacing, spacing, spacing, 1
    if mask:
        data = np.pad(np.ones(np.subtract(shape, 4), dtype=np.int16), 2)
    else:
        data = np.random.default_rng(seed).integers(1, 1000, shape).astype(np.int16)
    nib.Nifti1Image(data, affine).to_filename(path)


def make_spine_generic_like(
    folder: Path,
    paths: Sequence[str] = (),
    locked: bool = False,
    corrupt: Sequence[str] = (),
    lose: Sequence[str] = (),
    backend: str = "SHA256E",
    published: bool = True,
) -> Path:
    """Make a git-annex dataset whose content is held by an autoenabled special remote alone.

    Parameters
    ----------
    folder : Path
        The dataset; the special remote is the folder `<folder>-store` beside it.
    paths : sequence of str
        Annexed files, by default one image each of three subjects of two sites, with segmentations.
    locked : bool
        Commit dangling links, as `datalad create` does, not pointers, as spine-generic does.
    corrupt, lose : sequence of str
        Paths whose content the special remote shall hold changed by one byte, or not at all.
    backend : str
        Kind of the annex keys.
    published : bool
        Every clone can use the special remote at once, like spine-generic's public bucket. Otherwise the
        remote is of type directory, whose folder git-annex does not publish: each user has to enable it.

    Returns
    -------
    Path
        `folder`: with the tags r1 (without the last file) and r2, and an exclude.yml.
    """
    if not paths:
        images = image_paths(["amu01", "amu02", "unf01"])
        paths = [*map(segmentation_path, images), *images]
    make_bids(folder, paths[:-1], volumes=True)
    (folder / "exclude.yml").write_text(EXCLUDE)
    (folder / "participants.tsv").write_text("participant_id\n")
    attributes = "annex.largefiles=anything" if locked else "filter=annex annex.largefiles=anything"
    (folder / ".gitattributes").write_text(
        f"* annex.backend={backend} annex.largefiles=nothing\n*.nii.gz {attributes}\n"
    )
    (folder / ".datalad").mkdir()
    (folder / ".datalad" / "config").write_text(f'[datalad "dataset"]\n\tid = {DATALAD_ID}\n')
    store = folder.with_name(folder.name + "-store")
    with datalad_environment():
        run_git(folder, "init", "--quiet", "--initial-branch=master")
        run_git(folder, "annex", "init", "--quiet", "origin")
        save(folder, "r1", locked)
        write_volume(folder / paths[-1], seed=len(paths))
        save(folder, "r2", locked)
        special = make_ora_store(store) if published else make_directory_store(store)
        run_git(
            folder, "annex", "initremote", "--quiet", "store", "autoenable=true", "encryption=none", *special
        )
        run_git(folder, "annex", "move", "--quiet", "--to", "store")
    for path in (*corrupt, *lose):
        held = held_content(store, folder / path)
        if path in lose:
            held.unlink()
        else:
            change_byte(held)
    return folder


def make_ora_store(store: Path) -> list[str]:
    """Make an empty folder that DataLad's ORA special remote can keep content in; give its settings."""
    place = store / DATALAD_ID[:3] / DATALAD_ID[3:]
    (place / "annex" / "objects").mkdir(parents=True)
    for folder in (store, place):
        (folder / "ria-layout-version").write_text("1\n")
    return ["type=external", "externaltype=ora", f"url=ria+file://{store}"]


def make_directory_store(store: Path) -> list[str]:
    """Make an empty folder for a directory special remote; give its settings."""
    store.mkdir()
    return ["type=directory", f"directory={store}"]


def save(folder: Path, tag: str, locked: bool) -> None:
    """Commit everything in a git-annex repository, and tag it."""
    run_git(folder, *(["annex", "add", "--quiet"] if locked else ["add"]), ".")
    run_git(folder, "commit", "--quiet", "--message", tag)
    run_git(folder, "tag", tag)


def held_content(store: Path, file: Path) -> Path:
    """Give the writable copy of an annexed file's content in the special remote."""
    key = annex_key(file)
    held = next(store.rglob(f"{key}/{key}"))
    held.parent.chmod(0o700)
    held.chmod(0o600)
    return held


def own_content(root: Path, file: Path) -> Path | None:
    """Give the writable content of an annexed file in its own repository, None where it is not there."""
    found = next((root / ".git" / "annex" / "objects").rglob(f"{annex_key(file)}/*"), None)
    if found is not None:
        found.parent.chmod(0o700)
        found.chmod(0o600)
    return found


def change_byte(path: Path) -> None:
    """Change the last byte of a file, keeping its size."""
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


def run_git(folder: Path, *arguments: str) -> None:
    """Run git, to be called inside `datalad_environment`."""
    answer = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr


def multi_subject_paths() -> list[str]:
    """Give the file list of spine-generic's data-multi-subject, as it was released: 267 subjects."""
    return gzip.decompress(MULTI_SUBJECT_FILES.read_bytes()).decode().split()


def make_annex(folder: Path, unlocked: bool = False) -> Path:
    """Make a git-annex dataset of a folder in which every file is annexed, also text, as plain `datalad save` does.

    Parameters
    ----------
    folder : Path
        Holds the files, and after this the repository.
    unlocked : bool
        On an adjusted branch, whose files are pointers in place of links.
    """
    with datalad_environment():
        run_git(folder, "init", "--quiet", "--initial-branch=master")
        run_git(folder, "annex", "init", "--quiet", "origin")
        run_git(folder, "config", "annex.largefiles", "exclude=.gitmodules")
        run_git(folder, "annex", "add", "--quiet", ".")
        run_git(folder, "add", ".")
        run_git(folder, "commit", "--quiet", "--message", "all")
        if unlocked:
            run_git(folder, "annex", "adjust", "--unlock")
    return folder


def make_subdataset(root: Path, path: str, address: str = "") -> Path:
    """Turn a folder of a repository, whose files are not committed there, into a subdataset; commit both."""
    make_annex(root / path)
    with datalad_environment():
        settings = root / ".gitmodules"
        before = settings.read_text() if settings.exists() else ""
        settings.write_text(
            f'{before}[submodule "{path}"]\n\tpath = {path}\n\turl = {address or "./" + path}\n'
        )
        run_git(root, "add", ".gitmodules", path)
        run_git(root, "commit", "--quiet", "--message", f"subdataset {path}")
    return root / path


def allow_local_addresses(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let git-annex ask servers on this machine, by the configuration of the user."""
    home.mkdir(exist_ok=True)
    (home / "gitconfig").write_text('[annex "security"]\n\tallowed-ip-addresses = 127.0.0.1\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / "gitconfig"))
