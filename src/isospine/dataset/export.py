"""Export finished results as a self-contained BIDS derivative or DataLad dataset, ready to share."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from isospine.dataset.bids import CODE_URL
from isospine.dataset.clone import remove_tree
from isospine.dataset.environment import datalad_environment
from isospine.dataset.manifest import read_manifest
from isospine.errors import InputError
from isospine.io.atomic import read_json, write_json, write_text
from isospine.io.git import find_commit, git
from isospine.jobs.provenance import code_commit, software_versions
from isospine.jobs.steering import steering_variables
from isospine.version import __version__
from isospine.words import escape_markdown

#: Record of how an export was made; this file identifies an export.
EXPORT_RECORD = "code/export.json"
CONFIG = "code/config.yaml"

#: Binary files go into the annex, text into git.
ATTRIBUTES = "* annex.backend=SHA256E annex.largefiles=nothing\n" + "".join(
    f"*.{suffix} annex.largefiles=anything\n" for suffix in ("nii.gz", "safetensors", "png", "pdf", "html")
)

README = """\
# {name}

{subjects} of {source}, as [isospine {version}]({url}) reconstructed them from simulated thick-slice views.
{commit}Licence: {licence}.

- `sub-*/`: the references, the views that were made of them, cord masks and reconstructions, with sidecars.
  `descriptions.tsv` says what each `desc-` label is.
- `report/index.html`: what came out, in words and numbers.
- `metrics.tsv`: the quality of each reconstruction; `tables/` and `figures/` are drawn from it.
- `models/`: the trained networks, which can be evaluated on any grid, their training curves and records.
- `manifest.tsv`: the images of the source with the checksums of the files that were used.
- `{config}`: the configuration. `{record}`: which code, data and software made this.

[What every file and column means]({url}/blob/main/docs/outputs.md).
"""


def export_results(
    files: Sequence[Path], results: Path, config: dict[str, Any], folder: Path, datalad: bool
) -> None:
    """Write finished results into a separate folder, with every link resolved.

    The folder is made beside its place and moved there when it is whole. One of an earlier export is replaced;
    as a DataLad dataset it gets one more commit, if anything changed.

    Parameters
    ----------
    files : sequence of Path
        What to export, below `results`; ``dataset_description.json`` among it.
    results : Path
        The results of a run, with ``sourcedata/dataset.json``.
    config : dict
        The configuration of that run.
    folder : Path
        Where to.
    datalad : bool
        Make a DataLad dataset of it, with the volumes, models and figures annexed.

    Raises
    ------
    InputError
        If the folder holds something else than an earlier export, or would lose the history of a dataset.
    """
    folder = folder.absolute()
    _check_replaceable(folder, datalad)
    try:
        beside = Path(tempfile.mkdtemp(prefix=".exporting-", dir=folder.parent))
    except OSError as error:
        raise InputError(
            f"{folder.parent}: cannot write there ({error.strerror}); change its permissions, or run in another "
            "working directory (snakemake --directory)"
        ) from error
    try:
        made = beside / "made"
        for file in files:
            _copy(file, made / file.relative_to(results))
        record = _describe(made, read_json(results / "sourcedata" / "dataset.json"), config)
        if datalad:
            with datalad_environment():
                _save(made, folder, _message(record))
        if folder.exists():
            folder.rename(beside / "before")
        made.rename(folder)
    finally:
        remove_tree(beside)


def _copy(source: Path, destination: Path) -> None:
    """Copy a file, or the target of a link, with the permissions of a new file."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, destination)


def _check_replaceable(folder: Path, datalad: bool) -> None:
    if not os.path.lexists(folder) or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not (folder / EXPORT_RECORD).is_file() or "isospine" not in read_json(folder / EXPORT_RECORD):
        raise InputError(f"{folder}: holds something other than an earlier export; move it away")
    if not (folder / ".git").exists():
        return
    if not datalad:
        raise InputError(
            f"{folder}: is a DataLad dataset, whose history would be lost; export with export_datalad, which adds "
            "a commit, or move it away"
        )
    with datalad_environment():
        changed = git(folder, "status", "--porcelain").stdout.splitlines()
    if changed:
        raise InputError(
            f"{folder}: has unsaved changes, {changed[0][3:]} among {len(changed)}; save them "
            "(datalad save) or undo them (git restore), or move the folder away"
        )


