"""Read YAML files."""

from pathlib import Path
from typing import Any

import yaml

from isospine.errors import InputError


def load_yaml(path: str | Path) -> Any:
    """Read YAML data.

    Raises
    ------
    InputError
        If the file is not YAML.
    """
    try:
        return yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    # in addition to YAML errors: a month 13, a number of thousands of digits, lists in thousands of lists
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: not valid YAML ({' '.join(str(error).split())}); fix the file") from error
