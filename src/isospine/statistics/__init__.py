"""Compare methods from the tables of a run.

Modules
-------
`ablation_series`
    Recover a run's ablations from its metrics table.
`by_contrast`
    Split tables by contrast, since images of one person are not independent.
`codes`
    Compare networks as codes of a volume with a codec at equal rates.
`paired`
    Paired comparison of methods: differences on the same images, with intervals over persons.
`persons`
    Count persons in the tables of a run: several subjects, and all sessions of each, may be one person.
`ranking`
    Rank methods by trials on the planes of acquired views: per body, and over bodies.
`seen`
    Keep unfair figures out of comparisons: on bodies that a network has seen, and with an earlier scan
    of the person.
`summary`
    Means and standard deviations of each method over images and seeds.
`winners`
    Decide which method of a run is better, as far as its persons show, and summarise each method.
"""
