"""Run the command `isospine`: thick-slice files in, isotropic volumes out, without a BIDS dataset.

Modules
-------
`main`
    The command `isospine`: one pair of files in, one isotropic volume out, without a BIDS dataset.
`options`
    Describe the options of the command for its sidecars.
`reconstruct`
    `isospine reconstruct`: an isotropic volume of each contrast from thick-slice views of one body.
`resample`
    `isospine resample`: a trained model on another grid, or along the cord.
"""
