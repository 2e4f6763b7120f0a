"""Find, clone, index, fetch, describe and export BIDS datasets, plain or DataLad.

Modules
-------
`annex`
    Files of a dataset: what git-annex leaves in place of content, and what its keys contain.
`annex_init`
    Initialise git-annex in a clone, without running what its dataset names.
`bids`
    The BIDS side of the outputs: sidecars, dataset description and the meaning of each label.
`clone`
    Clone a DataLad dataset at a pinned version, without its content.
`content`
    Content of annexed files in a clone: found, fetched and dropped.
`demo`
    Make the synthetic dataset of the demo.
`environment`
    Environment in which git, git-annex and DataLad work without prompting, and run no command that a
    dataset names.
`export`
    Export finished results as a self-contained BIDS derivative or DataLad dataset, ready to share.
`fetch`
    Fetch, verify and copy one file of a dataset.
`foreseen`
    Foresee the manifest of a run, for a plan: the dataset is indexed as the run will do it, and nothing
    is left of that.
`index`
    Index a BIDS dataset: its images, and everything that can be known without their content.
`local_annex`
    Annexed content of a repository on this machine, found without running git-annex there.
`manifest`
    The manifest: a table of text with one row per image of the dataset, "n/a" where absent.
`persons`
    Name the person of each subject: `dataset.persons`.
`segmentations`
    Find the segmentation of the spinal cord of each image in the derivatives of a dataset, by its name.
`selection`
    Select subjects and sessions of a dataset: `dataset.subjects` and `dataset.exclude`.
`sidecars`
    Read the slice entries of images from their sidecars, inherited ones too.
`source`
    Identify the configured dataset without opening a volume.
`subdatasets`
    Install the datasets inside a dataset that hold its subjects, at the commits that it records.
`texts`
    Read small text files of a dataset, such as sidecars, wherever git-annex keeps their content.
`transfer`
    Run commands that use a network: retry after a pause, and abort a transfer that stalls.
`unsaved`
    Find what a local DataLad dataset has and has not saved, which a run at its commit does not see.
"""
