"""Which library code a script or notebook depends on, as one hash for Snakemake's `params`.

Snakemake hashes the script itself but none of the modules that it imports.
"""

import ast
import hashlib
import json
from functools import cache
from pathlib import Path

LIBRARY = Path(__file__).parent


def code_hash(script: Path) -> str:
    """SHA-256 of the library modules that a script or notebook imports, directly or through others.

    Parameters
    ----------
    script : Path
        A Python file or Jupyter notebook that imports ``isospine.<module>``.
    """
    pending = sorted(_imports(script))
    found: set[Path] = set()
    while pending:
        module = pending.pop()
        if module not in found:
            found.add(module)
            pending.extend(_imports(module))
    digest = hashlib.sha256()
    for module in sorted(found):
        digest.update(module.name.encode() + b"\0" + module.read_bytes())
    return digest.hexdigest()


@cache
def _imports(path: Path) -> frozenset[Path]:
    """Files of the isospine modules that one file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(_source(path))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    candidates = (
        LIBRARY / f"{name.removeprefix('isospine.')}.py" for name in names if name[:9] == "isospine."
    )
    return frozenset(candidate for candidate in candidates if candidate.exists())


def _source(path: Path) -> str:
    """Python of a file; of a notebook that of its cells, without the lines that are IPython's own."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    cells = [cell["source"] for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    lines = [line for cell in cells for line in "".join(cell).splitlines()]
    return "\n".join(line for line in lines if not line.startswith(("%", "!")))
