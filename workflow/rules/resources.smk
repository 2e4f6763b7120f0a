"""What each job asks the scheduler for: functions of its image, its recipe and the attempt."""

from isospine import cost


@cache
def largest_image():
    return max(cost.count_voxels(row) for row in manifest_rows().values())


@cache
def step_cost(step, image, label, resolution):
    """Cost of one job; asked for several times by a plan."""
    if step == "fetch":
        return cost.job_cost(step, cost.count_voxels(file_rows()[image]))
    row = manifest_rows()[image]
    own = GRID["spacing"] if ACQUIRED else "reference"
    voxels = cost.count_voxels(row, own)
    target = RESOLUTIONS.get(resolution, own)
    computed = (
        Path(target["image"]).stat().st_size / cost.BYTES_PER_VOXEL
        if isinstance(target, dict)
        else cost.count_voxels(row, target)
    )
    settings = METHODS[label].hyperparameters if label in METHODS else None
    if step == "train":
        whole = cost.training_cost(
            settings, voxels, slice_factors(image), largest_image()
        )
        return whole + cost.job_cost("operator", voxels) if ACQUIRED else whole
    if step == "baseline" and ACQUIRED:
        return cost.job_cost(step, voxels) + cost.job_cost("operator", voxels)
    if step == "reconstruct":
        return cost.reconstruction_cost(settings, voxels, computed)
    if step == "evaluate":
        return cost.evaluation_cost(settings, voxels)
    return cost.job_cost(step, computed)


def cost_of(step, wildcards):
    label = wildcards.get("method") or wildcards.get("label")
    return step_cost(step, wildcards.image, label, wildcards.get("resolution"))


def memory(step):
    return lambda wildcards, attempt: cost.requested_memory_mb(
        cost_of(step, wildcards), attempt
    )


def minutes(step):
    return lambda wildcards, attempt: cost.requested_minutes(
        cost_of(step, wildcards), attempt
    )


def disk(step):
    return lambda wildcards: cost.requested_disk_mb(cost_of(step, wildcards))
