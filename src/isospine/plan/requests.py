"""Resources that each job requests, and images for which the memory is too small."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from isospine.plan.cost import requested_disk_mb, requested_memory_mb, requested_minutes
from isospine.plan.devices import requested_gpus
from isospine.plan.run import Run
from isospine.plan.too_large import describe_too_large
from isospine.plan.unfolding import Wildcards, image_name

#: Seconds of a job that gathers from the whole run.
GATHERING = 3.0


def requests(
    run: Run, rule: str, elsewhere: Callable[[], bool], has_gpu: Callable[[], bool]
) -> dict[str, Callable[..., int]]:
    """Resources of a rule, as functions of a job's wildcards and of the attempt.

    Parameters
    ----------
    run : Run
        The plan.
    rule : str
        Name of the rule.
    elsewhere : callable
        Whether jobs run on nodes of a cluster, where a Snakemake runs beside each.
    has_gpu : callable
        Whether jobs run on this machine, and it has a GPU.
    """

    def memory(wildcards: Any, attempt: int) -> int:
        return requested_memory_mb(run.cost(rule, wildcards), attempt, elsewhere())

    def minutes(wildcards: Any, attempt: int) -> int:
        return requested_minutes(run.cost(rule, wildcards), attempt)

    def disk(wildcards: Any) -> int:
        return requested_disk_mb(run.cost(rule, wildcards))

    def gpus(wildcards: Any) -> int:
        return requested_gpus(run.device(rule, wildcards), has_gpu)

    asked: dict[str, Callable[..., int]] = {"mem_mb": memory, "runtime": minutes, "disk_mb": disk}
    return asked | {"gpu": gpus} if run.steps[rule].runs_networks else asked


def work_of(run: Run, rule: str, wildcards: Mapping[str, str]) -> float:
    """Seconds that a job takes by the cost model."""
    step = run.steps.get(rule)
    return run.cost(rule, wildcards).seconds if step and step.cost else GATHERING


def too_large(run: Run, limit: float) -> Iterator[str]:
    """Name each unfinished image whose jobs need more memory (MB) than there is, and the size that fits."""
    for image, rows in run.images.rows.items():
        for contrast, row in rows.items():
            asked_of = partial(_asked_memory, run)
            most = max(_checked_jobs(run, image, contrast), key=lambda job: asked_of(*job))
            asked = partial(asked_of, *most)
            if asked() > limit and not _is_finished(run, image):
                rule, wildcards = most
                own = {
                    key: value for key, value in wildcards.items() if key in ("method", "baseline", "label")
                }
                words = [run.steps[rule].cost, *own.values(), wildcards.get("resolution")]
                yield describe_too_large(f"{image_name(image)}_{contrast}", row["shape"], words, asked, limit)


def _checked_jobs(run: Run, image: str, contrast: str) -> Iterator[tuple[str, Wildcards]]:
    """Jobs of one contrast of an image, or of all of them together, whose memory grows with the image."""
    for step in run.steps.values():
        if step.checked:
            for wildcards in run.image_runs(step, image):
                if wildcards.get("contrast", contrast) == contrast:
                    yield step.rule, wildcards


def _asked_memory(run: Run, rule: str, wildcards: Wildcards, share: float = 1.0) -> int:
    return requested_memory_mb(run.cost(rule, wildcards, share), 1)


def _is_finished(run: Run, image: str) -> bool:
    return all(Path(product).exists() for product, _ in run.image_jobs(image))
