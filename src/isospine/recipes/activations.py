"""Activations of a coordinate network: one record for each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Activation:
    """An activation of the hidden layers.

    Attributes
    ----------
    name : str
        In configurations and tables.
    words : str
        In the methods section, with citations as Pandoc reads them; a recipe's hyperparameters fill the braces.
    layer : str
        ``module:name`` of its torch module, in `isospine.models.mlp` unless PyTorch has it.
    uses : tuple of str
        Hyperparameters that are arguments of the module, in its order; others have no effect with it.
    siren_weights : bool
        Whether the layers start from SIREN's weights instead of PyTorch's own.
    """

    name: str
    words: str
    layer: str
    uses: tuple[str, ...] = ()
    siren_weights: bool = False


#: By name.
ACTIVATIONS = {
    activation.name: activation
    for activation in (
        Activation("relu", "ReLU activations", "torch.nn:ReLU"),
        Activation(
            "sine",
            "sine activations (frequency factor {omega:g}) [@sitzmann2020]",
            "isospine.models.mlp:Sine",
            uses=("omega",),
            siren_weights=True,
        ),
        Activation(
            "gabor",
            "Gabor activations (factors {omega:g} and {gabor_scale:g}) [@saragadam2023]",
            "isospine.models.mlp:Gabor",
            uses=("omega", "gabor_scale"),
        ),
    )
}
