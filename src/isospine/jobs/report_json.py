"""Keep the data of Snakemake's report from ending the scripts that hold it; standard library only."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def json_for_scripts() -> Iterator[None]:
    """Write JSON within a block so that it can stand inside ``<script>`` in a page.

    Snakemake puts the params of jobs there as they are: a folder called ``</script><script>...`` that a message in them
    names would be run. The JSON has the same meaning: in it, ``<`` stands in texts alone.
    """
    plain = json.dumps

    def dumps(*values: Any, **options: Any) -> str:
        return plain(*values, **options).replace("<", "\\u003c")

    json.dumps = dumps
    try:
        yield
    finally:
        json.dumps = plain
