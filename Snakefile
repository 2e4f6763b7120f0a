"""isospine: isotropic spinal cord MRI from thick slices, and how good it is."""

import sys
from pathlib import Path

from snakemake.utils import min_version

min_version("9.0")

ROOT = Path(workflow.current_basedir)
# a conda environment or a cluster node runs the checked-out library without installing it; a wheel has no such folder
CHECKED_OUT = ROOT / "src" if (ROOT / "src").is_dir() else None
if CHECKED_OUT:
    sys.path.insert(0, str(CHECKED_OUT))

from isospine.jobs.imports import import_from
from isospine.version import __version__

import_from(CHECKED_OUT, never=[ROOT, Path(workflow.rundir), Path.cwd()])


configfile: str(ROOT / "config" / "config.yaml")


include: "workflow/rules/cache.smk"
include: "workflow/rules/common.smk"


# the terminal of a workflow that uses this one as a module is its own
if workflow.modifier.is_main_snakefile():

    include: "workflow/rules/terminal.smk"


# of all jobs where Snakemake is started with --sdm apptainer
container: f"docker://isospine/isospine:{__version__}"


report: "report/workflow.rst"


wildcard_constraints:
    **RUN.constraints,


# localrule: on a cluster, where the run was started, is done what needs the network, which nodes may not have, and what
# gathers from the whole run, for which a node would plan all of it again
rule all:
    default_target: True
    input:
        memory_checked,
        # known before the images are
        STEPS["dataset_description"].files["description"],
        RUN.results_table,
        RUN.asked_files,
    localrule: True


include: "workflow/rules/dataset.smk"


if RUN.acquired:

    include: "workflow/rules/views_acquired.smk"
    include: "workflow/rules/methods.smk"
    include: "workflow/rules/scores_trials.smk"
    include: "workflow/rules/segmentation_acquired.smk"

else:

    include: "workflow/rules/views_simulated.smk"
    include: "workflow/rules/methods.smk"
    include: "workflow/rules/scores_reference.smk"
    include: "workflow/rules/compression.smk"
    include: "workflow/rules/segmentation_simulated.smk"
    include: "workflow/rules/figures.smk"
    include: "workflow/rules/run_figures.smk"


include: "workflow/rules/segmentation.smk"
include: "workflow/rules/follow_up.smk"
include: "workflow/rules/pages.smk"
include: "workflow/rules/export.smk"
include: "workflow/rules/status.smk"
