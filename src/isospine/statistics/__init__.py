"""Compare methods from the tables of a run.

Modules
-------
`ablation_series`
    Recover a run's ablations from its metrics table.
`by_contrast`
    Split tables by contrast, since images of one person are not independent.
`paired`
    Paired comparison of methods: differences on the same images, with intervals over persons.
`persons`
    Count persons in the tables of a run: several subjects, and all sessions of each, may be one person.
`ranking`
    Rank methods by trials on the planes of acquired views: per body, and over bodies.
`seen`
    Keep what weights learned from out of comparisons: figures on a body that a network has seen are no
    test of it.
`summary`
    Means and standard deviations of each method over images and seeds.
`winners`
    Decide which method of a run is better, as far as its persons show, and summarise each method.
"""
