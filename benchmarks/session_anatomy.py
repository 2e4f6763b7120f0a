"""How an anatomy differs between two simulated sessions: motion, bending, intensities, cord and lesion."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.spatial import cKDTree
from skimage.restoration import denoise_nl_means

from isospine.evaluation.metrics import Mask
from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.geometry.planes import thick_axis
from isospine.geometry.rigid import rigid
from isospine.physics.simulate import add_rician_noise
from isospine.physics.view import View
from isospine.solvers.noise import noise_within

#: Correlation lengths (mm, standard deviation of a Gaussian) of the bending, the bias field and the texture.
BENDING, BIAS, TEXTURE = 10.0, 25.0, 1.5

#: Distance in mm over which the tissue around a thinner cord follows it.
FOLLOWING = 4.0


@dataclass(frozen=True)
class Difficulty:
    """How much differs between two sessions that has nothing to do with disease.

    Attributes
    ----------
    degrees, shift : float
        Rigid motion: an angle about a random axis, and mm in a random direction.
    bending : float
        Root mean square length in mm of a smooth displacement.
    noise, texture : float
        Standard deviation of the noise of every scan, and of a texture that the earlier session lacks, over the range.
    gain, gamma, bias : float
        Intensities of the later session are `gain` times those of the earlier one to the power of `gamma` (over their maximum),
        times a smooth field of 1 +- `bias`.
    """

    degrees: float = 3.0
    shift: float = 3.0
    bending: float = 1.5
    noise: float = 0.01
    texture: float = 0.0
    gain: float = 0.85
    gamma: float = 1.1
    bias: float = 0.15


EASY = Difficulty()
HARD = Difficulty(degrees=5.0, shift=4.0, bending=2.5, noise=0.02, texture=0.015)
#: Only the noise differs.
STILL = Difficulty(degrees=0, shift=0, bending=0, gain=1, gamma=1, bias=0)


def denoised(data: Volume, grid: Grid) -> Volume:
    """Non-local means of an image."""
    sigma = noise_within(View(data, grid, 0, 1.0, "point"))
    smooth = denoise_nl_means(
        data, patch_size=3, patch_distance=4, h=0.8 * sigma, sigma=sigma, fast_mode=True
    )
    return np.maximum(smooth, 0).astype(np.float32)


def noisy(view: View, sigma: float, seed: int) -> View:
    return replace(view, data=add_rician_noise(view.data, sigma, seed))


def sampled(image: Volume, indices: FloatArray, order: int = 3) -> Volume:
    """Values at continuous indices (3, X, Y, Z); anatomy that the image does not hold is its mirror image."""
    return map_coordinates(image, indices, order=order, mode="reflect", output=np.float32)


def smooth_field(grid: Grid, length: float, random: np.random.Generator) -> Volume:
    """Gaussian random field (X, Y, Z) of a correlation length in mm, of variance about 1."""
    sigma = length / grid.spacing
    step = np.maximum(np.floor(sigma / 3), 1)  # drawn on a coarse lattice, which is quick
    margin = np.ceil(4 * sigma / step).astype(int)
    count = np.ceil(np.array(grid.shape) / step).astype(int) + 2 * margin
    coarse = gaussian_filter(random.standard_normal(tuple(count)), sigma / step)
    axes = [np.arange(n) / s + m for n, s, m in zip(grid.shape, step, margin, strict=True)]
    return sampled((coarse / coarse.std()).astype(np.float32), np.array(np.meshgrid(*axes, indexing="ij")))


def direction(random: np.random.Generator) -> FloatArray:
    """Random unit vector."""
    vector = random.standard_normal(3)
    return np.asarray(vector / np.linalg.norm(vector), np.float64)


def later_to_earlier(
    grid: Grid, difficulty: Difficulty, line: "Centreline", atrophy: float, random: np.random.Generator
) -> FloatArray:
    """World points (X, Y, Z, 3) of the earlier session that show what each voxel of the later one shows."""
    turn, shift = difficulty.degrees * direction(random), difficulty.shift * direction(random)
    motion = rigid(np.concatenate([turn, shift]), grid.centre)
    points = grid.voxel_centres() @ motion[:3, :3].T + motion[:3, 3]
    bending = np.stack([smooth_field(grid, BENDING, random) for _ in range(3)], -1)
    bending *= difficulty.bending / np.sqrt(np.mean(np.sum(bending**2, axis=-1)))
    return line.widened(points + bending, atrophy)


def brightened(image: Volume, grid: Grid, difficulty: Difficulty, random: np.random.Generator) -> Volume:
    """Intensities of the later session."""
    top = float(image.max())
    field = smooth_field(grid, BIAS, random)
    field -= (field.max() + field.min()) / 2
    bias = 1 + difficulty.bias * field / np.abs(field).max()
    bright = difficulty.gain * top * (np.maximum(image, 0) / top) ** difficulty.gamma * bias
    texture = difficulty.texture * float(np.ptp(bright)) * smooth_field(grid, TEXTURE, random)
    return np.maximum(bright + texture, 0).astype(np.float32)


def ellipsoid(points: FloatArray, centre: FloatArray, diameter: float, edge: float) -> Volume:
    """Lesion of a diameter, twice as long along the body's axis, whose edge is as wide as a voxel: 1 inside, 0 outside."""
    half = np.array([diameter, diameter, 2 * diameter]) / 2
    radius = np.linalg.norm((points - centre) / half, axis=-1)
    return np.clip(0.5 + (1 - radius) * (diameter / 2) / edge, 0, 1).astype(np.float32)


