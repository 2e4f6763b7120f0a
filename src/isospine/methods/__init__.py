"""Run any method by its name, from views to a volume.

Modules
-------
`baselines`
    Baselines as methods: reconstructions without a network, by name.
`networks`
    Networks as methods: trained on a view set, and evaluated on its grid.
`registry`
    Look up any method by its name: a function from a view set to a volume.
"""
