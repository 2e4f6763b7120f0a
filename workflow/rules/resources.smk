"""What each job asks the scheduler for: functions of its image, its recipe and the attempt."""

from isospine import cost


@cache
def step_cost(step, image, label, resolution):
    """Cost of one job; asked for several times by a plan."""
    row = manifest_rows()[image]
    voxels = cost.count_voxels(row, RESOLUTIONS.get(resolution, "reference"))
    method = METHODS.get(label)
    if step == "train":
        factors = [view["factor"] for view in VIEWS.values()]
        return cost.training_cost(method.hyperparameters, voxels, factors)
    if method and step in ("reconstruct", "evaluate"):
        return cost.evaluation_cost(step, method.hyperparameters, voxels)
    return cost.job_cost(step, voxels)


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
