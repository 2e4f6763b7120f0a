"""Write slices that follow the cord as one HTML page: a slider along it, several volumes side by side, no network."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from isospine.errors import InputError
from isospine.figures.panels import Panel
from isospine.geometry.display_slices import display_window
from isospine.geometry.grid import Grid
from isospine.geometry.straighten import centreline, straightened
from isospine.numbers import shortest
from isospine.report.page import render
from isospine.report.viewer.page import PAGE_BYTES, Coding, pack, panel_note

TEMPLATE = "viewer/along_cord.html"
#: Width of the slices in mm, where the page is not too large.
WIDTH = 40.0


def along_cord_page(
    title: str, panels: Sequence[Panel], cord: NDArray[np.uint8], limit: int = PAGE_BYTES
) -> str:
    """Write the page, in plain ASCII, that needs neither server nor network.

    Parameters
    ----------
    title : str
        Heading.
    panels : sequence of Panel
        The reference first; it gives the window. All lie on its grid.
    cord : (I, J, K) uint8 array
        Cord segmentation on that grid; where it is too short to be followed, the page says so.
    limit : int
        Largest page in bytes: slices are as wide as it allows, up to `WIDTH`.
    """
    reference = panels[0]
    i, j, k = reference.data.shape
    grid = Grid((i, j, k), reference.affine)
    spacing = float(grid.spacing.min())
    try:
        curve = centreline(cord, grid, spacing)
    except InputError as error:
        return render(TEMPLATE, title=title, refused=f"{error}", content=None)
    volumes = [straightened(panel.data, grid, curve, spacing, WIDTH)[0] for panel in panels]
    content = {
        "names": [panel.title for panel in panels],
        "notes": ["taken as the truth", *(panel_note(panel, reference) for panel in panels[1:])],
        "spacing": round(spacing, 6),
        "curve": np.round(curve, 1).tolist(),
        "window": display_window(reference.data),
    }
    while True:
        coding = Coding.of(volumes[0])
        content |= {"shape": volumes[0].shape, "low": coding.low, "step": coding.step}
        content["data"] = pack([coding.encode(image) for image in volumes])
        wide = len(volumes[0])
        about = {"width": shortest(wide * spacing, 0), "spacing": shortest(spacing, 2)}
        page = render(TEMPLATE, title=title, refused="", content=content, **about)
        if len(page) <= limit or wide <= 3:
            return page
        # as many voxels on either side of the middle
        cut = max(round(wide * (1 - 0.98 * (limit / len(page)) ** 0.5) / 2), 1)
        volumes = [image[cut:-cut, cut:-cut] for image in volumes]
