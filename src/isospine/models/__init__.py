"""Define, train and load the networks.

Modules
-------
`coordinate`
    Represent an image by a coordinate network: intensity as a function of position.
`earlier`
    Use the earlier scan of the same person: place it where the views of a later session are.
`encodings`
    Encode coordinates: from a position in the field of view to the network's input features.
`feature_grids`
    Encode positions by trained features on grids of several resolutions, instead of by frequencies.
`inference_cost`
    Count what one voxel costs a coordinate network: multiply-adds, bytes moved and energy, from its
    hyperparameters.
`load`
    Load a trained model of any kind from its file, ready to be evaluated on any grid.
`mlp`
    Multilayer perceptrons: from coordinate features to an intensity.
`pretrained`
    Apply a prior that was trained beforehand, on other bodies, to views in any position.
`prior`
    Learn a self-supervised prior from the sharp planes of views, or from references of other persons
    first.
`quantised`
    Quantise arrays uniformly to a few bits, and code the numbers of the levels without loss.
`reconstruct`
    Reconstruct by any model: its own image, then the range of magnitudes and agreement with the views.
`train`
    Train any kind of model on views, simulated or acquired, of one contrast or of several together.
"""
