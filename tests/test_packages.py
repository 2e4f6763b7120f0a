"""Every package of the library documents itself: a docstring that lists its modules, and nothing else."""

import ast
import re
from pathlib import Path

import pytest

import isospine

LIBRARY = Path(isospine.__file__).parent
PACKAGES = sorted(file.parent for file in LIBRARY.rglob("__init__.py") if file.parent != LIBRARY)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.relative_to(LIBRARY).as_posix())
def test_a_package_is_a_docstring_that_lists_its_modules(package: Path) -> None:
    tree = ast.parse((package / "__init__.py").read_text(encoding="utf-8"))
    docstring = ast.get_docstring(tree)
    assert docstring is not None and len(tree.body) == 1
    purpose, table = docstring.split("\n\nModules\n-------\n")
    assert re.fullmatch(r"[A-Z][^\n]*\.", purpose)
    listed = re.findall(r"^`(\w+)`\n    [^\n]", table, re.MULTILINE)
    modules = {file.stem for file in package.glob("*.py")} - {"__init__"}
    packages = {file.parent.name for file in package.glob("*/__init__.py")}
    assert listed == sorted(modules | packages)


def test_every_folder_with_modules_is_a_package() -> None:
    folders = {file.parent for file in LIBRARY.rglob("*.py")} - {LIBRARY}
    assert folders == set(PACKAGES)
