"""What each job asks the scheduler for: functions of its image, its recipe and the attempt."""

from isospine import cost


@cache
def largest_image():
    return max(cost.count_voxels(row) for row in manifest_rows().values())


@cache
def step_cost(step, image, label, resolution):
    """Cost of one job; asked for several times by a plan."""
    row = manifest_rows()[image]
    voxels = cost.count_voxels(row)
    computed = cost.count_voxels(row, RESOLUTIONS.get(resolution, "reference"))
    settings = METHODS[label].hyperparameters if label in METHODS else None
    if step == "train":
        factors = [view["factor"] for view in VIEWS.values()]
        return cost.training_cost(settings, voxels, factors, largest_image())
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
