"""The table of what a voxel costs each network, and what fixed point loses."""

import numpy as np
import pandas as pd
import pytest

from isospine.evaluation.fixed_point import COLUMNS, format_scores
from isospine.evaluation.metrics import psnr
from isospine.models.inference_cost import FORMATS, inference_cost
from isospine.recipes.catalogue import known_recipes
from isospine.report.inference import inference_headings, inference_table, inference_text
from isospine.report.table_page import leading_columns, table_page

NETWORKS = {
    name: {"recipe": name, "hyperparameters": known_recipes()[name]} for name in ("fourier", "siren2020")
}
ABOUT = {"image": "sub-01", "contrast": "T2w", "method": "fourier", "seed": 0}


def scores_of(loss: float, **about: object) -> pd.DataFrame:
    """Scores of a network that loses some dB with 8 bits."""
    cells = {"float32": (30.0, 0.0), "int8": (30.0 - loss, loss)}
    rows = [
        {**ABOUT, **about, "format": name, "region": region, "psnr_network": high, "psnr_loss": low}
        for region in ("whole", "mask")
        for name, (high, low) in cells.items()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def test_scores_are_of_the_same_reference_and_region() -> None:
    random = np.random.default_rng(0)
    reference = random.random((6, 7, 8)).astype(np.float32) * 100
    images = {
        name: reference + random.normal(0, sd, reference.shape) for name, sd in (("float32", 1), ("int8", 2))
    }
    cord = np.zeros(reference.shape, np.uint8)
    cord[2:4, 2:5, 2:6] = 1
    table = format_scores(reference, cord, images, ABOUT)
    assert tuple(table.columns) == COLUMNS and len(table) == 6
    rows = table.set_index(["region", "format"])
    inside, span = cord.astype(bool), float(np.ptp(reference))
    expected = psnr(reference[inside], images["int8"][inside], span)
    assert rows.loc[("cord", "int8"), "psnr_network"] == expected
    assert (rows.xs("float32", level="format")["psnr_loss"] == 0).all()
    assert rows.loc[("whole", "int8"), "psnr_loss"] == pytest.approx(6, abs=1)
    assert "cord" not in set(format_scores(reference, None, images, ABOUT)["region"])


def test_every_network_has_a_row_for_each_format() -> None:
    table = inference_table(NETWORKS, None)
    assert [(row.method, row.format) for row in table.itertuples()] == [
        (name, number_format) for name in NETWORKS for number_format in FORMATS
    ]
    cost = inference_cost(known_recipes()["siren2020"], "int12")
    row = table[(table["method"] == "siren2020") & (table["format"] == "int12")].iloc[0]
    assert row["nanojoules_7nm"] == cost.nanojoules["7nm"] and row["parameters"] == cost.parameters
    assert not [column for column in table if "psnr" in column]


def test_losses_are_means_over_images_and_seeds_of_the_whole_volume() -> None:
    scores = pd.concat([scores_of(0.1), scores_of(0.4, image="sub-02"), scores_of(0.1, seed=1)])
    table = inference_table(NETWORKS, scores).set_index(["method", "format"])
    assert table.loc[("fourier", "int8"), "psnr_loss_mean"] == pytest.approx(0.2)
    assert table.loc[("fourier", "int8"), "psnr_loss_highest"] == pytest.approx(0.4)
    assert table.loc[("fourier", "float32"), "psnr_network_mean"] == 30
    assert np.isnan(table.loc[("fourier", "int16"), "psnr_loss_mean"])


def test_the_page_begins_with_energy_and_loss() -> None:
    scores = scores_of(0.123456)
    table = inference_table(NETWORKS, scores)
    assert leading_columns(table)[:2] == ["method", "format"]
    assert {"nanojoules_45nm", "psnr_loss_mean"} <= set(leading_columns(table))
    page = table_page(table, "Cost", inference_text(scores), inference_headings())
    assert "nJ, 45 nm" in page and ">0.123<" in page and "are no measurement" in page
    assert "metrics.fixed_point" in inference_text(None) and "metrics.fixed_point" not in inference_text(
        scores
    )
