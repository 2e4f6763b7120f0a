"""Keep Python from importing what lies in the working directory; standard library only.

A run may be started in a folder that came from elsewhere, with a `random.py` in it.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path


def import_from(library: Path | None, never: Sequence[Path]) -> None:
    """Have this process, and those that it starts, import a library and nothing that lies in some folders.

    Changes `sys.path`, `PYTHONPATH`, of which relative and empty entries go, and `PYTHONSAFEPATH`, without which Python puts
    the folder of a script, or with ``-m`` and ``-c`` the working directory, before its standard library.

    Parameters
    ----------
    library : Path or None
        Folder of a library that need not be installed; None for one that is.
    never : sequence of Path
        The working directory, and the folder that a command was given in. What is in their subfolders may be
        imported, if it is in the search path: a virtual environment.
    """
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    relative = [folder / entry for folder in never for entry in given if not os.path.isabs(entry)]
    unwanted = {os.path.realpath(folder) for folder in [*never, *relative]}
    first = []
    if library is not None:
        first.append(str(library))
        unwanted.discard(os.path.realpath(library))

    def kept(entries: Sequence[str]) -> list[str]:
        found = [entry for entry in entries if os.path.isabs(entry)]
        found = [entry for entry in found if os.path.realpath(entry) not in unwanted]
        return list(dict.fromkeys([*first, *found]))

    sys.path[:] = kept(sys.path)
    os.environ.update(PYTHONPATH=os.pathsep.join(kept(given)), PYTHONSAFEPATH="1")
