"""What surrounds one training: the last good model is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from isospine.training.files import save_model
from isospine.training.optimiser import DivergenceError
from isospine.training.trainable import Trainable


@contextmanager
def last_good_kept(model: Trainable, path: Path | None) -> Iterator[None]:
    """Write the model that is being trained as it was before its training diverged, and say so.

    Parameters
    ----------
    model : Trainable
        Its network is trained within the block.
    path : Path or None
        Where to write it; no declared output of a job, which Snakemake would delete. None writes nothing.

    Raises
    ------
    DivergenceError
        The same, naming the file.
    """
    if path is not None:
        path.unlink(missing_ok=True)  # of an earlier attempt
    try:
        yield
    except DivergenceError as error:
        if path is None:
            raise
        save_model(model, path)
        message = f"{error}. The model after step {error.last_good}, when all was finite, is in {path}"
        raise DivergenceError(message, error.last_good) from error
