"""The anatomy of a synthetic neck: which tissue lies where, in mm, for subjects that differ."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
Labels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

#: Vertebrae per subject, more than any field of view holds.
LEVELS = 9

#: Entries per edge of a noise volume; a power of two, so that wrapping an index is cheap.
PERIOD = 128


class Tissue(IntEnum):
    """Tissue at a point of the neck."""

    AIR = 0
    SKIN = 1
    FAT = 2
    MUSCLE = 3
    LIGAMENT = 4
    MUCOSA = 5
    CORTEX = 6
    MARROW = 7
    ANNULUS = 8
    NUCLEUS = 9
    CSF = 10
    WHITE = 11
    GREY = 12
    NERVE = 13
    FLOW_VOID = 14
    VEIN = 15


@dataclass(frozen=True)
class Anatomy:
    """The properties that differ between subjects: lengths in mm; arrays per vertebra or per disc count upwards.

    `body`, `cord` and `sac` are half axes, right and anterior; `airway` is the position of its posterior
    wall and its half width; `lateral` is the amplitude and phase of the sideways curve. `grain`, `rough`,
    `bundles` and `fibres` are noise volumes for textures and irregular outlines.
    """

    lordosis_radius: float
    apex: Array
    lateral: Array
    centre: Array
    half_height: Array
    body: Array
    spinous: Array
    nucleus: Array
    bulge: Array
    cord: Array
    enlargement: float
    sac: Array
    skin: float
    fat: float
    airway: Array
    grain: Array
    rough: Array
    bundles: Array
    fibres: Array


@dataclass(frozen=True)
class Place:
    """Points relative to the anatomy: arrays of equal shape, in mm.

    `u` is right, `v` anterior and `w` superior of the cord's centre line, `side` is |u| and `front`
    the distance anterior of the vertebral column's centre. `level` is the nearest vertebra and `height` the
    distance above its centre; `gap` is the distance above the nearest disc, `nucleus` that disc's relative
    size and `bulge` how far it reaches into the canal here.
    """

    u: Array
    v: Array
    w: Array
    side: Array
    front: Array
    level: Indices
    height: Array
    gap: Array
    nucleus: Array
    bulge: Array


def draw_anatomy(rng: np.random.Generator) -> Anatomy:
    """Draw one subject."""
    pitch = rng.uniform(16.2, 18.4) * (1 + 0.03 * rng.standard_normal(LEVELS))
    bulge = rng.uniform(-0.2, 0.5, LEVELS - 1)
    bulge[rng.integers(LEVELS // 2 - 1, LEVELS // 2 + 1)] = rng.uniform(0.5, 2.8)
    return Anatomy(
        lordosis_radius=rng.uniform(130, 260),
        apex=np.array([rng.uniform(0.0, 2.0), rng.uniform(-10, 10)]),
        lateral=np.array([rng.uniform(0.8, 2.0), rng.uniform(0, 2 * np.pi)]),
        centre=np.cumsum(pitch) - pitch[: LEVELS // 2 + 1].sum() + rng.uniform(-8, 8),
        half_height=pitch * rng.uniform(0.36, 0.385) * (1 + 0.02 * rng.standard_normal(LEVELS)),
        body=np.array([rng.uniform(8.6, 10.0), rng.uniform(6.9, 7.7)]),
        spinous=rng.uniform(9.5, 12.0) + 0.8 * np.arange(LEVELS)[::-1] + rng.normal(0, 1, LEVELS),
        nucleus=rng.uniform(0.55, 1.1, LEVELS - 1),
        bulge=bulge,
        cord=np.array([rng.uniform(5.7, 6.6), rng.uniform(3.5, 4.1)]),
        enlargement=rng.uniform(-25, 5),
        sac=np.array([rng.uniform(8.6, 9.8), rng.uniform(5.7, 6.5)]),
        skin=rng.uniform(28.0, 30.5),
        fat=rng.uniform(3.0, 5.0),
        airway=np.array([rng.uniform(26.5, 28.5), rng.uniform(7.5, 10.0)]),
        grain=_noise(rng, (1.1, 1.1, 1.1)),
        rough=_noise(rng, (1.6, 1.6, 1.6)),
        bundles=_noise(rng, (1.6, 1.6, 5.0)),
        fibres=_noise(rng, (1.6, 1.6, 5.0)),
    )


def _noise(rng: np.random.Generator, smoothness: tuple[float, float, float]) -> Array:
    """Return a cube of periodic noise of unit variance, smooth over `smoothness` entries."""
    white = rng.standard_normal((PERIOD, PERIOD, PERIOD))
    smooth = gaussian_filter(white, smoothness, mode="wrap", truncate=3)
    return smooth / smooth.std()


def texture(noise: Array, axes: Sequence[Array], scale: Sequence[float]) -> Array:
    """Look up periodic noise, whose entries are `scale` mm apart, at points given by three axes."""
    i, j, k = (np.floor(a / b).astype(np.intp) & (PERIOD - 1) for a, b in zip(axes, scale, strict=True))
    return noise.ravel().take((i * PERIOD + j) * PERIOD + k)


def places(anatomy: Anatomy, x: Array, y: Array, z: Array) -> Place:
    """Straighten the spine at points right, anterior and superior of the field's centre, broadcast."""
    along, up = y - anatomy.apex[0] + anatomy.lordosis_radius, z - anatomy.apex[1]
    v = np.hypot(along, up) - anatomy.lordosis_radius
    w = anatomy.lordosis_radius * np.arctan2(up, along) + anatomy.apex[1]
    u = x - anatomy.lateral[0] * np.sin(w / 24 + anatomy.lateral[1])
    # left and right must not mirror each other
    axes = (u, v, w)
    warps = (texture(anatomy.rough, axes[n:] + axes[:n], (2.0, 2.0, 2.0)) for n in range(3))
    u, v, w = (axis + 0.35 * warp for axis, warp in zip(axes, warps, strict=True))
    between = (anatomy.centre[1:] + anatomy.centre[:-1]) / 2
    level = np.searchsorted(between, w)
    disc = np.clip(np.searchsorted(anatomy.centre, w) - 1, 0, between.size - 1)
    gap = w - between[disc]
    bulge = anatomy.bulge[disc] * np.exp(-((u / 5) ** 2) - (gap / 2.8) ** 2)
    front = v - anatomy.sac[1] - 1.0 - anatomy.body[1] + 0.015 * u**2  # the column's back is hollow
    height = w - anatomy.centre[level]
    return Place(u, v, w, np.abs(u), front, level, height, gap, anatomy.nucleus[disc], bulge)


