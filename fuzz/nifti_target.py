"""Images of any content are read or refused with an `InputError` of one line."""

import gzip
import struct
import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import nibabel as nib
import numpy as np

from isospine.errors import InputError
from isospine.geometry.grid import Grid
from isospine.geometry.planes import PLANE_NORMALS, orientation, plane_across, thick_axis
from isospine.io.nifti import load_grid, load_mask, load_volume

FOLDER = tempfile.TemporaryDirectory()
PLAIN, PACKED = (Path(FOLDER.name) / f"sub-1_T2w{suffix}" for suffix in (".nii", ".nii.gz"))


def seeds() -> Iterator[bytes]:
    """Small good images of each version, order of bytes and some data types, plain and packed by the fuzzer or before."""
    data = np.arange(60).reshape(3, 4, 5)
    affine = np.array([[0, 0, 0.8, 1], [-0.8, 0, 0, 2], [0, 0.8, 0, 3], [0, 0, 0, 1]])
    for kind, order, number in product((nib.Nifti1Image, nib.Nifti2Image), "<>", (np.uint8, np.int16, float)):
        header = kind.header_class(endianness=order)
        header.set_data_dtype(number)
        image = kind(data.astype(number), affine, header)
        image.header.set_qform(affine, code=1)
        image.header.set_slope_inter(2, 1)
        raw = image.to_bytes()
        yield b"\0" + raw
        yield b"\1" + raw
    yield b"\2" + gzip.compress(raw)
    extension = struct.pack("<4B2i8s", 1, 0, 0, 0, 16, 6, b"a note")
    raw = bytearray(nib.Nifti1Image(data.astype(np.int16), affine).to_bytes())
    raw[348:352] = extension
    struct.pack_into("<f", raw, 108, 368)
    yield b"\0" + bytes(raw)
    yield b"\1" + bytes(raw[:400])


def check(content: bytes) -> None:
    """Read a file; its first byte says how the rest is stored."""
    way, raw = content[:1], content[1:]
    path = PLAIN if way in (b"", b"\0") else PACKED
    path.write_bytes(gzip.compress(raw, 1) if way == b"\1" else raw)
    loaded = attempt(path, load_volume)
    found = attempt(path, load_grid)
    if loaded is not None:
        data, affine = loaded
        assert found is not None and found[0] == data.shape
        assert data.dtype == np.float32 and np.isfinite(data).all() and data.min() < data.max()
        assert load_mask(path, data.shape, affine).max() <= 1
    if found is not None:
        grid = Grid(*found)
        assert np.isfinite(grid.spacing).all() and grid.radius > 0 and len(orientation(grid.affine)) == 3
        assert {plane_across(grid.affine, thick_axis(grid.affine, plane)) for plane in PLANE_NORMALS} == set(
            PLANE_NORMALS
        )


def attempt(path, load):
    """Give what a file holds, None where it is refused as it should be."""
    try:
        return load(path)
    except InputError as error:
        assert str(path) in str(error) and "\n" not in str(error)
        return None
