"""Describe voxel grids, planes and rigid motion in world millimetres.

Modules
-------
`crops`
    Crops of a grid to whole slices of every view.
`display_slices`
    Cut slices as a radiologist sees them: superior or anterior up, the patient's right on the left.
`fields`
    Fields of view: whether their sizes agree, and one grid over several.
`grid`
    Voxel grids in world coordinates (mm, RAS+).
`planes`
    Anatomical planes and the axes of an affine.
`resample`
    Resample volumes on other grids.
`rigid`
    Rigid motion in world coordinates.
`straighten`
    Straighten a volume along the curved cord: planes across the centreline, one after the other.
"""
