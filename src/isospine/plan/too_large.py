"""Find the images for which the memory of this machine is too small."""

from collections.abc import Callable, Sequence


def describe_too_large(
    image: str, shape: str, job: Sequence[str | None], asked: Callable[..., float], limit: float
) -> str:
    """Error for an image that needs more memory than there is, with the size that would fit.

    Parameters
    ----------
    image : str
        Its name.
    shape : str
        Its voxels, such as ``64x320x320``, or ``n/a`` where they are not known before it is there.
    job : sequence of str or None
        Words that name the job of the image which takes most: step, method, grid.
    asked : callable
        Memory in MB that the job asks for, by the share of its voxels that the image has; of all of them without
        an argument.
    limit : float
        Memory that there is, MB.
    """
    share = largest_share(asked, limit)
    remedy = "take a larger machine or a cluster (docs/cluster.md)"
    if share > 0:
        fits = f"an image of {_shown_size(shape, share)} would fit"
        remedy = f"crop it, choose a coarser grid (resolutions), exclude the subject (dataset.exclude), or {remedy}"
    else:
        fits = "no image would fit"
        remedy = f"choose a smaller batch or network (recipes), or {remedy}"
    return (
        f"{image}: the job {' '.join(filter(None, job))} needs {asked() / 1024:.1f} GB of memory, but there are only "
        f"{limit / 1024:.1f} GB (--resources mem_mb={limit:.0f}); {fits}: {remedy}"
    )


def largest_share(asked: Callable[[float], float], limit: float) -> float:
    """Largest share of its voxels with which an image stays within a limit; 0 if no share does."""
    fits, beyond = 0.0, 1.0
    if asked(fits) > limit:
        return 0.0
    for _ in range(20):
        middle = (fits + beyond) / 2
        fits, beyond = (middle, beyond) if asked(middle) <= limit else (fits, middle)
    return fits


def _shown_size(shape: str, share: float) -> str:
    """Voxels of an image that is smaller along each axis."""
    if shape == "n/a":
        return f"{share:.0%} of its voxels"
    along = share ** (1 / 3)
    return " x ".join(str(int(along * int(count))) for count in shape.split("x")) + " voxels"
