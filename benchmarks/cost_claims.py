"""What docs/costs.md says of costs: computed from hyperparameters, and from the tables of results."""

import pandas as pd
from claim_tables import grid
from fixed_point import RESULTS as FIXED_POINT
from grids import RESULTS as GRIDS
from refinement import RESULTS as REFINEMENT
from starts import RESULTS as STARTS

from isospine.models.inference_cost import FORMATS, PROCESSES, inference_cost, layer_sizes
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.kinds import kind_of

LOSSES = ("int16", "int12", "int8")


def voxel_costs() -> str:
    """Table of what a voxel costs the recipes that are networks of coordinates."""
    rows = []
    for name, settings in known_recipes().items():
        if kind_of(settings).of_coordinates:
            costs = {one: inference_cost(settings, one) for one in FORMATS}
            single, short = costs["float32"], costs["int8"]
            cells = [f"`{name}`", str(len(layer_sizes(settings))), f"{single.parameters:,}"]
            cells += [f"{single.multiply_adds:,}", f"{single.bytes_moved:,.0f}, {short.bytes_moved:,.0f}"]
            for process in PROCESSES:
                cells.append(", ".join(energy(cost.nanojoules[process]) for cost in costs.values()))
            rows.append(cells)
    head = ["recipe", "layers", "weights and biases", "multiply-adds", "bytes moved, float32 and int8"]
    formats = ", ".join(FORMATS)
    return grid([*head, *(f"nJ at {name.replace('nm', ' nm')}: {formats}" for name in PROCESSES)], rows)


def energy(nanojoules: float) -> str:
    """Nanojoules with three digits or more."""
    return f"{nanojoules:.0f}" if nanojoules >= 100 else f"{nanojoules:.1f}"


def fixed_point() -> str:
    """Table of PSNR in float32, and what fixed point loses."""
    table = pd.read_csv(FIXED_POINT, sep="\t")
    rows = []
    for recipe, own in table.groupby("recipe", sort=False):
        psnr = own.set_index("format")["psnr"]
        losses = [f"{psnr['float32'] - psnr[name]:.3f}".replace("-0.000", "0.000") for name in LOSSES]
        rows.append([f"`{recipe}`", str(own["epochs"].iloc[0]), f"{psnr['float32']:.2f}", *losses])
    bits = [f"loss with {name.removeprefix('int')} bits" for name in LOSSES]
    return grid(["recipe", "epochs", "float32, dB", *bits], rows)


def refinement() -> str:
    """Table of time and memory at each factor."""
    table = pd.read_csv(REFINEMENT, sep="\t")
    rows = []
    for row in table.itertuples():
        million = row.seconds / row.voxels * 1e6
        rows.append(
            [
                f"{row.factor:g}",
                f"{row.voxels:,}",
                f"{row.seconds:.1f}",
                f"{million:.1f}",
                f"{row.memory_mb:.0f}",
            ]
        )
    return grid(["k", "voxels", "CPU s", "CPU s per million voxels", "peak MB"], rows)


def grids() -> str:
    """Table of the recipe `grid` beside `fourier`, one row for each volume."""
    table = pd.read_csv(GRIDS, sep="\t")
    rows = []
    for volume, own in table.groupby("volume", sort=False):
        cells = own.set_index("recipe")
        ours, theirs = cells.loc["grid"], cells.loc["fourier"]
        rows.append(
            [
                f"sub-{volume}",
                *(f"{one['psnr']:.2f}" for one in (theirs, ours)),
                f"{ours['psnr'] - theirs['psnr']:+.2f}",
                *(f"{one['seconds']:.0f}" for one in (theirs, ours)),
                *(f"{one['parameters']:,.0f}" for one in (theirs, ours)),
            ]
        )
    head = ["volume", "`fourier`", "`grid`", "difference", "`fourier`, s", "`grid`, s"]
    psnr, seconds = (
        table.pivot(index="volume", columns="recipe", values=name) for name in ("psnr", "seconds")
    )
    behind, share = (psnr["grid"] < psnr["fourier"]).sum(), seconds["grid"].sum() / seconds["fourier"].sum()
    text = f"\n`grid` is behind `fourier` on {behind} of {len(psnr)} volumes, in {share:.0%} of its time.\n"
    return grid([*head, "weights of `fourier`", "of `grid`"], rows) + text


def starts() -> str:
    """Table of the first weights of `fourier`, one row for each volume and length of training."""
    table = pd.read_csv(STARTS, sep="\t")
    wide = table.pivot(index=["volume", "epochs"], columns="initial", values=["psnr", "seconds"])
    gains = (wide["psnr"]["mean"] - wide["psnr"]["random"]).round(2) + 0.0  # no -0.00
    rows = [
        [
            f"sub-{volume}",
            str(epochs),
            *(f"{own['psnr'][initial]:.2f}" for initial in ("random", "mean")),
            f"{gains[volume, epochs]:+.2f}",
            *(f"{own['seconds'][initial]:.0f}" for initial in ("random", "mean")),
        ]
        for (volume, epochs), own in wide.iterrows()
    ]
    full = gains.xs(table["epochs"].max(), level="epochs")
    text = (
        f"\nThe mean changes {gains.min():+.2f} to {gains.max():+.2f} dB, and {full.min():+.2f} to {full.max():+.2f} dB after the "
        f"{table['epochs'].max()} epochs of the recipe.\n"
    )
    return (
        grid(["volume", "epochs", "`random`", "`mean`", "difference", "`random`, s", "`mean`, s"], rows)
        + text
    )
