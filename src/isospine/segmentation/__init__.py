"""Make one isotropic segmentation from labels drawn on thick slices.

Modules
-------
`agreement`
    Check whether labels of several views show one structure where these views lie.
`area`
    Cross-sectional area of the cord in each slice, perpendicular to its centreline, with the column
    names of SCT.
`distance_spline`
    Segment from binary labels: the zero level of a smooth signed distance, through the acquisition of
    every view.
`interpolation`
    Interpolate labels between slices: from the nearest slice, or by their signed distance.
`labels`
    Check labels drawn on thick slices, and bring them to fractions of a voxel in [0, 1].
`methods`
    Segment by name: from views of labels to the occupancy of each voxel.
`occupancy`
    Segment from soft labels: the occupancy of each voxel, whose slices are the labels, with the least
    total variation.
`region`
    Restrict views of labels, and the grid to segment on, to where labels are: elsewhere there is
    nothing to solve.
"""
