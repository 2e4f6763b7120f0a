"""Write the methods section as a page and as files for a paper, with all that repeating the run needs."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from isospine.dataset.bids import CODE_URL
from isospine.jobs.steering import chosen_instructions
from isospine.report.citations import bibliography, cited_keys, paragraph_parts, reference_list
from isospine.report.facts import dataset_facts
from isospine.report.page import render
from isospine.version import __version__
from isospine.words import fenced

TEMPLATE = "methods/methods.html"
#: Placeholder in the configuration for a folder of this machine.
PLACE = "FOLDER-OF-THE-DATASET"


def run_config(config: Mapping[str, Any], dataset: Mapping[str, Any], kind: str) -> str:
    """Write the configuration that repeats the run as YAML, without folders of this machine.

    Parameters
    ----------
    config : mapping
        The configuration; `dataset` without its source.
    dataset : mapping
        Record of the dataset.
    kind : str
        Kind of its source, of `source.describe_source`.
    """
    source = str(dataset["source"])
    public = source.startswith(("https://", "http://")) and "@" not in source
    place = "demo" if kind == "demo" else source if public else PLACE
    whole = dict(config) | {"dataset": {"source": place} | config["dataset"]}
    return str(yaml.safe_dump(whole, sort_keys=False, allow_unicode=True))


def commands(commit: str | None, changed: bool) -> str:
    """Write the shell commands that repeat the run with ``run.yaml``; parameters of `code_commit`."""
    checkout = (
        f"git checkout {commit}\n"
        if commit
        else f"git checkout v{__version__}  # its commit is not recorded\n"
    )
    if changed:
        checkout += "# it had changes that are not committed, which are missing there\n"
    return (
        f"git clone {CODE_URL} && cd isospine\n{checkout}make install\n"
        ".venv/bin/snakemake --cores 8 --configfile run.yaml\n"
        ".venv/bin/snakemake --report report.html --configfile run.yaml\n"
    )


def reproducibility_facts(
    records: Sequence[Mapping[str, Any]], environment: Mapping[str, str], commit: str | None, changed: bool
) -> list[tuple[str, str]]:
    """Describe code and environment: versions and devices from the trainings' records, the rest as now.

    Parameters
    ----------
    records : sequence of mapping
        Of every training and baseline.
    environment : mapping
        Package to version, for those that are in no record.
    commit, changed
        From `jobs.provenance.code_commit`.
    """
    state = f"commit {commit}" if commit else f"version {__version__}, commit not recorded"
    facts = [("Code", state + (", with changes that are not committed" if changed else ""))]
    trained = [record for record in records if "software" in record]
    for name in dict.fromkeys(name for record in trained for name in record["software"]):
        found = sorted({str(record["software"].get(name, "not recorded")) for record in trained})
        facts.append((f"{name} (trainings)", ", ".join(found)))
    if trained:
        facts.append(("Device (trainings)", ", ".join(sorted({str(record["device"]) for record in trained}))))
    variables = [chosen_instructions(record.get("environment", {})) for record in records]
    chosen = sorted({f"{name}={value}" for one in variables for name, value in one.items()})
    facts.append(("Instructions", ", ".join(chosen) or "chosen by the libraries: no variable was set"))
    return facts + [(f"{name} (now)", text) for name, text in environment.items()]


def methods_files(
    paragraphs: Sequence[str],
    dataset: Mapping[str, Any],
    records: Sequence[Mapping[str, Any]],
    configuration: Mapping[str, Any],
    kind: str,
    environment: Mapping[str, str],
    commit: str | None,
    changed: bool,
) -> tuple[str, str, str]:
    """Write the page, Markdown and BibTeX of a methods section.

    Parameters
    ----------
    paragraphs : sequence of str
        Of `text.methods_paragraphs`.
    dataset, records, configuration, kind, environment, commit, changed
        As for `run_config` and `reproducibility_facts`.
    """
    facts = dataset_facts(dataset, kind) + reproducibility_facts(records, environment, commit, changed)
    repeat, config = commands(commit, changed), run_config(configuration, dataset, kind)
    bibtex = bibliography(cited_keys("\n".join(paragraphs)))
    page = methods_page(paragraphs, facts, repeat, config, bibtex)
    return page, methods_markdown(paragraphs, repeat, config), bibtex


def methods_markdown(paragraphs: Sequence[str], repeat: str, config: str) -> str:
    """Write the methods section as Markdown for Pandoc."""
    text = "\n\n".join(paragraphs)
    return (
        "# Methods\n\n<!-- pandoc --citeproc --bibliography references.bib methods.md -o methods.docx -->\n\n"
        f"{text}\n\n# Reproducibility\n\n{fenced(repeat, 'bash')}\n`run.yaml`:\n\n{fenced(config, 'yaml')}"
    )


def methods_page(
    paragraphs: Sequence[str],
    facts: Sequence[tuple[str, str]],
    repeat: str,
    config: str,
    bibtex: str,
) -> str:
    """Write the methods section as a page, in plain ASCII, every label escaped.

    Parameters
    ----------
    paragraphs : sequence of str
        Of `text.methods_paragraphs`.
    facts : sequence of (term, text)
        Dataset, code and environment.
    repeat : str
        Of `commands`.
    config : str
        Of `run_config`.
    bibtex : str
        The entries that are cited.
    """
    keys = cited_keys("\n".join(paragraphs))
    return render(
        TEMPLATE,
        title="isospine: methods",
        paragraphs=map(paragraph_parts, paragraphs),
        references=reference_list(keys),
        facts=facts,
        repeat=repeat,
        place=PLACE if PLACE in config else "",
        config=config,
        bibtex=bibtex,
    )
