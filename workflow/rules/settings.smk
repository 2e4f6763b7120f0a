"""What the pages of a report are told of the run."""

from hashlib import sha256
from importlib.metadata import version

from isospine.jobs.provenance import code_commit

METHODS_FILES = ("methods.html", "methods.md", "references.bib")
NOTEBOOK_FILES = ("ablation.html", "ablation.ipynb")
NOTEBOOK = ROOT / "workflow/notebooks/ablation.ipynb"
REFERENCES = ROOT / "src/isospine/report/references.bib"

#: State of the checked-out code, and the versions that the pages name; a page of another state is written again.
CODE_COMMIT = code_commit()
VERSIONS = {name: version(name) for name in ("snakemake", "scikit-image")}


GRIDS = [
    {"image": Path(size["image"]).name} if isinstance(size, dict) else size
    for size in config["resolutions"]
]
SETTINGS = {
    key: config[key]
    for key in ("views", "acquisition", "metrics", "ablations", "seeds", "baselines")
} | {
    "resolutions": GRIDS,
    "source": DATASET["kind"],
    "contrasts": CONTRASTS,
    "recipes": list(configured_labels()),
}

#: The configuration without folders of this machine.
CONFIGURATION = {key: config[key] for key in SCHEMA["properties"]} | {
    "dataset": {k: v for k, v in config["dataset"].items() if k != "source"},
    "resolutions": GRIDS,
}
if isinstance(config["dataset"]["exclude"], dict):
    named = config["dataset"]["exclude"]
    CONFIGURATION["dataset"]["exclude"] = named | {"file": Path(named["file"]).name}
