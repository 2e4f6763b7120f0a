import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from isospine.io.tables import concatenate_tables, read_table, write_table


def test_a_table_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "new" / "metrics.tsv"
    rows = [
        {"subject": "01", "session": None, "seed": 3, "psnr": 28.123456789012, "session_count": None},
        {"subject": "02", "session": "1", "seed": 4, "psnr": float("inf"), "session_count": 2},
    ]
    write_table(rows, path)
    assert path.read_bytes() == (
        b"subject\tsession\tseed\tpsnr\tsession_count\n01\tn/a\t3\t28.1234568\tn/a\n02\t1\t4\tinf\t2\n"
    )
    assert os.listdir(path.parent) == ["metrics.tsv"]


def test_labels_stay_text_and_missing_values_missing(tmp_path: Path) -> None:
    path = tmp_path / "metrics.tsv"
    table = pd.DataFrame(
        {
            "image": ["sub-01_T2w", "sub-NA_T2w"],
            "subject": ["01", "NA"],
            "session": ["001", None],
            "method": ["fourier", "None"],
            "recipe": [None, "null"],
            "region": ["whole", "whole"],
            "L": [256, None],
            "psnr": [28.5, np.nan],
        }
    )
    write_table(table, path)
    read = read_table(path)
    assert read["subject"].tolist() == ["01", "NA"]
    assert read["session"].tolist()[0] == "001"
    assert read["method"].tolist() == ["fourier", "None"]
    assert read["recipe"].tolist()[1] == "null"
    assert read.isna().to_numpy().nonzero()[0].tolist() == [0, 1, 1, 1]
    assert read["L"].tolist()[0] == 256
    assert read["psnr"].dtype == np.float64
    again = tmp_path / "again.tsv"
    write_table(read, again)
    assert again.read_bytes() == path.read_bytes()


@pytest.mark.filterwarnings("error")
def test_tables_are_stacked_in_order(tmp_path: Path) -> None:
    """A baseline's table has nothing in the columns of a network's."""
    write_table([{"method": "fourier", "L": 256, "seed": 0, "psnr": 30.0}], tmp_path / "a.tsv")
    write_table([{"method": "tv", "L": None, "seed": None, "psnr": 29.5}], tmp_path / "b.tsv")
    stacked = concatenate_tables([tmp_path / "b.tsv", tmp_path / "a.tsv"])
    assert stacked["method"].tolist() == ["tv", "fourier"]
    assert stacked.index.tolist() == [0, 1]
    write_table(stacked, tmp_path / "all.tsv")
    assert (
        tmp_path / "all.tsv"
    ).read_text() == "method\tL\tseed\tpsnr\ntv\tn/a\tn/a\t29.5\nfourier\t256\t0\t30\n"
