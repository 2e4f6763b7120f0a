"""Run the command `isospine`: thick-slice files in, isotropic volumes out, without a BIDS dataset.

Modules
-------
`arguments`
    Parse the arguments of the command: errors are one line, and no number passes that nothing can be
    done with.
`changes`
    Write what changed since an earlier scan: maps, a table and a page.
`checks`
    Check what `isospine reconstruct` was asked for: arguments and files first, then what only the views
    tell.
`earlier`
    Read the earlier scan of a follow-up, and check that it is the earlier one.
`files`
    Check the files that a command reads and writes before it reads any: nothing that exists is
    destroyed.
`main`
    The command `isospine`: the whole pipeline on a BIDS dataset, or one pair of files in and one
    isotropic volume out.
`method_list`
    List the methods of `isospine reconstruct`: one line each, from the registries.
`options`
    Describe the options of the command for its sidecars.
`parser`
    The options of the command `isospine`.
`pipeline`
    Find the Snakemake workflow: in a checkout the repository, in a wheel a folder of the library.
`reconstruct`
    `isospine reconstruct`: an isotropic volume of each contrast from thick-slice views of one body.
`resample`
    `isospine resample`: a trained model on another grid, along the cord, or in slices that were never
    acquired.
`run`
    `isospine run`: the whole pipeline on a BIDS dataset, as BIDS Apps are run; and the commands on a
    run that was made.
`run_checks`
    Check the folders of `isospine run`, and the dataset by the BIDS validator.
`run_config`
    The configuration of `isospine run`: the packaged one, overlays, and options.
`run_options`
    The options of the commands that run the whole pipeline: `run`, `report`, `status` and `export`.
`run_snakemake`
    The command line of Snakemake for a run, and what becomes of it.
`run_views`
    Acquired views of `isospine run`: named by their entities, or found by the entities in which file
    names differ.
`segmentation`
    Write the segmentation that labels drawn on the views become, and the areas of the cord.
`signals`
    End the command cleanly on Ctrl-C and when it is asked to terminate.
`slice_options`
    The options of slices that were never acquired, of `isospine resample`.
`slices`
    `isospine resample --thickness`: slices that were never acquired, in any plane or along the cord.
"""
