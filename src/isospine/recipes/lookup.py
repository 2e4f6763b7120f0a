"""Import functions and classes that records name, so that reading records loads no numerical library.

The only place that imports by name: a rule that relies on it must declare the module to `code_hash` (argument `also`).
"""

import importlib
from typing import Any


def module_of(place: str) -> str:
    """Return the module of a place: ``isospine.solvers.tikhonov`` of ``isospine.solvers.tikhonov:tikhonov``."""
    return place.partition(":")[0]


def resolve(place: str) -> Any:
    """Import what a record names.

    Parameters
    ----------
    place : str
        Dotted module and name, as in ``isospine.solvers.tikhonov:tikhonov``.

    Raises
    ------
    ModuleNotFoundError, AttributeError
        If there is no such module, or no such name in it.
    """
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)
