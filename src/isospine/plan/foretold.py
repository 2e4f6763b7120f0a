"""What a run would do, in words: the images, the jobs, and what they cost by the cost model."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from isospine.numbers import ABSENT, shortest
from isospine.plan.cost import Cost
from isospine.plan.requests import GATHERING
from isospine.plan.run import Run
from isospine.plan.unfolding import image_name
from isospine.words import count, count_images, duration, listed

#: Rule and wildcards of a job.
Job = tuple[str, Mapping[str, Any]]

#: Images that are listed one by one; of more, the sizes are counted.
LISTED = 8
#: Sizes that are listed.
SIZES = 4
#: The cost model is for the slowest machines that may run a job: the demo took a third of its time on two cores of 2024.
FASTER = 3.0
#: What the jobs of some rules are, in words; those of all others are tables, figures and pages.
KINDS = {
    "fetch": "copy of an image",
    "fetch_segmentation": "copy of an image",
    "train": "training",
    "train_shared": "training",
    "baseline": "baseline",
    "reconstruct": "reconstruction",
    "virtual_slices": "reconstruction",
    "evaluate": "measurement",
    "score_slices": "measurement",
    "held_out": "measurement",
    "trial": "measurement",
}
PLURALS = {"copy of an image": "copies of images"}


def foretell(run: Run, jobs: Sequence[Job], at_a_time: int, source: str, known: bool = True) -> list[str]:
    """Describe what a run would do, in lines.

    Parameters
    ----------
    run : Run
        The plan.
    jobs : sequence of (rule, wildcards)
        Jobs that would run.
    at_a_time : int
        Jobs that run at the same time.
    source : str
        The dataset in words.
    known : bool
        Whether the images are known yet.
    """
    if not known:
        return [
            f"Dataset:  {source}, whose images are not known before it is cloned",
            f"Methods:  {_methods(run)}",
            "To do:    clone and index the dataset; the plan follows from its images",
        ]
    costs = [_cost(run, *job) for job in jobs]
    peak = max(costs, key=lambda cost: cost.memory_mb, default=Cost(0, 0, 0))
    longest = max((cost.seconds for cost in costs), default=0.0)
    seconds = max(sum(cost.seconds for cost in costs) / at_a_time, longest)
    return [
        f"Dataset:  {source}",
        *_image_lines(run, jobs),
        f"Methods:  {_methods(run)}",
        f"To do:    {count(len(jobs), 'job')}: {_kinds(rule for rule, _ in jobs)}",
        f"Time:     {_between(seconds / FASTER, seconds)}, {count(at_a_time, 'job')} at a time",
        f"Memory:   {_size(peak.memory_mb)} for the largest job",
        f"Disk:     {_size(sum(cost.disk_mb for cost in costs))}",
    ]


def _cost(run: Run, rule: str, wildcards: Mapping[str, Any]) -> Cost:
    step = run.steps.get(rule)
    return run.cost(rule, wildcards) if step and step.cost else Cost(0, GATHERING, 0)


def _image_lines(run: Run, jobs: Sequence[Job]) -> list[str]:
    images = run.images.rows
    waiting = {wildcards.get("image") for _, wildcards in jobs}
    finished = len(images) - len(waiting & set(images))
    subjects = {next(iter(rows.values()))["subject"] for rows in images.values()}
    total = f"{count_images(len(images), run.contrasts)} of {count(len(subjects), 'subject')}"
    done = f", {finished} of them finished" if finished else ""
    left_out = f", {len(run.left_out)} left out" if run.left_out else ""
    lines = [f"Images:   {total}{done}{left_out}"]
    sizes = {image: _sizes(run, image) for image in images}
    if len(images) <= LISTED:
        return lines + [f"          {image_name(image)}: {text}" for image, text in sizes.items()]
    common = Counter(sizes.values()).most_common()
    lines += [f"          {number} of {text}" for text, number in common[:SIZES]]
    if len(common) > SIZES:
        lines.append(f"          {sum(number for _, number in common[SIZES:])} of other sizes")
    return lines


def _sizes(run: Run, image: str) -> str:
    """Shape and spacing of each file of an image."""
    if not run.acquired:
        return ", ".join(f"{contrast} {_size_of(row)}" for contrast, row in run.images.rows[image].items())
    return ", ".join(
        f"{_beside(path, image)}{contrast} {_size_of(row)}"
        for contrast, views in run.images.bodies[image].items()
        for path, row in views.items()
    )


def _beside(path: str, image: str) -> str:
    """Entities of a view that its body does not have."""
    own = PurePosixPath(path).name.removeprefix(PurePosixPath(image).name).strip("_")
    return f"{own} " if own else ""


def _size_of(row: Mapping[str, str]) -> str:
    if row["shape"] == ABSENT:
        return "of a size that is known when it is fetched"
    spacing = " x ".join(shortest(float(size), 2) for size in row["spacing"].split("x"))
    return f"{row['shape'].replace('x', ' x ')} voxels of {spacing} mm"


def _methods(run: Run) -> str:
    names = dict.fromkeys(method.name for method in run.methods.values())
    seeds = {method.seed for method in run.methods.values()}
    networks = ", ".join(names) + (f" ({len(seeds)} seeds)" if len(seeds) > 1 else "")
    return "; ".join(part for part in (networks, ", ".join(run.baselines)) if part)


def _kinds(rules: Iterable[str]) -> str:
    numbers = Counter(KINDS.get(rule, "other") for rule in rules)
    words = [
        f"{numbers[kind]} {PLURALS[kind]}"
        if numbers[kind] > 1 and kind in PLURALS
        else count(numbers[kind], kind)
        for kind in dict.fromkeys(KINDS.values())
        if numbers[kind]
    ]
    if numbers["other"]:
        words.append(f"{numbers['other']} for views, tables, figures and pages")
    return listed(words) or "nothing"


def _between(fast: float, slow: float) -> str:
    """Range of times, without digits that no prediction has."""
    return " to ".join(dict.fromkeys(duration(_rounded(seconds)) for seconds in (fast, slow)))


def _rounded(seconds: float) -> float:
    """Time in tens of seconds, from five minutes on in minutes, and from two hours on in hours."""
    step = 10 if seconds < 300 else 60 if seconds < 7200 else 3600
    return max(round(seconds / step), 1) * step


def _size(megabytes: float) -> str:
    """Size in MB or GB."""
    if megabytes < 1000:
        return f"{max(round(megabytes, -1), 10):.0f} MB"
    return f"{megabytes / 1024:.1f} GB"
