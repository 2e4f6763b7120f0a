"""Estimate the noise of views from the views alone."""

from collections.abc import Sequence
from dataclasses import replace

from isospine.physics.oblique import ObliqueOperator
from isospine.physics.operator import Operator
from isospine.physics.view import View


def relative_noise(operator: Operator, views: Sequence[View]) -> float:
    """Standard deviation of the views' noise over their intensity range, from the views alone."""
    measured = [view.data for view in views]
    scale = float(max(data.max() for data in measured) - min(data.min() for data in measured))
    return operator.noise(measured) / scale if scale > 0 else 0.0


def noise_within(view: View) -> float:
    """Standard deviation of the noise of a view, from its finest differences; anatomy as fine counts as noise."""
    return ObliqueOperator.of_views([replace(view, profile="point")], view.grid).noise([view.data])
