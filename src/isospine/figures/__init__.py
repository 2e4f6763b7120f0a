"""Draw the figures of a run in one style.

Modules
-------
`ablation`
    Draw quality against one hyperparameter, over all images of a run, for a paper.
`ablation_data`
    Data of an ablation's figures: runs, means with intervals, baselines, and the published numbers.
`codecs`
    Draw what codecs make of the same bytes, beside networks.
`comparison`
    Choose the reconstructions of a comparison, and their captions.
`cost`
    Figures of cost: training loss over time, and quality against seconds.
`error_anatomy`
    Draw where the errors of reconstructions lie.
`follow_up`
    The figure of a follow-up: the earlier scan, the later one, what changed between them, and what is
    remembered.
`images`
    Figures of one image: its views, its reconstructions and their errors.
`line_profiles`
    Draw intensities along lines, and the position of these lines in the reference.
`motion`
    Draw the estimated motion of acquired views and of their slices.
`panels`
    Panels that show slices: physical scale, orientation letters, scale bars.
`published`
    The published ablation of karthik2023, and what a comparison with it can show.
`rate`
    Draw quality against the bits of a trained model: rate and distortion.
`segmentation`
    Figure of the segmentations of the cord: outlines in two planes, and areas along it.
`style`
    One style for every figure: colour-blind-safe, readable in grey, equal bytes for equal content.
`thumbnail`
    Shrink figures to embed them in a page.
"""
