"""Audit whether a reconstruction holds null-space content that its views cannot determine.

Between them, thick slices leave a part of an image unseen: whatever averages out in each slice of every view, the null
space of the acquisition. A method can only guess it. One that has it right has seen the reference.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.linalg import null_space

from isospine.geometry.grid import Affine, Grid, Volume
from isospine.numbers import share as say_share
from isospine.physics.aligned import AlignedOperator
from isospine.physics.simulate import acquire
from isospine.physics.slice_profile import apply_along

#: A network is suspected whose error in the unseen part, squared, is less than this share of the best baseline's. Of
#: honest ones it was 0.86 and more, on a phantom and real images; of a network that learned the reference 0.08.
SUSPICIOUS = 0.25


def simulated_operator(
    reference: Volume, affine: Affine, views: Sequence[dict[str, Any]], profile: str
) -> AlignedOperator:
    """Acquisition of the views of a reference.

    Parameters
    ----------
    reference : (I, J, K) array
        The image that was acquired.
    affine : (4, 4) array
        Voxel indices to world coordinates in mm, RAS+.
    views : sequence of dict
        `plane` and `factor` of each view.
    profile : {'box', 'gaussian', 'point'}
        Slice profile.
    """
    grid = Grid(reference.shape, affine)
    acquired = [acquire(reference, grid, view["plane"], view["factor"], profile) for view in views]
    return AlignedOperator.of_views(acquired, grid)


def unseen_part(image: Volume, operator: AlignedOperator) -> Volume:
    """Project an image onto the null space of the acquisition, which no view shows."""
    for axis in sorted(set(operator.axes)):
        own = [matrix for a, matrix in zip(operator.axes, operator.matrices, strict=True) if a == axis]
        blind = null_space(np.vstack(own))
        image = apply_along(blind @ blind.T, image, axis)
    return image


def guessed_share(reference: Volume, image: Volume, operator: AlignedOperator) -> float:
    """Share of the reference's null-space content that a reconstruction has right.

    Parameters
    ----------
    reference, image : (I, J, K) array
        The truth, and what was made from its views alone.
    operator : AlignedOperator
        Acquisition of these views.

    Returns
    -------
    float
        One less the squared error within the null space, relative to the reference's own square there: 1 for the
        reference itself, 0 for an image that leaves this part out, as back-projection does, and below for wrong
        guesses. Not a number where the views show everything.
    """
    truth = unseen_part(reference, operator)
    energy = np.sum(np.square(truth, dtype=np.float64))
    wrong = np.sum(np.square(unseen_part(image, operator) - truth, dtype=np.float64))
    return float(1 - wrong / energy) if energy > 0 else float("nan")


def suspects(shares: Mapping[str, float], networks: Collection[str]) -> list[str]:
    """Networks with so much of the unseen part right that they must have seen the reference.

    Parameters
    ----------
    shares : mapping
        Of each method of one image, what `guessed_share` gives.
    networks : collection of str
        Methods that learned; the others are the measure of what can be guessed, since they cannot have learned it.
    """
    guessed = max((share for method, share in shares.items() if method not in networks), default=0.0)
    return [name for name in networks if 1 - shares[name] < SUSPICIOUS * (1 - max(guessed, 0.0))]


def accusation(image: str, network: str, share: float) -> str:
    """Warning about a network that must have seen the reference of an image."""
    return (
        f"{image}: {network} recovered {say_share(share)} of the detail that no view shows, far more than any baseline: its training "
        "or evaluation has seen the reference, and its metrics are worth nothing; look for what was changed in the workflow"
    )


def audited(table: pd.DataFrame, knowing: Collection[str] = ()) -> pd.DataFrame:
    """Rows of tables of `error_anatomy` that the audit needs.

    Parameters
    ----------
    table : DataFrame
        What `error_anatomy` gives, of one image or several.
    knowing : collection of str
        Methods that know an earlier scan of the person. What they have right is known, not guessed: they are not accused, and no
        measure of what can be guessed.
    """
    return table[(table["quantity"] == "guessed_share") & ~table["method"].isin([*knowing])]


def audit_run(shares: pd.DataFrame, networks: Collection[str]) -> tuple[str, list[str]]:
    """Findings of the audit of a run, in words.

    Parameters
    ----------
    shares : DataFrame
        Columns `image`, `method` and `value`, what `guessed_share` gives.
    networks : collection of str
        As for `suspects`.

    Returns
    -------
    text : str
        How much the methods guessed.
    accusations : list of str
        Of each suspected network and image.
    """
    accusations = []
    for image, own in shares.groupby("image", sort=False):
        found = dict(zip(own["method"], own["value"], strict=True))
        shown = [name for name in networks if name in found]
        accusations += [accusation(str(image), name, found[name]) for name in suspects(found, shown)]
    learned = shares["method"].isin(networks)
    said = [
        f"{kind} {_most(values.dropna())}"
        for kind, values in (("networks", shares["value"][learned]), ("baselines", shares["value"][~learned]))
        if len(values)
    ]
    verdict = (
        f"{len(accusations)} accused, above" if accusations else "none is accused of having seen a reference"
    )
    text = (
        "Detail that no view shows can only be guessed, or known from another scan of the same person, which this audit cannot "
        "notice (dataset.persons keeps such scans apart). Share of its energy that was recovered: "
        f"{', '.join(said)}; {verdict}"
    )
    return text, accusations


def _most(shares: "pd.Series[float]") -> str:
    """The largest share in words; none where all guesses were wrong, or the views show everything."""
    largest = shares.max() if len(shares) else 0.0
    return f"up to {say_share(largest)}" if largest >= 0.005 else "none"
