"""Where real data is, for tests and figures."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[1]


def data_folder(name: str = "") -> Path:
    """Folder of real data, or one of its entries: of $ISOSPINE_TEST_DATA, or beside the checkout."""
    return Path(os.environ.get("ISOSPINE_TEST_DATA", ROOT.parent / "shared/data")) / name
