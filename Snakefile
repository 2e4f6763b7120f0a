"""isospine: isotropic spinal cord MRI from thick slices, and how good it is."""

import os
import sys
from pathlib import Path

from snakemake.utils import min_version

min_version("9.0")

ROOT = Path(workflow.current_basedir)
# a conda environment or a cluster node runs the checked-out library without installing it
os.environ.update(
    PYTHONPATH=os.pathsep.join([str(ROOT / "src"), os.getenv("PYTHONPATH", "")])
)
sys.path.insert(0, str(ROOT / "src"))


configfile: str(ROOT / "config" / "config.yaml")


include: "workflow/rules/cache.smk"
include: "workflow/rules/common.smk"
include: "workflow/rules/images.smk"
include: "workflow/rules/messages.smk"
include: "workflow/rules/resources.smk"
include: "workflow/rules/settings.smk"
include: "workflow/rules/acquired_inputs.smk" if ACQUIRED else "workflow/rules/inputs.smk"
include: "workflow/rules/planned.smk"


report: "report/workflow.rst"


wildcard_constraints:
    image=IMAGE_PATTERN,
    contrast="|".join(CONTRASTS),
    view="|".join(VIEWS),
    method="|".join(METHODS) or "none",
    baseline="|".join(config["baselines"]) or "none",
    resolution="|".join(RESOLUTIONS),


# on a cluster, where the run was started: what needs the network, which nodes may not have, and what gathers
# from the whole run, for which a node would plan all of it again
localrules:
    all,
    clone,
    index,
    fetch,
    fetch_segmentation,
    dataset_description,


rule all:
    default_target: True
    input:
        memory_checked,
        "results/dataset_description.json",
        results_table,
        wanted_volumes,
        figure_files,


include: "workflow/rules/data.smk"
include: "workflow/rules/acquired.smk" if ACQUIRED else "workflow/rules/simulated.smk"
include: "workflow/rules/reconstruct.smk"
include: "workflow/rules/export.smk"
include: "workflow/rules/status.smk"
