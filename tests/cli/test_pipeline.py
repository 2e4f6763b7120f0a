"""Where the workflow lies."""

from pathlib import Path

import pytest

from isospine.cli import pipeline
from isospine.cli.pipeline import pipeline_root
from isospine.errors import InputError

ROOT = Path(__file__).parents[2]


def test_a_checkout_is_the_root_itself() -> None:
    assert pipeline_root() == ROOT


def test_a_wheel_has_it_in_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = tmp_path / "lib/site-packages/isospine"
    monkeypatch.setattr(pipeline, "LIBRARY", library)
    (library / "pipeline/workflow/schemas").mkdir(parents=True)
    # the Snakefile of something else, above
    (tmp_path / "lib/Snakefile").touch()
    with pytest.raises(InputError, match="install isospine again"):
        pipeline_root()
    (library / "pipeline/Snakefile").touch()
    assert pipeline_root() == library / "pipeline"
