"""Apply a prior that was trained beforehand, on other bodies, to views in any position.

Modules
-------
`apply`
    Apply the pretrained prior to the views of an image, refined on them or as it is.
`bodies`
    Recognise bodies that weights learned from, whatever crop, contrast scale or orientation an image of
    them has.
`cells`
    The cells of the pretrained prior, which fit slices of any thickness and spacing into one network.
`examples`
    Draw what the pretrained prior learns from: cells of isotropic bodies, cut into slices of every
    kind.
`fit`
    Train the network of the pretrained prior.
`frame`
    The frame of two stacks: coordinates in which both are slices across an axis, however they lie to
    each other.
`gather`
    Gather the isotropic images that weights learn from, from files and BIDS datasets.
`make`
    Make the weights of the pretrained prior from isotropic images of bodies: `make weights
    BODIES="a.nii.gz b.nii.gz"`.
`model`
    The pretrained prior applied to the views of one image, on any grid.
`network`
    The network of the pretrained prior, and its answers.
`planes`
    What the network of the pretrained prior is told of each cell, and what it answers with.
`refine`
    Refine the network of the pretrained prior on the sharp planes of the views that it is applied to.
`stations`
    Join stacks that continue each other, as stations along the spine do, into one row of slices, with
    gaps filled.
`symmetry`
    The eight symmetries of a cell: mirrored along either axis, and the axes swapped.
`weights`
    The weights that come with isospine: one file, with a card that says what they learned from.
"""
