"""Every package of the library documents itself: a docstring that lists its modules, and nothing else.

With ISOSPINE_UPDATE_GOLDEN=1 the lists are written, from the first lines of the modules' docstrings.
"""

import ast
import os
import re
import textwrap
from pathlib import Path

import pytest

import isospine

LIBRARY = Path(isospine.__file__).parent
PACKAGES = sorted(file.parent for file in LIBRARY.rglob("__init__.py") if file.parent != LIBRARY)


def docstring(file: Path) -> str:
    """Give the docstring of a module."""
    return ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""


def modules(package: Path) -> dict[str, Path]:
    """Give the file of each module and package that lies in a package, by its name."""
    found = {file.stem: file for file in package.glob("*.py") if file.stem != "__init__"}
    return found | {file.parent.name: file for file in package.glob("*/__init__.py")}


def write_list(package: Path) -> None:
    """Write the docstring of a package: its purpose as before, and its modules as they are."""
    lines = [docstring(package / "__init__.py").split("\n")[0], "", "Modules", "-------"]
    for name, file in sorted(modules(package).items()):
        lines += [f"`{name}`", textwrap.indent(textwrap.fill(docstring(file).split("\n")[0], 100), " " * 4)]
    (package / "__init__.py").write_text('"""' + "\n".join(lines) + '\n"""\n', encoding="utf-8")


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.relative_to(LIBRARY).as_posix())
def test_a_package_is_a_docstring_that_lists_its_modules(package: Path) -> None:
    if os.environ.get("ISOSPINE_UPDATE_GOLDEN"):
        write_list(package)
    text = docstring(package / "__init__.py")
    assert text and len(ast.parse((package / "__init__.py").read_text(encoding="utf-8")).body) == 1
    purpose, table = text.split("\n\nModules\n-------\n")
    assert re.fullmatch(r"[A-Z][^\n]*\.", purpose)
    listed = re.findall(r"^`(\w+)`\n    [^\n]", table, re.MULTILINE)
    assert listed == sorted(modules(package))
    assert max(map(len, text.split("\n"))) <= 110


def test_every_folder_with_modules_is_a_package() -> None:
    folders = {file.parent for file in LIBRARY.rglob("*.py")} - {LIBRARY}
    assert folders == set(PACKAGES)
