"""Run any method by its name, from views to a volume.

Modules
-------
`arguments`
    Check what is given to the functions of `import isospine`, and read it.
`baselines`
    Baselines as methods: reconstructions without a network, by name.
`body`
    Reconstruct the acquired views of one body: move them together, lay a grid over them, and run a
    method.
`job`
    Give the method of a workflow job: a function from a view set to a volume.
`memory`
    Refuse a grid that takes more memory than the machine has, before anything is computed.
`networks`
    Networks as methods: trained on a view set, and evaluated on its grid.
`registry`
    Name the methods that need nothing but the views of one body, and look up their recipes.
`segment`
    Make one segmentation of a body from labels drawn on its acquired views, where these were placed.
`segment_drawn`
    Segment from labels drawn on the acquired views of one contrast of a body, for the workflow: by
    every method, with scores.
"""
