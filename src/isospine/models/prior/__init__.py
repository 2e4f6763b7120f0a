"""Learn a self-supervised prior from the sharp planes of views, or from references of other persons first.

Modules
-------
`batches`
    Draw the batches on which the network of the self-supervised prior is trained.
`cells`
    Divide the plane across two thick axes into cells of one slice by one slice.
`examples`
    Draw examples for the prior: cells of the views' own planes, and of references.
`layout`
    Lay out contexts and amplitudes as flat inputs and outputs of the prior's network.
`model`
    The network of the self-supervised prior, and its evaluation on any grid.
`pairs`
    Pair the views that teach the prior: two that are thick along different axes.
`population`
    Train the population prior: on references of other persons, then on the person's own views.
`restore`
    Restore the planes across the thick axes of two views with the prior's network.
`stand_in`
    Replace views in any position by aligned stand-ins, from which the prior learns.
`train`
    Train the self-supervised prior on the sharp planes of thick-slice views, and on nothing else.
`waves`
    Choose cosines over the window around a cell.
"""
