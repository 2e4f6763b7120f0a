"""Write the volumes of one image as one HTML page: three planes, one crosshair, zoom, outlines, flicker, no network."""

import base64
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
from numpy.typing import NDArray

from isospine.figures.images import ERROR_COLOURS
from isospine.figures.panels import Panel
from isospine.figures.style import nice_ceiling
from isospine.geometry.display_slices import Frame, canonical, display_window
from isospine.geometry.grid import Affine, Volume
from isospine.report.page import render

Codes = NDArray[np.uint8]

#: Body of the page, which names its style and script.
TEMPLATE = "viewer/body.html"

#: Largest page in bytes. Snakemake's report holds it in base64, a third larger: 19 of them take 38 MB.
PAGE_BYTES = 1_500_000
#: Of the compression: level 9 takes three times as long and saves one percent.
LEVEL = 6
#: Relative lengths of the part of a volume that is shown, along R-L, A-P and I-S: the cord runs along the last.
PROPORTIONS = (1.0, 1.4, 2.0)
#: Share of the reference's range by which the codes reach beyond it on either side.
MARGIN = 0.1


@dataclass(frozen=True)
class Coding:
    """The coding of intensities in one byte: `low + step * code`.

    Attributes
    ----------
    low, step : float
        Intensity of code 0, and the difference between codes.
    """

    low: float
    step: float

    @classmethod
    def of(cls, reference: Volume) -> "Coding":
        """Make the coding that extends the reference's range by a tenth on either side."""
        low, high = float(reference.min()), float(reference.max())
        span = (high - low) * (1 + 2 * MARGIN) or 1.0
        return cls(low - (high - low) * MARGIN, span / 255)

    def encode(self, image: Volume) -> Codes:
        """Return the nearest codes: within their range, the error is half a step at most."""
        codes = np.rint((image - np.float32(self.low)) / np.float32(self.step))
        return np.clip(codes, 0, 255).astype(np.uint8)


