"""The command `isospine`: one pair of files in, one isotropic volume out."""
