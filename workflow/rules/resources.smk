"""What each job asks the scheduler for: functions of its image, its recipe and the attempt."""

from functools import partial

from isospine.plan import cost
from isospine.jobs.too_large import describe_too_large
from isospine.jobs.memory import machine_memory_mb


@cache
def step_cost(step, image, contrast, label, resolution, share=1.0):
    """Cost of one job; asked for several times by a plan. Without a contrast it works on all of them.

    That of images of a share of their voxels tells how large an image may be.
    """
    if step == "fetch":
        return cost.job_cost(step, cost.count_voxels(file_rows()[image, contrast]))
    rows = manifest_rows()[image]
    own = GRID["spacing"] if ACQUIRED else "reference"
    worked_on = [contrast] if contrast else list(rows)
    total = share * sum(cost.count_voxels(rows[each], own) for each in worked_on)
    settings = METHODS[label].hyperparameters if label in METHODS else None
    views = [share * n for each in worked_on for n in view_voxels(image, each)]
    target = RESOLUTIONS.get(resolution, own)
    computed = (
        Path(target["image"]).stat().st_size / cost.BYTES_PER_VOXEL
        if isinstance(target, dict)
        else share * sum(cost.count_voxels(rows[each], target) for each in worked_on)
    )
    if ACQUIRED:
        return cost.acquired_cost(step, label, settings, total, views, computed)
    if step == "train":
        others = [
            share * cost.count_voxels(manifest_rows()[other][contrast])
            for other in drawn_population(image, label)
        ]
        return cost.training_cost(settings, total, views, others)
    if step == "baseline":
        return cost.baseline_cost(label, total)
    if step == "reconstruct":
        return cost.reconstruction_cost(settings, total, computed)
    if step == "evaluate":
        return cost.evaluation_cost(settings, total)
    return cost.job_cost(step, computed)


def cost_of(step, wildcards):
    label = (
        wildcards.get("method") or wildcards.get("label") or wildcards.get("baseline")
    )
    contrast, resolution = wildcards.get("contrast"), wildcards.get("resolution")
    image = wildcards.get("image") or body_of_view(wildcards)
    return step_cost(step, image, contrast, label, resolution)


def memory(step):
    return lambda wildcards, attempt: cost.requested_memory_mb(
        cost_of(step, wildcards), attempt, not workflow.local_exec
    )


def minutes(step):
    return lambda wildcards, attempt: cost.requested_minutes(
        cost_of(step, wildcards), attempt
    )


def disk(step):
    return lambda wildcards: cost.requested_disk_mb(cost_of(step, wildcards))


def memory_limit():
    """Memory of all jobs at a time, MB: what --resources mem_mb says, else that of this machine."""
    given = workflow.global_resources.get("mem_mb")
    value = None if given is None else given.value
    return int(machine_memory_mb() if value is None else value)


def memory_checked(wildcards):
    """No file, but jobs of this machine share its memory, and an image for which there is not enough ends the run."""
    if not workflow.is_main_process or workflow.executor_plugin is None:
        return []
    if workflow.dryrun or workflow.touch or not workflow.local_exec:
        return []
    limit = memory_limit()
    workflow.register_resource("mem_mb", limit)
    problems = list(too_large(limit))
    if problems:
        raise WorkflowError("\n".join(problems))
    return []


def too_large(limit):
    """What is said of each unfinished image of which a job would ask for more memory than there is."""
    for image, rows in manifest_rows().items():
        for contrast, row in rows.items():
            most = max(image_steps(), key=partial(asked_memory, image, contrast))
            asked = partial(asked_memory, image, contrast, most)
            if asked() > limit and not is_finished(image, rows):
                name = f"{PurePosixPath(image).name}_{contrast}"
                yield describe_too_large(name, row["shape"], most, asked, limit)


def asked_memory(image, contrast, job, share=1.0):
    step, label, resolution = job
    if (
        label in METHODS
        and step == "train"
        and is_shared(METHODS[label].hyperparameters)
    ):
        contrast = None
    size = step_cost(step, image, contrast, label, resolution, share)
    return cost.requested_memory_mb(size, 1)


def is_finished(image, rows):
    return all(Path(product).exists() for product, _ in image_jobs(image, rows))
