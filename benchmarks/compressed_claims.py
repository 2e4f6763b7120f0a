"""What docs/compression.md says of measured codes, from their table of results."""

import textwrap

import numpy as np
import pandas as pd
from claim_tables import grid
from compressed import BITS, RESULTS
from followup_claims import span
from scipy.interpolate import interp1d

from isospine.evaluation.codecs import LOSSY
from isospine.statistics.codes import Gain, gains, level_rate, verdict

LOSSLESS = ("gzip", "zstd", "blosc2", "jpeg2000", "jpegxl")


def read_codes() -> pd.DataFrame:
    """The table of benchmarks/compressed.py."""
    return pd.read_csv(RESULTS, sep="\t", na_values="n/a", keep_default_na=False)


def compression() -> str:
    """Verdict, table of rates, and what lossless codecs, `fourier` and the partition give."""
    table = read_codes()
    sentences = [_bits(table), _lossless(table), _fourier(table), _partition(table)]
    return "\n".join([wrapped(_answer(table)), _rates(table), *map(wrapped, sentences)])


def wrapped(text: str) -> str:
    """Paragraph in lines."""
    return textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False) + "\n"


def _answer(table: pd.DataFrame) -> str:
    found = gains(table, "siren", "sperr", BITS[0])
    level = level_rate(found)
    where = f"Smaller codes than about {level:.2g} bits per voxel" if level else "No code that was measured"
    ranges = ", ".join(f"{ranged(one)} at {one.rate:.2f}" for one in found)
    return (
        f"**{verdict(found, 'One SIREN of 8 bits', 'SPERR')}.** {where} are where a network is the better code. "
        f"Over the volumes the differences are {ranges} bits per voxel.\n"
    )


def ranged(one: Gain) -> str:
    """Least and largest difference."""
    return f"{min(one.values.values()):+.1f} to {max(one.values.values()):+.1f} dB"


def _rates(table: pd.DataFrame) -> str:
    """PSNR of each volume and rate by a SIREN of 8 bits, and by codecs at its bytes."""
    head = ["volume", "bytes", "bits per voxel", "SIREN, 8 bits", "the same, float32"]
    head += [codec.title for codec in LOSSY.values()]
    rows = []
    networks = table[(table["coder"] == "siren") & table["rate"].notna()]
    for (image, rate), own in networks.groupby(["image", "rate"]):
        by_bits = own.set_index("bits")
        code = by_bits.loc[BITS[0]]
        cells = [str(image), f"{code['bytes']:.0f}", f"{code['bits_per_voxel']:.3f}", f"{code['psnr']:.2f}"]
        cells.append(f"{by_bits.loc[32, 'psnr']:.2f}")
        beside = table[(table["image"] == image) & (table["kind"] == "lossy") & (table["rate"] == rate)]
        for name in LOSSY:
            fits = beside[(beside["coder"] == name) & (beside["bytes"] <= code["bytes"])]
            cells.append(f"{fits['psnr'].max():.2f}" if len(fits) else "too large")
        rows.append(cells)
    return grid(head, rows)


def _bits(table: pd.DataFrame) -> str:
    own = table[(table["coder"] == "siren") & table["rate"].notna()]
    by_bits = own.pivot(index=["image", "rate"], columns="bits", values=["psnr", "bytes"])
    parts = []
    for bits in BITS:
        lost = by_bits["psnr", 32] - by_bits["psnr", bits]
        larger = (by_bits["bytes", bits] / by_bits["bytes", BITS[0]]).mean()
        parts.append(
            f"{bits} bits {span(lost, 2)} dB"
            + (f", in {larger:.2f} times the bytes" if bits > BITS[0] else "")
        )
    return f"Rounding the weights of these small networks costs: {'; '.join(parts)}.\n"


def _lossless(table: pd.DataFrame) -> str:
    own = table[table["kind"] == "lossless"]
    parts = [f"{name} {span(own.loc[own['coder'] == name, 'bits_per_voxel'], 1)}" for name in LOSSLESS]
    return f"Without loss, in bits per voxel: {', '.join(parts)}.\n"


def _fourier(table: pd.DataFrame) -> str:
    own = table[table["coder"] == "fourier"].pivot(
        index="image", columns="bits", values=["psnr", "bytes", "bits_per_voxel"]
    )
    lost = own["psnr", 32] - own["psnr", BITS[0]]
    share = own["bytes", BITS[0]] / own["bytes", 32]
    return (
        f"`fourier`, which learned from two views, loses {lost.max():.2f} dB at most with {BITS[0]} bits, in {span(share, 2)} of its "
        f"float32 bytes: {span(own['bits_per_voxel', BITS[0]], 1)} bits per voxel of crops this small.\n"
    )


def _partition(table: pd.DataFrame) -> str:
    chosen = table[(table["bits"] == BITS[0]) & table["rate"].notna()]
    lost = []
    for _, own in chosen.groupby("image"):
        one, several = (own[own["coder"] == name].sort_values("bytes") for name in ("siren", "partition"))
        curve = interp1d(np.log(one["bytes"]), one["psnr"], fill_value="extrapolate")
        lost += list(several["psnr"] - curve(np.log(several["bytes"])))
    return (
        f"Four networks for 2 x 2 blocks that share their first layers: {span(pd.Series(lost), 1, '+')} dB against one network, whose PSNR is "
        "interpolated to their bytes. It is a negative result, so that isospine has no such recipe.\n"
    )