@dataclass(frozen=True)
class Centreline:
    """Middle and radius of the cord in every axial slice.

    Attributes
    ----------
    centres : (N, 3) array
        World coordinates in mm.
    radii : (N,) array
        In mm, of the circle of the same area.
    """

    centres: FloatArray
    radii: FloatArray

    @classmethod
    def of(cls, cord: Mask, grid: Grid) -> "Centreline":
        """Centreline of a mask."""
        axis = thick_axis(grid.affine, "axial")
        area = float(np.prod(grid.spacing) / grid.spacing[axis])
        centres, radii = [], []
        for number in range(grid.shape[axis]):
            voxels = np.argwhere(np.take(cord, number, axis))
            if len(voxels):
                middle = np.insert(voxels.mean(axis=0), axis, number)
                centres.append(grid.world(middle))
                radii.append(np.sqrt(len(voxels) * area / np.pi))
        smooth = gaussian_filter(np.array(centres), (2, 0), mode="nearest")
        return cls(smooth, gaussian_filter(np.array(radii), 2, mode="nearest"))

    def widened(self, points: FloatArray, atrophy: float) -> FloatArray:
        """Where points were before the cord's radius shrank by a share; the tissue around it follows."""
        if atrophy == 0:
            return points
        flat = points.reshape(-1, 3)
        _, nearest = cKDTree(self.centres).query(flat)
        across = flat - self.centres[nearest]
        across[:, 2] = 0
        distance = np.linalg.norm(across, axis=1)
        now = (1 - atrophy) * self.radii[nearest]
        beyond = np.maximum(distance - now, 0)
        factor = (1 / (1 - atrophy) - 1) * np.minimum(1, now / np.maximum(distance, 1e-6))
        moved = flat + across * (factor * np.exp(-beyond / FOLLOWING))[:, None]
        return np.asarray(moved.reshape(points.shape), np.float64)

    def place_of_lesion(self, random: np.random.Generator) -> FloatArray:
        """Point within the cord in the middle half of its length, a quarter of its radius off the middle."""
        number = round((0.5 + random.uniform(-0.25, 0.25)) * (len(self.centres) - 1))
        angle = random.uniform(0, 2 * np.pi)
        off = np.array([np.cos(angle), np.sin(angle), 0]) * self.radii[number] / 4
        return np.asarray(self.centres[number] + off, np.float64)
