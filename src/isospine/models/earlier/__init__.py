"""Use the earlier scan of the same person: place it where the views of a later session are.

Modules
-------
`apply`
    Reconstruct with an earlier scan of the same person, or without it where it does not fit.
`change`
    Map what changed since an earlier scan, and list what looks like a lesion.
`deformation`
    What a displacement field does: its inverse, how it changes volumes, and where it folds.
`fields`
    Kinds of displacement fields, each estimated from coarse to fine.
`finish`
    Make the model of a follow-up from what was reconstructed with an earlier scan.
`fit`
    Estimate the displacement to an earlier scan through the slices of views, never on interpolated
    views.
`inputs`
    Refuse earlier scans that cannot be used, before anything is computed from them.
`intensity`
    Match the intensities of an earlier scan to those of views: c0 + c1 p + c2 p^2, with c0 and c1
    smooth in space.
`judge`
    Judge whether an earlier scan helps: refuse it where it would need too much change or predicts left-
    out slices worse.
`lattice`
    A coarse lattice over the field of view, on which displacements are estimated and from which they
    are interpolated.
`left_out`
    Predict held-out slices with and without an earlier scan, whose placement is fixed.
`maps`
    Maps of a follow-up from its model: what changed, how sure that is, and what is only remembered.
`model`
    The reconstruction of a follow-up scan that knows an earlier one of the same person.
`network`
    Use an earlier scan of the same person as it was published: a network that holds it first, or holds
    the difference to it.
`networks`
    Displacement fields as coordinate networks: of the displacement itself, or of a velocity, which
    cannot fold.
`penalties`
    Penalties that keep a displacement smooth.
`place`
    Place an earlier scan where the views of a later session are, in their intensities.
`remembered`
    Map how much of a reconstruction is remembered: content that no view determines and that the earlier
    scan has.
`rigid`
    Find the rigid motion to an earlier scan, by mutual information.
`samples`
    Points within the slices of views, at which an earlier scan is looked up: views as their operator
    makes them, in any position.
`splines`
    Displacement fields of cubic B-splines, from coarse knots to fine ones.
"""