def paint(anatomy: Anatomy, place: Place, y: Array, z: Array) -> tuple[Labels, Mask]:
    """Return the tissue at every place and whether it belongs to the cord; `y`, `z` as for `places`."""
    labels = _paint_neck(anatomy, place, y, z)
    spine = (place.side < 6) | (place.v > -13)  # the muscles of the nape hold no bone
    near = _select(place, spine)
    labels[spine] = _paint_vertebrae(anatomy, near, _paint_discs(anatomy, near, labels[spine]))
    cord = np.zeros(labels.shape, dtype=bool)
    canal = np.hypot(place.u, place.v) < 14
    labels[canal], cord[canal] = _paint_canal(anatomy, _select(place, canal), labels[canal])
    return labels, cord


def _select(place: Place, where: Mask) -> Place:
    """Return some of the places, as a flat list."""
    return Place(**{field.name: getattr(place, field.name)[where] for field in fields(place)})


def _ellipse(a: Array, b: Array, half_a: Array | float, half_b: Array | float) -> Array:
    """Return the approximate signed distance in mm to an ellipse's outline, negative inside."""
    return (np.hypot(a / half_a, b / half_b) - 1) * np.minimum(half_a, half_b)


def _box(axes: Sequence[Array], half: Sequence[Array | float], rounding: float) -> Array:
    """Return the signed distance in mm to a rounded box in any number of axes, negative inside."""
    excess = [np.abs(axis) - (size - rounding) for axis, size in zip(axes, half, strict=True)]
    outside = np.sqrt(sum(np.maximum(axis, 0) ** 2 for axis in excess))
    return outside + np.minimum(np.maximum.reduce(excess), 0) - rounding


