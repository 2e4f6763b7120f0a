"""Segment by name: from views of labels to the occupancy of each voxel."""

from collections.abc import Callable, Sequence

from isospine.geometry.grid import Grid, Volume
from isospine.physics.view import View
from isospine.recipes.lookup import resolve
from isospine.segmentation.distance_spline import distance_spline
from isospine.segmentation.interpolation import nearest, shape_based
from isospine.segmentation.labels import is_binary
from isospine.segmentation.occupancy import least_variation

#: Learns the occupancy, of labels alone or of labels and an image; it needs what this package must not load.
NETWORK = "isospine.models.coordinate.occupancy:occupancy_network"


def network(views: Sequence[View], grid: Grid, intensities: Sequence[View] = ()) -> Volume:
    """Occupancy of each voxel from a coordinate network, which views of the image may help to train."""
    occupancy: Volume = resolve(NETWORK)(views, grid, intensities)
    return occupancy


#: By name; each takes views of labels and a grid, and returns the occupancy in [0, 1] of its voxels.
METHODS: dict[str, Callable[[Sequence[View], Grid], Volume]] = {
    "nearest": nearest,
    "shape-based": shape_based,
    "tv": least_variation,
    "distance-spline": distance_spline,
    "network": network,
}


def default_method(views: Sequence[View]) -> str:
    """Name of the method for some labels: the spline for binary ones, total variation where some are soft."""
    return "distance-spline" if all(map(is_binary, views)) else "tv"
