"""Turn a configuration into methods, files and jobs with their costs.

Modules
-------
`acquired`
    A run on acquired views, whose methods are judged without a reference.
`analyses`
    Inputs and params of what is measured of trained networks beside their volumes, for the rules.
`check`
    Check a configuration before anything runs.
`contrasts`
    The contrasts of a run, and which views each of them has.
`cost`
    Predict the cost of a job from the size of its image and its recipe, for schedulers.
`devices`
    Choose what jobs that run networks compute on: the GPUs that they request, and what is refused
    before they do.
`earlier`
    Earlier scans of a run: the image of the same person that a follow-up may know, and what is
    reconstructed beside it.
`entities`
    The grammar of the names of images: the entities of BIDS, for the index of a dataset and for the
    workflow's files.
`figures`
    Choose the methods of each figure.
`foretold`
    What a run would do, in words: the images, the jobs, and what they cost by the cost model.
`grids`
    Grids of a configuration: their labels, their descriptions, and checks of the images that define
    them.
`images`
    The images of a run, as the manifest lists them.
`labels`
    BIDS labels of views and methods, and their meaning.
`method_jobs`
    Inputs and params of trainings, reconstructions and scores, for the rules.
`methods`
    The methods that a configuration asks for.
`modes`
    The plan of a configuration, in the mode that its views ask for.
`outputs`
    The table of outputs: the files and log of each rule, over what it runs, and who uses the files.
`population`
    Images that a method may learn from beside its own: of other persons, never of the one under test.
`recipes`
    Configured recipes, completed from those that come with isospine.
`report_pages`
    The pages of the report: what the page of each subject shows of its images, and what the first page
    links to.
`requests`
    Resources that each job requests, and images for which the memory is too small.
`run`
    The run of a configuration in either mode, for the rules: inputs, params and costs of their jobs.
`segmentation_outputs`
    The part of the table of outputs that is of segmentations of the cord from labels on views.
`segmentations`
    Inputs and params of jobs that segment the cord from labels on views, for the rules.
`simulated`
    A run on views simulated from isotropic references, against which methods are measured.
`starts`
    Networks that start from the weights of others: whether settings allow it, and the methods that
    train those others.
`steps`
    A step of a run: one rule that makes files, and how steps of a kind are made.
`too_large`
    Find the images for which the memory of this machine is too small.
`unfolding`
    Unfold a configuration into contrasts, methods and grids, and with the table of outputs into files
    and jobs.
`validation`
    Check data against a JSON Schema, with messages that a user can act on.
`views`
    Views of a configuration: simulated from a reference, or acquired images selected by BIDS entities.
"""
