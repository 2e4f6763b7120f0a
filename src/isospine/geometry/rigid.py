"""Rigid motion in world coordinates."""

import numpy as np
from scipy.spatial.transform import Rotation

from isospine.geometry.grid import FloatArray


def rigid(parameters: FloatArray, centre: FloatArray) -> FloatArray:
    """Affine (4, 4) of a rigid motion.

    Parameters
    ----------
    parameters : (6,) array
        Rotation vector in degrees, then translation in mm, both in world axes.
    centre : (3,) array
        World coordinates in mm of the point that the rotation leaves in place.
    """
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_rotvec(parameters[:3], degrees=True).as_matrix()
    matrix[:3, 3] = centre + parameters[3:] - matrix[:3, :3] @ centre
    return matrix


def rigid_parameters(matrix: FloatArray, centre: FloatArray) -> FloatArray:
    """Inverse of `rigid`, shape (6,)."""
    rotation = Rotation.from_matrix(matrix[:3, :3]).as_rotvec(degrees=True)
    return np.concatenate([rotation, matrix[:3, :3] @ centre + matrix[:3, 3] - centre])


def pose_error(estimate: FloatArray, truth: FloatArray, points: FloatArray) -> tuple[float, float]:
    """Error of an estimated motion.

    Parameters
    ----------
    estimate, truth : (4, 4) arrays
        Affines of rigid motions.
    points : (N, 3) array
        World coordinates in mm where the distance is taken.

    Returns
    -------
    distance, angle : float
        Mean distance in mm over the points, and angle in degrees.
    """
    difference = np.linalg.inv(truth) @ estimate
    shifts = points @ difference[:3, :3].T + difference[:3, 3] - points
    angle = Rotation.from_matrix(difference[:3, :3]).magnitude()
    return float(np.linalg.norm(shifts, axis=1).mean()), float(np.degrees(angle))