def _describe(made: Path, source: dict[str, Any], config: dict[str, Any]) -> dict[str, Any]:
    """Write the description of a dataset; return the record of what made it."""
    url = _public_url(source["source"])
    commit, changed = code_commit()
    text = yaml.safe_dump(_shareable(config, url), sort_keys=False, allow_unicode=True)
    write_text(made / CONFIG, text)
    record: dict[str, Any] = {
        "isospine": {
            "version": __version__,
            "url": CODE_URL,
            "commit": commit,
            "uncommitted_changes": changed,
        },
        "config": {"path": CONFIG, "sha256": hashlib.sha256(text.encode()).hexdigest()},
        "source": {key: source[key] for key in ("name", "version", "commit", "doi", "datalad_id", "licence")}
        | {"url": url},
        "software": software_versions(),
        "environment": steering_variables(),
    }
    write_json(made / EXPORT_RECORD, record)
    description = read_json(made / "dataset_description.json")
    generator = description["GeneratedBy"][0]
    if commit:
        state = ", with changes that are not committed" if changed else ""
        generator |= {"Description": f"Commit {commit}{state}", "CodeURL": f"{CODE_URL}/tree/{commit}"}
    if url:
        description["SourceDatasets"][0]["URL"] = url
    description["DatasetLinks"] = {"source": url or _name_without_place(source)}
    write_json(made / "dataset_description.json", description)
    subjects = sorted(path.name for path in made.glob("sub-*"))
    write_text(made / "participants.tsv", _participants(made / "manifest.tsv", subjects))
    licence = description["License"]
    readme = README.format(
        name=description["Name"],
        subjects=f"{len(subjects)} subject{'s' * (len(subjects) != 1)}",
        source=escape_markdown(source["name"] or "a dataset without a name"),
        version=__version__,
        url=CODE_URL,
        commit=f"{generator['Description']} of its code.\n" if commit else "",
        licence="the source names none: ask its owners before you share this"
        if licence == "n/a"
        else escape_markdown(licence),
        config=CONFIG,
        record=EXPORT_RECORD,
    )
    write_text(made / "README.md", readme)
    return record


def _participants(manifest: Path, subjects: Sequence[str]) -> str:
    """Table of the subjects, with the person of each where the manifest names others than these."""
    table = read_manifest(manifest) if manifest.exists() else None
    named = {} if table is None else dict(zip("sub-" + table["subject"], table["person"], strict=True))
    persons = {subject: named.get(subject, subject[4:]) for subject in subjects}
    lines = ["participant_id", *subjects]
    if any(person != subject[4:] for subject, person in persons.items()):
        lines = ["participant_id\tperson", *map("\t".join, persons.items())]
    return "\n".join(lines) + "\n"


def _public_url(source: str) -> str | None:
    """Public address of the source; None if it has none."""
    if not source.startswith(("https://", "http://")) and (Path(source).expanduser() / ".git").exists():
        # a dataset on this machine that was cloned from somewhere
        source = git(Path(source).expanduser(), "config", "remote.origin.url").stdout.strip()
    return source if source.startswith(("https://", "http://")) and "@" not in source else None


def _name_without_place(source: dict[str, Any]) -> str:
    """URI that names a dataset without naming this machine."""
    if source["doi"]:
        return str(source["doi"]) if ":" in source["doi"] else f"doi:{source['doi']}"
    return f"urn:uuid:{source['datalad_id']}" if source["datalad_id"] else "info:isospine/unpublished-source"


def _shareable(config: dict[str, Any], url: str | None) -> dict[str, Any]:
    """Remove the location of the data on this machine from a configuration."""
    dataset = dict(config["dataset"])
    if "://" not in dataset["source"]:
        dataset["source"] = url or PurePosixPath(dataset["source"]).name
    if isinstance(dataset["exclude"], dict):
        dataset["exclude"] = dataset["exclude"] | {"file": PurePosixPath(dataset["exclude"]["file"]).name}
    return config | {"dataset": dataset}


def _message(record: dict[str, Any]) -> str:
    """Commit message that names the code, configuration and data of the export."""
    code, source = record["isospine"], record["source"]
    state = ", with changes that are not committed" if code["uncommitted_changes"] else ""
    return (
        f"Export of isospine {code['version']}\n\n"
        f"Code: {code['url']}, commit {code['commit'] or 'unknown'}{state}\n"
        f"Configuration: {record['config']['path']}, SHA-256 {record['config']['sha256']}\n"
        f"Data: {source['name']}, {source['url'] or source['doi'] or source['datalad_id'] or 'no address'}, "
        f"commit {source['commit'] or 'none'}"
    )


def _save(made: Path, before: Path, message: str) -> str:
    """Commit a folder as a DataLad dataset, on top of the history of the previous export; return the commit."""
    # DataLad looks at the environment when it is imported, so not before the caller has set it
    from datalad import api

    write_text(made / ".gitattributes", ATTRIBUTES)
    if (before / ".git").exists():
        shutil.copytree(before / ".git", made / ".git", symlinks=True, copy_function=_copy_or_link)
        shutil.copytree(before / ".datalad", made / ".datalad")
        dataset = api.Dataset(str(made))
    else:
        dataset = api.create(
            path=str(made),
            force=True,  # it already holds files
            initopts=["--initial-branch=main"],
            description="isospine export",  # git-annex would record user, host and folder
            result_renderer="disabled",
        )
        write_text(made / ".gitattributes", ATTRIBUTES)
    dataset.save(message=message, result_renderer="disabled")
    return find_commit(made, "HEAD")


def _copy_or_link(source: str, destination: str) -> None:
    """Copy a file of a repository; link an object, which never changes."""
    if "objects" in PurePosixPath(source).parts:
        os.link(source, destination, follow_symlinks=False)
    else:
        shutil.copy2(source, destination, follow_symlinks=False)