def _paint_neck(anatomy: Anatomy, place: Place, y: Array, z: Array) -> Labels:
    """Return muscles with their fat planes and vessels, airway, subcutaneous fat, skin and air."""
    u, v, w, side = place.u, place.v, place.w, place.side
    coarse = texture(anatomy.bundles, (u, v, w), (1.3, 1.3, 1.1))
    fibre = texture(anatomy.fibres, (u, v, w), (0.55, 0.55, 0.8))
    strand = texture(anatomy.rough, (u, v + 0.6 * w, w), (0.9, 0.9, 1.8))
    labels = np.full(u.shape, Tissue.MUSCLE, dtype=np.uint8)
    labels[fibre > 1.7] = Tissue.FAT
    labels[np.abs(fibre + 0.4) < 0.05] = Tissue.LIGAMENT
    shell = np.hypot(side, 0.9 * (v + 5)) + 0.9 * coarse
    for plane, thickness in ((13.0, 0.15), (17.5, 0.3), (21.5, 0.15)):
        labels[(np.abs(shell - plane) < thickness + 0.3 * coarse) & (v < -2)] = Tissue.FAT
    labels[_ellipse(side, v + 16, 2.6, 9.5) < 0.6 * coarse] = Tissue.FAT
    labels[(side < 2.6) & (np.abs(strand - 0.3) < 0.3) & (v < -8)] = Tissue.LIGAMENT
    prevertebral = np.abs(v - 23.6 + 0.01 * u**2 - 0.4 * coarse)
    labels[(prevertebral < 0.3 + 0.3 * coarse) & (v > 20)] = Tissue.FAT
    labels[(side > 11) & (np.abs(coarse) < 0.3) & (v > 3)] = Tissue.FAT
    labels[fibre < -2.1] = Tissue.VEIN
    airway = _ellipse(u, v - anatomy.airway[0] - 6, anatomy.airway[1] + coarse, 6.0 + 0.5 * coarse)
    labels[airway < 1.0 + 0.6 * coarse] = Tissue.MUCOSA
    labels[airway < 0] = Tissue.AIR
    depth = y + anatomy.skin - 0.012 * u**2 + 0.0035 * (z - anatomy.apex[1]) ** 2 - 0.3 * coarse
    labels[depth < anatomy.fat + 2.2] = Tissue.LIGAMENT
    labels[depth < anatomy.fat + 1.5] = Tissue.FAT
    labels[(depth < anatomy.fat + 1.5) & (np.abs(fibre + 0.2) < 0.14)] = Tissue.SKIN
    labels[depth < 1.4] = Tissue.SKIN
    labels[depth < 0] = Tissue.AIR
    return labels


def _paint_discs(anatomy: Anatomy, place: Place, labels: Labels) -> Labels:
    """Add the foramina with their nerve roots and the discs between the longitudinal ligaments."""
    u, v, side, front, gap = place.u, place.v, place.side, place.front, place.gap
    wide, deep = anatomy.body
    rough = texture(anatomy.rough, (u, v, place.w), (0.9, 0.9, 0.9))
    labels[_box((side - 12, v - 2, gap), (5.0, 4.0, 4.6), 2.0) < 0.4 * rough] = Tissue.FAT
    root = np.hypot(v - 0.45 * (side - 9) - 1.0, gap + 0.5 * (side - 11))
    ganglion = np.exp(-(((side - 15) / 2) ** 2))
    labels[(root < 1.2 + ganglion) & (side > 7) & (side < 22)] = Tissue.NERVE
    column = _box((u, front + 0.5 * place.bulge), (wide + 0.4, deep + 0.5 * place.bulge + 0.3), 5.0)
    labels[column < 0.7] = Tissue.LIGAMENT
    labels[column < 0] = Tissue.ANNULUS
    radial = (u / (0.75 * wide)) ** 2 + ((front - 0.5) / (0.72 * deep)) ** 2
    core = np.sqrt(radial + (gap / (2.3 * place.nucleus)) ** 2)
    labels[core < 1 + 0.06 * rough] = Tissue.NUCLEUS
    labels[(core < 0.7) & (np.abs(gap + 0.15 * rough) < 0.3)] = Tissue.ANNULUS
    return labels


