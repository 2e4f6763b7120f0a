"""Register thick-slice views rigidly to the first of them, before any reconstruction.

Mutual information finds poses across contrasts and coils. Each view is blurred by the slices of the other, so that both
lack the same detail.

Source: Mattes et al., PET-CT image registration in the chest using free-form deformations, IEEE TMI 2003, in
SimpleITK (Lowekamp et al., The design of SimpleITK, Frontiers in Neuroinformatics 2013).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import SimpleITK
from scipy.ndimage import gaussian_filter1d

from isospine.errors import InputError
from isospine.geometry.grid import FloatArray, Grid, Volume
from isospine.geometry.planes import thick_axis
from isospine.physics.interpolate import interpolate
from isospine.physics.magnitude import magnitude, times_power
from isospine.physics.slice_profile import FWHM
from isospine.physics.tissue import tissue_mask
from isospine.physics.view import View

#: World axes that nibabel and ITK point in opposite directions.
RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
BINS = 32
SHRINK = (3, 2, 1)
#: Standard deviation of the smoothing at each level, in mm.
SMOOTHING = (2.0, 1.0, 0.0)
#: How to go on without a registration, in the words of the command and of the workflow.
TRUST = "trust them: --no-alignment on the command line, acquired: {motion: none} in a configuration"
#: Mutual information of a mirrored view over that of the view as it is, from which its header is not believed.
MIRRORED = 1.25


def register(view: View, fixed: View) -> FloatArray:
    """Estimate the motion of the body from one view to another.

    Parameters
    ----------
    view, fixed : View
        The view that moved, and the one that defines where the body is.

    Returns
    -------
    (4, 4) ndarray
        World coordinates in `fixed` to those of the same anatomy in `view`.

    Raises
    ------
    InputError
        If the views show too little in common.
    """
    transform, _ = _optimise(fixed, view, view.data, SHRINK, SMOOTHING)
    return world_motion(transform)


def mirrored_axis(view: View, fixed: View) -> tuple[int, bool] | None:
    """Find the array axis along which a view fits much better mirrored, a sign of a wrong header.

    Mutual information of the right image is about twice that of a mirrored one on the volumes that this was tried on, also
    from left to right, where a body is nearly symmetric.

    Parameters
    ----------
    view, fixed : View
        The view to check, and the one that it is compared with.

    Returns
    -------
    axis, sure : int, bool
        The axis, and whether the other view, mirrored and put on this one, fits better too; None without such an axis. Few slices, or
        little in common, fit by chance in one of the two directions.

    Raises
    ------
    InputError
        As `register`.
    """
    coarse = SHRINK[:1], SMOOTHING[:1]
    _, straight = _optimise(fixed, view, view.data, *coarse)
    flipped = []
    for axis in range(3):
        _, information = _optimise(fixed, view, np.ascontiguousarray(np.flip(view.data, axis)), *coarse)
        flipped.append(information)
    best = int(np.argmax(flipped))
    if flipped[best] <= MIRRORED * straight:
        return None
    # the same question the other way round: the first view mirrored along the same direction, put on this one
    along = int(np.abs(fixed.grid.directions.T @ view.grid.directions[:, best]).argmax())
    mirrored = np.ascontiguousarray(np.flip(fixed.data, along))
    _, straight_back = _optimise(view, fixed, fixed.data, *coarse)
    _, mirrored_back = _optimise(view, fixed, mirrored, *coarse)
    return best, mirrored_back > MIRRORED * straight_back


def left_right_information(view: View, fixed: View) -> float:
    """Mutual information of a view mirrored left to right over that of the view as it is, each where it fits best.

    Above 1 a header is probably wrong. A body is nearly symmetric, so that neither image nor header tells by itself.

    Raises
    ------
    InputError
        As `register`.
    """
    coarse = SHRINK[:1], SMOOTHING[:1]
    axis = thick_axis(view.grid.affine, "sagittal")
    _, straight = _optimise(fixed, view, view.data, *coarse)
    _, mirrored = _optimise(fixed, view, np.ascontiguousarray(np.flip(view.data, axis)), *coarse)
    return mirrored / max(straight, 1e-6)


def _optimise(
    fixed: View, view: View, data: Volume, shrink: Sequence[int], smoothing: Sequence[float]
) -> tuple[SimpleITK.Euler3DTransform, float]:
    """Find the rigid transform from `fixed` to `view` of intensities `data`, and its mutual information."""
    # the sums of several threads differ from run to run, in the filters before the registration as well
    SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    still, still_grid = upsampled(fixed)
    other, other_grid = upsampled(replace(view, data=data))
    still = blurred(still, still_grid, view)
    other = blurred(other, other_grid, fixed)
    target, source = sitk_image(still, still_grid), sitk_image(other, other_grid)
    method = SimpleITK.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(BINS)
    method.SetMetricFixedMask(sitk_image(tissue_mask(still).astype(np.uint8), still_grid))
    method.SetMetricSamplingStrategy(method.NONE)
    method.SetInterpolator(SimpleITK.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(
        learningRate=1.0, minStep=1e-4, numberOfIterations=200, relaxationFactor=0.6
    )
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel(shrink)
    method.SetSmoothingSigmasPerLevel(smoothing)
    method.SetSmoothingSigmasAreSpecifiedInPhysicalUnits(True)
    start = SimpleITK.Euler3DTransform()
    start.SetCenter((RAS_TO_LPS[:3, :3] @ still_grid.centre).tolist())
    method.SetInitialTransform(start, inPlace=False)
    try:
        found = method.Execute(target, source)
    except RuntimeError as error:  # SimpleITK's only one
        reason = str(error).strip().splitlines()[-1]
        raise InputError(
            f"views: no registration was found ({reason}); expected views that overlap and show one body: check their "
            f"headers, or {TRUST}"
        ) from error
    # ITK minimises: its metric is the negative of mutual information
    return SimpleITK.Euler3DTransform(found.GetNthTransform(0)), -float(method.GetMetricValue())


def upsampled(view: View) -> tuple[Volume, Grid]:
    """Interpolate a view linearly across its slices until it is isotropic."""
    spacing = view.grid.spacing
    step = float(spacing[view.axis] / np.delete(spacing, view.axis).min())
    shape = list(view.grid.shape)
    shape[view.axis] = max(2, round(shape[view.axis] * step))
    affine = view.grid.affine.copy()
    affine[:3, view.axis] *= view.grid.shape[view.axis] / shape[view.axis]
    first = np.zeros(3)
    first[view.axis] = (view.grid.shape[view.axis] / shape[view.axis] - 1) / 2
    affine[:3, 3] = view.grid.world(first)
    grid = Grid((shape[0], shape[1], shape[2]), affine)
    # mutual information and thresholds depend on no unit, and their squares must not overflow
    near = times_power(view.data, -magnitude([view.data]))
    return interpolate(view, near, grid, degree=1), grid


def blurred(image: Volume, grid: Grid, other: View) -> Volume:
    """Blur an image by the slices of another view, along the array axis nearest to their normal."""
    axis = int(np.abs(grid.directions.T @ other.grid.directions[:, other.axis]).argmax())
    sigma = other.thickness / FWHM / float(grid.spacing[axis])
    return np.asarray(gaussian_filter1d(image, sigma, axis=axis, mode="nearest"), np.float32)


def sitk_image(data: Volume, grid: Grid) -> SimpleITK.Image:
    """Convert a volume and its affine to a SimpleITK image."""
    image = SimpleITK.GetImageFromArray(np.ascontiguousarray(data.T))
    image.SetSpacing(grid.spacing.tolist())
    image.SetDirection((RAS_TO_LPS[:3, :3] @ grid.directions).ravel().tolist())
    image.SetOrigin((RAS_TO_LPS[:3, :3] @ grid.affine[:3, 3]).tolist())
    return image


def world_motion(transform: SimpleITK.Euler3DTransform) -> FloatArray:
    """Convert a rigid ITK transform to an affine (4, 4) in RAS+ coordinates."""
    affine = np.eye(4)
    affine[:3, :3] = np.array(transform.GetMatrix()).reshape(3, 3)
    affine[:3, 3] = np.array(transform.TransformPoint((0.0, 0.0, 0.0)))
    return RAS_TO_LPS @ affine @ RAS_TO_LPS


def itk_transform(motion: FloatArray) -> SimpleITK.Euler3DTransform:
    """Convert a rigid motion in RAS+ coordinates to an ITK transform; inverse of `world_motion`."""
    affine = RAS_TO_LPS @ motion @ RAS_TO_LPS
    transform = SimpleITK.Euler3DTransform()
    transform.SetMatrix(affine[:3, :3].ravel().tolist(), 1e-6)
    transform.SetTranslation(affine[:3, 3].tolist())
    return transform