def part_around(
    shape: Sequence[int], spacing: Sequence[float], centre: Sequence[int], scale: float
) -> tuple[slice, ...]:
    """Cut the part of a volume around a voxel, of the lengths `scale * PROPORTIONS` at most.

    Parameters
    ----------
    shape, centre : sequences of int
        Voxels of the volume, and the one to be in the middle, along R-L, A-P and I-S.
    spacing : sequence of float
        Voxel sizes in mm.
    scale : float
        Length along R-L in mm.
    """
    part = []
    for size, step, middle, share in zip(shape, spacing, centre, PROPORTIONS, strict=True):
        count = min(size, max(1, round(scale * share / step)))
        start = min(max(middle - count // 2, 0), size - count)
        part.append(slice(start, start + count))
    return tuple(part)


def pack(volumes: Sequence[Codes]) -> str:
    """Write volumes as text: differences between volumes, then along I-S, R-L fastest, compressed by zlib, in base64.

    Either difference makes it smaller than the codes themselves, along I-S by a fifth, and between volumes by a fifteenth.
    """
    differences = np.diff(np.stack(volumes), axis=0, prepend=np.uint8(0))
    differences = np.diff(differences, axis=3, prepend=np.uint8(0)).transpose(0, 3, 2, 1)
    return base64.b64encode(zlib.compress(differences.tobytes(), LEVEL)).decode("ascii")


def pack_mask(mask: NDArray[np.bool_]) -> str:
    """Write a mask as text: a bit for each voxel, R-L fastest, compressed by zlib, in base64."""
    bits = np.packbits(mask.transpose(2, 1, 0).ravel())
    return base64.b64encode(zlib.compress(bits.tobytes(), 9)).decode("ascii")


def viewer_page(
    title: str,
    panels: Sequence[Panel],
    frame: Frame,
    second: int = 0,
    outlines: Mapping[str, NDArray[np.uint8]] | None = None,
    limit: int = PAGE_BYTES,
    first_note: str = "taken as the truth",
    difference: str = "error",
) -> str:
    """Write volumes as a page in plain ASCII that needs neither server nor network.

    Parameters
    ----------
    title : str
        Heading.
    panels : sequence of Panel
        The reference first; it gives the window. All lie on its grid.
    frame : Frame
        Its focus is where the crosshair is first, and in the middle of what is shown.
    second : int
        Index of the panel that is first shown beside the reference.
    outlines : mapping of str to (I, J, K) array, optional
        Masks on the same grid whose outlines can be shown, by their names.
    limit : int
        Largest page in bytes: as much around the focus is shown as it allows.
    first_note : str
        Line above the first panel.
    difference : str
        What a difference from the first panel is called.
    """
    reference, affine = canonical(panels[0].data, panels[0].affine)
    volumes = [canonical(panel.data, panel.affine)[0] for panel in panels]
    masks = {name: canonical(mask, panels[0].affine)[0] > 0 for name, mask in (outlines or {}).items()}
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    index = np.rint(np.linalg.solve(affine[:3, :3], frame.focus - affine[:3, 3])).astype(int)
    centre = np.clip(index, 0, np.array(reference.shape) - 1).tolist()
    scale = float(max(np.array(reference.shape) * spacing / PROPORTIONS))
    voxels = 2.5 * limit / len(volumes)  # few pages hold more, and less is quicker to compress
    largest = part_around(reference.shape, spacing, centre, scale)
    while _count(largest) > voxels:
        scale *= 0.9
        largest = part_around(reference.shape, spacing, centre, scale)
    while True:
        part = part_around(reference.shape, spacing, centre, scale)
        content = _content([image[part] for image in volumes], affine, part, centre, panels)
        content |= {"second": second, "difference": difference}
        content["notes"][0] = first_note
        content["outlines"] = [
            {"name": name, "data": pack_mask(mask[part])} for name, mask in masks.items() if mask[part].any()
        ]
        content["window"] = display_window(panels[0].data)
        content["range"] = float(reference.max() - reference.min())
        page = _page(title, content, reference.shape)
        if len(page) <= limit or _count(part) == 1:
            return page
        scale *= 0.99 * (limit / len(page)) ** (1 / 3)


def _count(part: Sequence[slice]) -> int:
    return int(np.prod([along.stop - along.start for along in part]))


def _content(
    volumes: Sequence[Volume],
    affine: Affine,
    part: Sequence[slice],
    centre: Sequence[int],
    panels: Sequence[Panel],
) -> dict[str, Any]:
    """Collect the data of the page's script; arrays lie along R-L, A-P and I-S."""
    start = [along.start for along in part]
    coding = Coding.of(volumes[0])
    moved = affine[:3].copy()
    moved[:, 3] = affine[:3, :3] @ start + affine[:3, 3]
    data_range = float(panels[0].data.max() - panels[0].data.min())
    errors = [np.abs(image - volumes[0]) * np.float32(100 / data_range) for image in volumes[1:]]
    highest = max((float(np.percentile(error, 98)) for error in errors), default=0.0)
    return {
        "names": [panel.title for panel in panels],
        "notes": [panel_note(panel, panels[0]) for panel in panels],
        "shape": volumes[0].shape,
        "spacing": [round(float(size), 6) for size in np.linalg.norm(affine[:3, :3], axis=0)],
        "affine": np.round(moved, 6).tolist(),
        "focus": [index - first for index, first in zip(centre, start, strict=True)],
        "low": coding.low,
        "step": coding.step,
        "span": 255 * coding.step,
        "largest": nice_ceiling(highest or 1.0),
        "colours": _colours(),
        "data": pack([coding.encode(image) for image in volumes]),
    }


def panel_note(panel: Panel, reference: Panel) -> str:
    """Write the line above a panel: each of its notes, with the label from the reference's if that has labels."""
    if not reference.notes:
        return "; ".join(panel.notes)
    return "; ".join(f"{what} {note}" for what, note in zip(reference.notes, panel.notes, strict=True))


def _colours() -> str:
    """Encode the 256 colours of the figures' errors, as red, green and blue in base64."""
    table = matplotlib.colormaps[ERROR_COLOURS](np.arange(256), bytes=True)
    return base64.b64encode(table[:, :3].tobytes()).decode("ascii")


def _page(title: str, content: dict[str, Any], whole: Sequence[int]) -> str:
    lengths = [size * step for size, step in zip(content["shape"], content["spacing"], strict=True)]
    return render(
        TEMPLATE,
        title=title,
        content=content,
        whole=tuple(content["shape"]) == tuple(whole),
        lengths=" x ".join(f"{length:.0f}" for length in lengths),
        step=f"{content['step']:.3g}",
        percent=f"{100 * content['step'] / content['range']:.2g}",
    )
