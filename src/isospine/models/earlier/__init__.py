"""Use the earlier scan of the same person: place it where the views of a later session are.

Modules
-------
`deformation`
    What a displacement field does: its inverse, how it changes volumes, and where it folds.
`fields`
    Kinds of displacement fields, each estimated from coarse to fine.
`fit`
    Estimate the displacement to an earlier scan through the slices of views, never on interpolated
    views.
`intensity`
    Match the intensities of an earlier scan to those of views: c0 + c1 p + c2 p^2, with c0 and c1
    smooth in space.
`lattice`
    A coarse lattice over the field of view, on which displacements are estimated and from which they
    are interpolated.
`penalties`
    Penalties that keep a displacement smooth.
`place`
    Place an earlier scan where the views of a later session are, in their intensities.
`rigid`
    Find the rigid motion to an earlier scan, by mutual information.
`samples`
    Points within the slices of views, at which an earlier scan is looked up: views as their operator
    makes them, in any position.
`splines`
    Displacement fields of cubic B-splines, from coarse knots to fine ones.
"""
