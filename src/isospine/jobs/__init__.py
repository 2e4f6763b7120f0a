"""Support the jobs of the workflow: logs, guard, devices, memory, provenance and status.

Modules
-------
`code`
    Hash the library code that a script or notebook depends on, for Snakemake's `params`.
`device`
    The device that a job or a command computes on.
`energy`
    Measure the energy of a machine by the counters of its processors and GPUs, where readable.
`failures`
    Gather errors and warnings of jobs from their logs; standard library only.
`gpus`
    Look whether this machine has a GPU, without the seconds that PyTorch takes to load where it has
    none.
`guard`
    Guard: jobs that make images may read the views and models of their subject, never a reference.
`imports`
    Keep Python from importing what lies in the working directory; standard library only.
`job`
    A job of the workflow: its log, and what the library asks about it.
`log`
    Send what a job prints into its log file, which an input error ends with that one message.
`memory`
    Measure the memory that this process used, and that this machine has.
`messages`
    Terminal messages beside Snakemake's own; standard library only.
`outlook`
    Say during a run how many jobs it has, and how long they will take; standard library only.
`provenance`
    Describe the state of the checked-out code that is running.
`report_json`
    Keep the data of Snakemake's report from ending the scripts that hold it; standard library only.
`run_folder`
    Output folder of `isospine run`, and the working folder of Snakemake that belongs to it; standard
    library only.
`status`
    State of each image of a run, judged by its files and the ends of its jobs' logs; standard library
    only.
`steering`
    Read what the environment tells the libraries that compute; standard library only.
"""
