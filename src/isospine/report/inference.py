"""Tabulate what a voxel costs each network of coordinates, and what fixed point loses."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from isospine.evaluation.fixed_point import FLOAT, mean_losses
from isospine.models.inference_cost import FORMATS, PROCESSES, TOGETHER, inference_cost


def inference_table(networks: Mapping[str, Mapping[str, Any]], scores: pd.DataFrame | None) -> pd.DataFrame:
    """Tabulate the cost of a voxel, one row for each network and number format.

    Parameters
    ----------
    networks : mapping
        `recipe` and `hyperparameters` of each network of coordinates, by the method's name.
    scores : DataFrame or None
        Rows of `format_scores` of all networks, of one contrast; None where the run asks for none.
    """
    rows = []
    for method, network in networks.items():
        for number_format in FORMATS:
            cost = inference_cost(network["hyperparameters"], number_format)
            row = {
                "method": method,
                "recipe": network["recipe"],
                "format": number_format,
                "parameters": cost.parameters,
                "weight_bytes": cost.weight_bytes,
                "multiply_adds": cost.multiply_adds,
                "bytes_moved": cost.bytes_moved,
                **{f"nanojoules_{name}": energy for name, energy in cost.nanojoules.items()},
            }
            rows.append(row | ({} if scores is None else mean_losses(scores, method, number_format)))
    return pd.DataFrame(rows)


def inference_headings() -> dict[str, str]:
    """Headings of the columns of `inference_table`."""
    return {
        "format": "number format",
        "parameters": "weights and biases",
        "weight_bytes": "weight bytes",
        "multiply_adds": "multiply-adds",
        "bytes_moved": "bytes moved",
        **{f"nanojoules_{name}": f"nJ, {name.replace('nm', ' nm')}" for name in PROCESSES},
        "psnr_network_mean": "PSNR (dB), alone",
        "psnr_loss_mean": "loss (dB)",
        "psnr_loss_highest": "highest loss (dB)",
    }


def inference_text(scores: pd.DataFrame | None) -> str:
    """Explain the table of `inference_table`."""
    losses = (
        "metrics.fixed_point in the configuration adds what the formats lose in dB."
        if scores is None
        else f"PSNR is that of the network alone in the whole volume, without data consistency; its loss is against {FLOAT}, "
        "as mean over images and seeds, and the highest."
    )
    return (
        "What one voxel costs each network of coordinates, from its hyperparameters. Energies are sums over single operations of "
        f"two processes and accesses to memory on the chip, with {TOGETHER} voxels at a time: they rank networks and formats, and "
        f"are no measurement. Weights are those of the layers, without the tables of the encoding grid. {losses}"
    )
