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
    if step == "fetch":
        return cost.job_cost(step, cost.count_voxels(file_rows()[image, contrast]))
    rows = manifest_rows()[image]
    own = GRID["spacing"] if ACQUIRED else "reference"
    worked_on = [contrast] if contrast else list(rows)
    total = sum(cost.count_voxels(rows[each], own) for each in worked_on)
    settings = METHODS[label].hyperparameters if label in METHODS else None
    if step == "train":
        views = [count for each in worked_on for count in view_voxels(image, each)]
        whole = cost.training_cost(settings, total, views, largest_image())
        return whole + cost.job_cost("operator", total) if ACQUIRED else whole
    if step == "place":
        return cost.job_cost(step, total)
    target = RESOLUTIONS.get(resolution, own)
    computed = (
        Path(target["image"]).stat().st_size / cost.BYTES_PER_VOXEL
        if isinstance(target, dict)
        else cost.count_voxels(rows[contrast], target)
    )
    if step == "baseline" and ACQUIRED:
        return cost.job_cost(step, total) + cost.job_cost("operator", total)
    if step == "reconstruct":
        return cost.reconstruction_cost(settings, total, computed)
    if step == "evaluate":
        return cost.evaluation_cost(settings, total)
    return cost.job_cost(step, computed)


def cost_of(step, wildcards):
    label = wildcards.get("method") or wildcards.get("label")
    contrast, resolution = wildcards.get("contrast"), wildcards.get("resolution")
    image = wildcards.get("image") or body_of_view(wildcards)
    return step_cost(step, image, contrast, label, resolution)


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
