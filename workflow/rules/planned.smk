"""The jobs that are planned for every image, by what the files of their mode say of one."""


def planned_jobs(wildcards):
    """Jobs of every image of the dataset, those that are left out too, by the image's name."""
    return {
        PurePosixPath(image).name: image_jobs(image, rows)
        for image, rows in manifest_rows(True).items()
    }


def job_counts(wildcards):
    return {image: len(jobs) for image, jobs in planned_jobs(wildcards).items()}
