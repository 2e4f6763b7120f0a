"""Find the Snakemake workflow: in a checkout the repository, in a wheel a folder of the library."""

from pathlib import Path

from isospine.errors import InputError

LIBRARY = Path(__file__).parents[1]


def pipeline_root() -> Path:
    """Folder of the root Snakefile, with `config`, `workflow` and whatever else a run reads.

    Raises
    ------
    InputError
        If the library was installed without its workflow.
    """
    places = (LIBRARY.parents[1], LIBRARY / "pipeline")
    for place in places:
        if (place / "Snakefile").is_file() and (place / "workflow" / "schemas").is_dir():
            return place
    raise InputError(
        f"the workflow of isospine is in neither {places[0]} nor {places[1]}; install isospine again, from its wheel "
        "or as an editable checkout"
    )