def _paint_vertebrae(anatomy: Anatomy, place: Place, labels: Labels) -> Labels:
    """Add the bones in their cortical shells, facet joints, basivertebral veins, vertebral arteries."""
    u, v, side, front, height = place.u, place.v, place.side, place.front, place.height
    wide, deep = anatomy.body
    tall = anatomy.half_height[place.level]
    rough = texture(anatomy.rough, (u, v, place.w), (0.9, 0.9, 0.9))
    # endplates are hollow and tilted, with uncinate processes at the sides; the body has a waist
    rim = (u / wide) ** 2 + (front / deep) ** 2
    tilted = height + 0.10 * front
    uncinate = np.where(tilted > 0, 2.6, -0.6) * np.clip(side / wide - 0.72, 0, 1)
    outline = _box((u, front), (wide, deep), 4.5) + 0.7 * (1 - (height / tall) ** 2)
    body = _box((np.maximum(outline + 5, 0), tilted), (5.0, tall - 0.5 + 0.45 * rim + uncinate), 1.6)
    pedicle = _box((side - 10.5, v - 2.5 - 0.35 * (side - 9), height - 1.8), (4.0, 2.6, 3.4), 1.5)
    transverse = _box((side - 13, front + 1.5, height - 0.5), (5.5, 4.6, 3.0), 1.5)
    pillar = _box((side - 14.0, v + 5.0), (4.8, 5.0), 3.0)
    canal = _ellipse(u, v + 0.3, anatomy.sac[0] + 2.0, anatomy.sac[1] + 1.6)
    shingle = np.abs(height + 2.0 + 0.9 * (canal - 1)) - 4.6
    lamina = np.maximum.reduce([np.abs(canal - 2.6) - 2.2, shingle, v + 1.0])
    reach = -v - anatomy.sac[1] - 2.5
    length = anatomy.spinous[place.level]
    along = np.clip(reach / length, 0, 1)
    droop = height + 3.0 + 0.36 * reach
    bifid = (2.3 + 1.2 * along**3, length / 2, 3.9 - 2.2 * along * (1 - along))
    spinous = _box((u, reach - length / 2, droop), bifid, 1.6)
    labels[(np.abs(canal - 0.9) < 1.1) & (v < 0)] = Tissue.LIGAMENT
    bone = np.minimum.reduce([body, transverse, pedicle, pillar, lamina, spinous])
    labels[bone < 0] = Tissue.CORTEX
    labels[bone < -0.7 + 0.12 * rough] = Tissue.MARROW
    facet = np.abs(place.gap - 0.8 * (v + 5) + 0.3 * rough)
    labels[(pillar < 0) & (facet < 1.1)] = Tissue.CORTEX
    labels[(pillar < -0.5) & (facet < 0.15 + 0.2 * rough)] = Tissue.CSF
    funnel = (np.abs(height) < 0.2 + 0.12 * np.maximum(-front, 0)) & (front < -0.25 * deep)
    labels[funnel & (side < 2.2 + rough) & (body < -0.1)] = Tissue.VEIN
    artery = np.hypot(side - 14.2, front + 1.5)
    labels[artery < 2.5 + 0.5 * rough] = Tissue.VEIN
    labels[artery < 2.2] = Tissue.FLOW_VOID
    return labels


def _paint_canal(anatomy: Anatomy, place: Place, labels: Labels) -> tuple[Labels, Mask]:
    """Add epidural fat, dura, CSF, rootlets and the cord; return the labels and where the cord is."""
    u, v, w, side = place.u, place.v, place.w, place.side
    curved = v + 0.5 * place.bulge - 0.02 * u**2 + 0.5
    sac = _ellipse(u, curved, anatomy.sac[0], anatomy.sac[1] - 0.5 * place.bulge)
    rough = texture(anatomy.grain, (u, v, w), (0.8, 0.8, 1.6))
    labels[(sac < 0.9 + 0.4 * rough) & (v < 1)] = Tissue.FAT
    labels[sac < 0.5] = Tissue.LIGAMENT
    labels[sac < 0] = Tissue.CSF
    fan = (np.abs(place.gap + 1.2 * (side - 8) - 1.5) < 4) & (rough > -0.3)
    for leaves_at in (-0.55, 0.45):
        rootlet = np.abs(v - leaves_at * anatomy.cord[1] - 0.12 * (side - 5)) < 0.35
        labels[(sac < 0) & rootlet & fan & (side > 3)] = Tissue.NERVE
    # the butterfly, in units of the cord's half axes
    swell = 1 + 0.08 * np.exp(-(((w - anatomy.enlargement) / 22) ** 2))
    p, q = side / (anatomy.cord[0] * swell), (v + 0.3 * place.bulge - 0.2) / anatomy.cord[1]
    cord = np.hypot(p, q) < 1
    ventral = np.hypot((p - 0.32) / 0.2, (q - 0.24) / 0.27) < 1
    dorsal = (np.abs(p - 0.27 + 0.28 * q) < 0.085) & (q < 0.2) & (q > -0.68)
    commissure = (np.abs(q) < 0.11) & (p < 0.32)
    fissure = (p < 0.03) & (q > 0.5)
    labels[cord] = Tissue.WHITE
    labels[cord & (ventral | dorsal | commissure)] = Tissue.GREY
    labels[cord & fissure] = Tissue.CSF
    return labels, cord
