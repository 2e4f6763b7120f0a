"""Write the methods section of a paper from the records of a run.

Modules
-------
`data`
    Write the data paragraph of a methods section: Markdown with citations for Pandoc.
`derived`
    Describe what a run made beside isotropic images: segmentations, slices never acquired, and networks
    in few bits.
`judging`
    Describe how the methods of a run were judged and compared, for its methods section.
`page`
    Write the methods section as a page and as files for a paper, with all that repeating the run needs.
`text`
    Write the methods section of a paper from the records of a run: Markdown with citations for Pandoc.
`views`
    Describe how the views of a run were simulated or acquired, for its methods section.
"""
