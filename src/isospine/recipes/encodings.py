"""Encodings of a coordinate: one record for each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Encoding:
    """An encoding of a position.

    Attributes
    ----------
    name : str
        In configurations and tables.
    words : str
        In the methods section, with citations as Pandoc reads them; a recipe's hyperparameters fill the braces.
    frequencies : str
        ``module:name``, in `isospine.models.encodings`, of a function of L, bandwidth and a random generator that gives
        the frequencies; empty for the position itself.
    uses : tuple of str
        Hyperparameters that its frequencies depend on; the others have no effect with it.
    inputs : int
        Number of features; 0 for two of each of L.
    trained : bool
        Whether its features are trained with the network.
    most : int
        Largest L that it can have; 0 for any.
    any_field : bool
        Whether each feature means the same in every field of view, so that weights of several networks have a mean.
    """

    name: str
    words: str
    frequencies: str = ""
    uses: tuple[str, ...] = ()
    inputs: int = 0
    trained: bool = False
    most: int = 0
    any_field: bool = True

    @property
    def is_position(self) -> bool:
        """Whether the network is given the position itself."""
        return self.inputs == 3

    def features(self, L: int) -> int:
        """Return the number of features with a mapping size L."""
        return self.inputs or 2 * L


#: By name.
ENCODINGS = {
    encoding.name: encoding
    for encoding in (
        Encoding(
            "gaussian",
            "{L} Gaussian Fourier features of bandwidth {bandwidth:g} cycles/mm [@tancik2020]",
            "isospine.models.encodings:gaussian_frequencies",
            uses=("L", "bandwidth"),
        ),
        Encoding(
            "positional",
            "{L} positional frequencies up to {bandwidth:g} cycles/mm [@mildenhall2020]",
            "isospine.models.encodings:positional_frequencies",
            uses=("L", "bandwidth"),
            any_field=False,
        ),
        Encoding(
            "basic",
            "the sines and cosines of one period",
            "isospine.models.encodings:basic_frequencies",
            inputs=6,
        ),
        Encoding(
            "grid",
            "{L} grids of trained features whose finest holds {bandwidth:g} cycles/mm [@muller2022]",
            uses=("L", "bandwidth"),
            trained=True,
            most=16,
            any_field=False,
        ),
        Encoding("none", "no encoding", inputs=3),
    )
}
