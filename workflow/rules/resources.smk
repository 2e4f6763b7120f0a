"""What each job asks the scheduler for: functions of its image, its recipe and the attempt."""

from isospine import cost


@cache
def largest_image():
    return max(
        cost.count_voxels(row)
        for rows in manifest_rows().values()
        for row in rows.values()
    )


@cache
def step_cost(step, image, contrast, label, resolution):
    """Cost of one job; asked for several times by a plan. Without a contrast it works on all of them."""
    rows = manifest_rows()[image]
    voxels = {c: cost.count_voxels(rows[c]) for c in ([contrast] if contrast else rows)}
    total = sum(voxels.values())
    settings = METHODS[label].hyperparameters if label in METHODS else None
    if step == "train":
        views = [
            voxels[each] / view["factor"]
            for each in voxels
            for view in VIEWS_OF[each].values()
        ]
        return cost.training_cost(settings, total, views, largest_image())
    computed = cost.count_voxels(
        rows[contrast], RESOLUTIONS.get(resolution, "reference")
    )
    if step == "reconstruct":
        return cost.reconstruction_cost(settings, total, computed)
    if step == "evaluate":
        return cost.evaluation_cost(settings, total)
    return cost.job_cost(step, computed)


def cost_of(step, wildcards):
    label = wildcards.get("method") or wildcards.get("label")
    contrast, resolution = wildcards.get("contrast"), wildcards.get("resolution")
    return step_cost(step, wildcards.image, contrast, label, resolution)


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
