"""Segment by name: from views of labels to the occupancy of each voxel."""

from collections.abc import Callable, Sequence

from isospine.geometry.grid import Grid, Volume
from isospine.physics.view import View
from isospine.segmentation.distance_spline import distance_spline
from isospine.segmentation.interpolation import nearest, shape_based
from isospine.segmentation.labels import is_binary
from isospine.segmentation.occupancy import least_variation

#: By name; each takes views of labels and a grid, and returns the occupancy in [0, 1] of its voxels.
METHODS: dict[str, Callable[[Sequence[View], Grid], Volume]] = {
    "nearest": nearest,
    "shape-based": shape_based,
    "tv": least_variation,
    "distance-spline": distance_spline,
}


def default_method(views: Sequence[View]) -> str:
    """Name of the method for some labels: the spline for binary ones, total variation where some are soft."""
    return "distance-spline" if all(map(is_binary, views)) else "tv"
