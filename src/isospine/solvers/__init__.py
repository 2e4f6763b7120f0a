"""Reconstruct and correct images by optimisation alone, given an operator.

Modules
-------
`back_projection`
    Iterative back-projection.
`change_variation`
    Least squares with total variation of the change since an earlier image, by the primal-dual hybrid
    gradient method.
`consistency`
    Data consistency: the smallest correction that makes an image agree with its views.
`finite_differences`
    Finite differences of an image and their adjoint.
`interpolation`
    Average interpolated views.
`noise`
    Estimate the noise of views from the views alone.
`nonnegative`
    Project reconstructions onto the range of magnitudes: where no view is negative, no voxel of the
    image is.
`tikhonov`
    Least squares with a penalty on the squared Laplacian (Tikhonov), by conjugate gradients.
`total_variation`
    Least squares with total variation, by the primal-dual hybrid gradient method.
"""
