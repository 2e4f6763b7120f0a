"""Score codes of a reference: the bytes that they take, and how close what they stand for is."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from isospine.evaluation.codecs import LOSSY, at_rate, lossless_sizes
from isospine.evaluation.metrics import Mask, psnr
from isospine.geometry.grid import Volume


def scored(
    kind: str,
    coder: str,
    size: int,
    image: Volume | None,
    reference: Volume,
    regions: Mapping[str, Mask],
    bits: int | None = None,
) -> Iterator[dict[str, Any]]:
    """Give a row for each region of a code.

    Parameters
    ----------
    kind : {'network', 'lossy', 'lossless'}
        What was coded: the weights of a network, or the reference with or without loss.
    coder : str
        Method of the network, or name of the codec.
    size : int
        Bytes of the code.
    image : (I, J, K) ndarray or None
        What the code stands for; None where it is the reference.
    reference : (I, J, K) ndarray
        The truth.
    regions : mapping of str to (I, J, K) bool ndarray
        Voxels of each region.
    bits : int, optional
        Of each weight.
    """
    data_range = float(reference.max() - reference.min())
    for region, inside in regions.items():
        quality = None if image is None else psnr(reference[inside], image[inside], data_range)
        yield {
            "kind": kind,
            "coder": coder,
            "bits": bits,
            "bytes": size,
            "bits_per_voxel": 8 * size / reference.size,
            "region": region,
            "psnr": quality,
        }


def network_sizes(tables: Sequence[pd.DataFrame]) -> list[int]:
    """Bytes at which codecs stand beside networks: theirs, to two digits and once for those of several seeds."""
    return sorted({int(float(f"{size:.1e}")) for table in tables for size in table["bytes"]})


def codec_rows(
    reference: Volume, regions: Mapping[str, Mask], budgets: Sequence[int]
) -> Iterator[dict[str, Any]]:
    """Rows of a reference by every codec: at each of some sizes in bytes, which lossy ones may not reach, and without loss.

    Raises
    ------
    InputError
        If the package of codecs is not installed.
    """
    for name, codec in LOSSY.items():
        written: set[bytes] = set()
        for budget in budgets:
            found = at_rate(codec, reference, budget)
            # a codec may have one code for two sizes that are nearly equal
            if found is not None and found[0] not in written:
                data, image = found
                written.add(data)
                yield from scored("lossy", name, len(data), image, reference, regions)
    for name, size in lossless_sizes(reference).items():
        yield from scored("lossless", name, size, None, reference, {"whole": regions["whole"]})
