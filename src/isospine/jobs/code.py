"""Hash the library code that a script or notebook depends on, for Snakemake's `params`.

Snakemake hashes the script itself but none of the modules that it imports.
"""

import ast
import hashlib
import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

LIBRARY = Path(__file__).parents[1]


def code_hash(script: Path, also: Iterable[str] = ()) -> str:
    """SHA-256 of the library files that a script or notebook depends on, by their paths in the library.

    Parameters and errors are those of `code_files`.
    """
    digest = hashlib.sha256()
    for file in sorted(code_files(script, also)):
        digest.update(file.relative_to(LIBRARY).as_posix().encode() + b"\0" + _content(file))
    return digest.hexdigest()


def code_files(script: Path, also: Iterable[str] = ()) -> set[Path]:
    """Library files that a script or notebook depends on, directly or through others.

    These are the modules that it imports, the `__init__` of every package on the way to them, and the data files
    beside a module that the module names. Of an `__init__` that is a docstring only, the text does not count: it
    lists the package's modules, and a new one must not rerun jobs that do not use it. Nor does the library's own
    `__init__` count: it is for people at a prompt, and no module or script imports from it.

    Parameters
    ----------
    script : Path
        A Python file or Jupyter notebook that imports `isospine.<package>.<module>`.
    also : iterable of str
        Dotted names of further modules, which the script loads by name.

    Raises
    ------
    ModuleNotFoundError
        If an imported `isospine` module does not exist.
    """
    pending = sorted(_dependencies(script))
    for name in also:
        pending += _module_files(name, script)
    found: set[Path] = set()
    face = LIBRARY / "__init__.py"
    while pending:
        file = pending.pop()
        if file not in found and file != face:
            found.add(file)
            pending.extend(_dependencies(file))
    return found


def _content(file: Path) -> bytes:
    """Bytes of a file that a result can depend on: none of an `__init__` that is a docstring only."""
    content = file.read_bytes()
    if file.name != "__init__.py":
        return content
    tree = ast.parse(content)
    return content if tree.body[ast.get_docstring(tree) is not None :] else b""


@cache
def _dependencies(path: Path) -> frozenset[Path]:
    """Library files that one file depends on directly."""
    text = path.read_text(encoding="utf-8", errors="replace")  # weights are no text
    inside = path.is_relative_to(LIBRARY)
    files = set(_named_data(path, text)) if inside else set()
    if path.suffix in (".py", ".ipynb"):
        for node in ast.walk(ast.parse(_python(path, text))):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    files.update(_module_files(alias.name, path))
            elif isinstance(node, ast.ImportFrom):
                files.update(_from_files(node, path))
    return frozenset(files)


def _from_files(node: ast.ImportFrom, importer: Path) -> Iterator[Path]:
    """Files behind one `from ... import ...`: of the module, and of every name that is a module itself."""
    if node.level or not node.module or node.module.split(".")[0] != "isospine":
        return
    module = _module_files(node.module, importer)
    yield from module
    if module[-1].name != "__init__.py":
        return
    defined = _defined_names(module[-1])
    for alias in node.names:
        if alias.name not in defined:
            yield from _module_files(f"{node.module}.{alias.name}", importer)


def _module_files(name: str, importer: Path) -> list[Path]:
    """Files of an `isospine` module: the `__init__` of each package on the way, then its own; none of another library."""
    first, *parts = name.split(".")
    if first != "isospine":
        return []
    files, place = [LIBRARY / "__init__.py"], LIBRARY
    for part in parts:
        place = place / part
        files.append(place / "__init__.py" if place.is_dir() else place.with_suffix(".py"))
    missing = [file for file in files if not file.is_file()]
    if missing:
        raise ModuleNotFoundError(f"{importer}: imports {name}, and {missing[0]} does not exist")
    return files


@cache
def _defined_names(init: Path) -> frozenset[str]:
    """Names that a package's `__init__` defines itself, which are no modules."""
    body = ast.parse(init.read_text(encoding="utf-8")).body
    assigned = (target for node in body if isinstance(node, ast.Assign) for target in node.targets)
    return frozenset(target.id for target in assigned if isinstance(target, ast.Name))


def _named_data(path: Path, text: str) -> Iterator[Path]:
    """Data files in the folder of a library file that it names: tables, style sheets, templates."""
    for file in path.parent.iterdir():
        data = file.is_file() and file.suffix not in (".py", ".pyc") and file != path
        if data and file.name in text:
            yield file


def _python(path: Path, text: str) -> str:
    """Python of a file; of a notebook that of its cells, without the lines that are IPython's own."""
    if path.suffix != ".ipynb":
        return text
    cells = [cell["source"] for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    lines = [line for cell in cells for line in "".join(cell).splitlines()]
    return "\n".join(line for line in lines if not line.startswith(("%", "!")))
