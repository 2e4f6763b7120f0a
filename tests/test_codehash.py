import ast
import json
import shutil
from pathlib import Path

import pytest

from isospine import codehash
from isospine.codehash import code_hash

PACKAGE = Path(codehash.__file__).parent
SCRIPTS = Path(__file__).parents[1] / "workflow" / "scripts"


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the library that a test may change."""
    copy = tmp_path / "isospine"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(codehash, "LIBRARY", copy)
    codehash._imports.cache_clear()
    yield copy
    codehash._imports.cache_clear()


def hash_of(script: str) -> str:
    codehash._imports.cache_clear()
    return code_hash(SCRIPTS / script)


@pytest.mark.parametrize(
    ("module", "users", "others"),
    [
        (
            "training.py",
            {"train.py"},
            {"evaluate.py", "view.py", "reference.py", "reconstruct.py", "baseline.py"},
        ),
        ("metrics.py", {"evaluate.py"}, {"train.py", "view.py", "reconstruct.py", "baseline.py"}),
        ("baselines.py", {"baseline.py"}, {"train.py", "evaluate.py", "view.py", "reconstruct.py"}),
        # through other modules
        ("networks.py", {"train.py", "reconstruct.py", "evaluate.py"}, {"view.py", "baseline.py"}),
        ("consistency.py", {"train.py", "reconstruct.py", "baseline.py", "evaluate.py"}, {"view.py"}),
        ("errors.py", {"train.py", "evaluate.py", "view.py", "reference.py", "clone.py", "fetch.py"}, set()),
        ("config.py", set(), {"train.py", "evaluate.py", "view.py", "reconstruct.py", "baseline.py"}),
    ],
)
def test_a_changed_module_changes_the_hash_of_its_users_alone(
    library: Path, module: str, users: set[str], others: set[str]
) -> None:
    before = {script: hash_of(script) for script in users | others}
    with (library / module).open("a") as file:
        file.write("\n# changed\n")
    after = {script: hash_of(script) for script in users | others}
    assert {script for script in before if before[script] != after[script]} == users


def test_the_hash_does_not_depend_on_where_the_code_lies(library: Path) -> None:
    here = code_hash(SCRIPTS / "train.py")
    assert len(here) == 64
    codehash._imports.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codehash, "LIBRARY", PACKAGE)
        assert hash_of("train.py") == here


@pytest.mark.parametrize(
    "line",
    [
        "import isospine.tables",
        "import isospine.tables as tables",
        "from isospine import tables",
        "from isospine import nifti, tables as t",
        "from isospine.tables import read_table",
        "def late():\n    from isospine.tables import read_table",
    ],
)
def test_every_kind_of_import_is_seen(library: Path, tmp_path: Path, line: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(line + "\n")
    before = code_hash(script)
    codehash._imports.cache_clear()
    (library / "tables.py").write_text("")
    assert code_hash(script) != before


def test_modules_that_import_each_other_are_hashed_once(library: Path, tmp_path: Path) -> None:
    (library / "left.py").write_text("import isospine.right\n")
    (library / "right.py").write_text("import isospine.left\n")
    script = tmp_path / "script.py"
    script.write_text("import isospine.left\nimport numpy\nimport isospine.absent\n")
    assert len(code_hash(script)) == 64


def test_the_library_uses_no_import_that_the_hash_would_miss() -> None:
    """Relative imports, and modules in folders."""
    assert [path for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"] == []
    for path in [*PACKAGE.glob("*.py"), *SCRIPTS.glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not (isinstance(node, ast.ImportFrom) and node.level), f"{path}: relative import"
            assert not (isinstance(node, ast.Name) and node.id == "__import__"), path
            assert not (isinstance(node, ast.Attribute) and node.attr == "import_module"), path


def test_a_notebook_has_the_hash_of_what_its_cells_import(tmp_path: Path) -> None:
    script = tmp_path / "a.py"
    script.write_text("from isospine import tables\nimport isospine.errors\n")
    cells = [
        {"cell_type": "markdown", "source": ["from isospine import metrics"]},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "from isospine import tables"]},
        {"cell_type": "code", "source": "import isospine.errors"},
    ]
    notebook = tmp_path / "a.ipynb"
    notebook.write_text(json.dumps({"cells": cells}))
    assert code_hash(notebook) == code_hash(script)
