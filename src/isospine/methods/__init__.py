"""Run any method by its name, from views to a volume.

Modules
-------
`baselines`
    Baselines as methods: reconstructions without a network, by name.
`job`
    Give the method of a workflow job: a function from a view set to a volume.
`networks`
    Networks as methods: trained on a view set, and evaluated on its grid.
`registry`
    Name the methods that need nothing but the views of one body, and look up their recipes.
"""
