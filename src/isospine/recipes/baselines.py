"""Baselines: one record for each, the source of titles, methods text, costs, schema and code hashes."""

import re
from dataclasses import dataclass

from isospine.recipes.lookup import module_of


@dataclass(frozen=True)
class Baseline:
    """A reconstruction without a network.

    Attributes
    ----------
    name : str
        In configurations, tables and file names.
    title : str
        In figures.
    words : str
        In lists of methods, and in the methods section, with citations as Pandoc reads them.
    function : str
        ``module:name`` of a function of views and grid that returns the volume.
    memory_mb : float
        Memory per million voxels, MB (`benchmarks/resources.py` measures it).
    solves : bool
        Whether it inverts the acquisition operator; otherwise it interpolates the views.
    beside_networks : bool
        Whether comparisons always show it beside networks; of the others they show the best.
    """

    name: str
    title: str
    words: str
    function: str
    memory_mb: float
    solves: bool
    beside_networks: bool = False

    @property
    def plain_words(self) -> str:
        """Words without citations."""
        return re.sub(r" \[@[^]]*\]", "", self.words)

    @property
    def module(self) -> str:
        """Module that its code hash must cover."""
        return module_of(self.function)


#: By name, in the order in which documents list them.
BASELINES = {
    baseline.name: baseline
    for baseline in (
        Baseline(
            name="linear",
            title="linear",
            words="the average of the linear interpolations of the views",
            function="isospine.solvers.interpolation:linear",
            memory_mb=21,
            solves=False,
        ),
        Baseline(
            name="cubic",
            title="cubic",
            words="the average of the cubic spline interpolations of the views",
            function="isospine.solvers.interpolation:cubic",
            memory_mb=21,
            solves=False,
        ),
        Baseline(
            name="ibp",
            title="back-projection",
            words="iterative back-projection from the cubic average [@irani1991]",
            function="isospine.solvers.back_projection:iterative_back_projection",
            memory_mb=32,
            solves=True,
            beside_networks=True,
        ),
        Baseline(
            name="tikhonov",
            title="Tikhonov",
            words="least squares with a penalty on the squared Laplacian",
            function="isospine.solvers.tikhonov:tikhonov",
            memory_mb=53,
            solves=True,
        ),
        Baseline(
            name="tv",
            title="TV",
            words=(
                "least squares with isotropic total variation [@rudin1992] by a primal-dual method [@chambolle2011]"
            ),
            function="isospine.solvers.total_variation:total_variation",
            memory_mb=61,
            solves=True,
        ),
    )
}


def baseline_title(name: str) -> str:
    """Return the title of a baseline in figures; other names are returned unchanged."""
    return BASELINES[name].title if name in BASELINES else name
