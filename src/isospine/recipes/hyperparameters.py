"""Hyperparameters of each kind of model, as immutable records that describe every key.

Title, unit, the value for models from before it, and with which choices it has an effect stand in the metadata of its
field. A key that several kinds have is described in the first of them.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

#: Name of the weights that come with isospine, in place of a file.
SHIPPED_WEIGHTS = "isospine"

#: Values of `initial`.
RANDOM, MEAN = "random", "mean"


@dataclass(frozen=True)
class Description:
    """The description of a hyperparameter beside its type.

    Attributes
    ----------
    title : str
        On axes; its name if empty.
    unit : str
        Unit of its values, on axes, in tables and behind values.
    values : str
        Meaning of its values, on axes, where they have no unit.
    since : object
        For a key that was added later: the value that reproduces earlier models.
    used_with : str
        Another hyperparameter whose value decides whether this one has an effect.
    used_values : tuple of str
        Values with which it has an effect; if empty, those whose records list it in `uses`.
    """

    title: str = ""
    unit: str = ""
    values: str = ""
    since: Any = None
    used_with: str = ""
    used_values: tuple[str, ...] = ()


def about(title: str = "", **known: Any) -> dict[str, Description]:
    """Make the metadata of a field, see `Description`."""
    return {"description": Description(title, **known)}


def described(title: str = "", **known: Any) -> Any:
    """Make a field with that metadata, for records that have a hyperparameter called `field`."""
    return field(metadata=about(title, **known))


@dataclass(frozen=True)
class NetworkHyperparameters:
    """Settings that every network of coordinates has; config/README.md describes each key for users.

    Attributes
    ----------
    model : str
        The kind of model, see `recipes.kinds`.
    encoding : str
        Coordinate encoding, one of `ENCODINGS`.
    L : int
        Mapping size: number of Fourier frequencies.
    bandwidth : float
        Standard deviation of the Gaussian frequencies (highest frequency of `positional`), cycles per mm.
    activation : str
        Activation of the hidden layers, one of `ACTIVATIONS`.
    omega : float
        Frequency factor of `sine` and `gabor`.
    gabor_scale : float
        Factor of the Gaussian of `gabor`.
    width, hidden_layers : int
        Neurons per hidden layer, and number of those layers.
    skip_every : int
        The features join the output of every `skip_every`-th hidden layer; 0 for none.
    supervision : {'profile', 'point'}
        Compare a slice with the mean over its profile, or with its centre.
    samples_per_slice : int
        Positions across the slice in that mean.
    epochs, batch : int
        Passes over all voxels of the views, and voxels per step.
    learning_rate : float
        First learning rate of Adam; falls to zero along a cosine.
    data_consistency : bool
        Add the smallest correction that makes the reconstruction agree with the views.
    precision : {'auto', 'float32', 'bfloat16'}
        Number format of the matrix products; weights are always float32. `auto` is bfloat16 where the
        processor computes in it, else float32.
    contrasts : {'separate', 'shared'}
        A network for each contrast of an image, or one for all of them.
    """

    model: str
    encoding: str
    L: int = field(metadata=about("mapping size L", values="frequencies", used_with="encoding"))
    bandwidth: float = field(metadata=about("bandwidth", unit="cycles/mm", used_with="encoding"))
    activation: str
    omega: float = field(metadata=about("frequency factor omega", values="rad", used_with="activation"))
    # earlier models had no `gabor`, so that any scale reproduces them
    gabor_scale: float = field(
        metadata=about("Gaussian factor of the wavelet", values="number", since=6.0, used_with="activation")
    )
    width: int = field(metadata=about("width", values="units per layer"))
    hidden_layers: int = field(metadata=about("hidden layers", values="number"))
    skip_every: int = field(metadata=about("layers between skips", values="number", since=0))
    supervision: str
    samples_per_slice: int = field(
        metadata=about(
            "samples per slice", values="number", used_with="supervision", used_values=("profile",)
        )
    )
    epochs: int = field(metadata=about("epochs", values="number"))
    batch: int = field(metadata=about("batch size", values="samples"))
    learning_rate: float = field(metadata=about("learning rate", values="per step"))
    data_consistency: bool = field(metadata=about("data consistency", values="off or on"))
    precision: str
    contrasts: str = field(
        metadata=about("networks of the contrasts", values="separate or shared", since="separate")
    )

    def as_dict(self) -> dict[str, Any]:
        """Plain dictionary, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Hyperparameters(NetworkHyperparameters):
    """Settings of a coordinate network that knows the views alone; the inherited ones are its fit to these.

    Attributes
    ----------
    model : {'coordinate'}
        The kind of model, see `recipes.kinds`.
    initial : {'random', 'mean'}
        First weights: drawn, or the mean of those of networks that were trained on the views of other persons.
    """

    initial: str = field(
        default=RANDOM, kw_only=True, metadata=about("first weights", values="random or mean", since=RANDOM)
    )

    def as_dict(self) -> dict[str, Any]:
        """Plain dictionary, for JSON; random first weights are left out, as files from before there were others have it."""
        return {key: value for key, value in asdict(self).items() if (key, value) != ("initial", RANDOM)}


@dataclass(frozen=True)
class PriorHyperparameters:
    """Settings of the self-supervised prior.

    Attributes
    ----------
    model : {'prior'}
        The kind of model, see `recipes.kinds`.
    L : int
        Cosine products over the window that each cell predicts.
    width, hidden_layers : int
        Neurons per hidden layer, and number of those layers.
    cells : int
        About how many cells of the views' sharp planes to learn from.
    steps, batch : int
        Steps of the optimiser, and cells per step.
    learning_rate : float
        First learning rate of AdamW; falls to zero along a cosine.
    weight_decay : float
        Weight decay of AdamW.
    data_consistency : bool
        Add the correction that makes the reconstruction agree with the views, as far as their noise allows.
    precision : {'auto', 'float32', 'bfloat16'}
        As in `NetworkHyperparameters`.
    """

    model: str
    L: int
    width: int
    hidden_layers: int
    cells: int
    steps: int
    batch: int
    learning_rate: float
    weight_decay: float
    data_consistency: bool
    precision: str

    def as_dict(self) -> dict[str, Any]:
        """Plain dictionary, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class PretrainedHyperparameters:
    """Settings of the pretrained prior, whose network learned from other bodies beforehand.

    Attributes
    ----------
    model : {'pretrained'}
        The kind of model, see `recipes.kinds`.
    weights : str
        `SHIPPED_WEIGHTS` for those that come with isospine, or a file of weights.
    refine : int
        Steps of the optimiser on the sharp planes of the image's own views.
    data_consistency : bool
        Add the correction that makes the reconstruction agree with the views, as far as their noise allows.
    precision : {'auto', 'float32', 'bfloat16'}
        As in `NetworkHyperparameters`.
    """

    model: str
    weights: str
    refine: int = field(metadata=about("steps of refinement"))
    data_consistency: bool
    precision: str

    def as_dict(self) -> dict[str, Any]:
        """Plain dictionary, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class PopulationHyperparameters(PriorHyperparameters):
    """Settings of the prior that learns from other persons first; the inherited ones are of its refinement.

    Attributes
    ----------
    model : {'population'}
        The kind of model, see `recipes.kinds`.
    population_images : int
        From how many images of other persons to learn, at most.
    population_cells : int
        About how many cells of their references' planes, together.
    population_steps : int
        Steps of the optimiser before the refinement on the person's own views.
    """

    population_images: int
    population_cells: int
    population_steps: int


@dataclass(frozen=True)
class FollowUpHyperparameters:
    """Settings of a reconstruction that knows an earlier scan of the same person.

    Attributes
    ----------
    model : {'follow-up'}
        The kind of model, see `recipes.kinds`.
    field : {'bspline', 'network', 'velocity', 'rigid'}
        How the earlier scan is deformed to where the body is now.
    regulariser : {'tv', 'pretrained'}
        What is expected of the image itself: little variation, or little difference to the pretrained prior.
    alpha : float
        Share of what is expected of the change since the earlier scan, 0 to 1; the rest is the regulariser's.
    weights : str
        As in `PretrainedHyperparameters`.
    """

    model: str
    field: str
    regulariser: str
    alpha: float = described("share of the earlier scan alpha", values="0 to 1")
    weights: str = described(used_with="regulariser", used_values=("pretrained",))

    @property
    def precision(self) -> str:
        """Number format of the pretrained prior's matrix products."""
        return "auto"

    def as_dict(self) -> dict[str, Any]:
        """Plain dictionary, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class FollowUpNetworkHyperparameters(NetworkHyperparameters):
    """Settings of a coordinate network that knows an earlier scan of the same person; the inherited ones are its fit to the views.

    Attributes
    ----------
    model : {'follow-up-network'}
        The kind of model, see `recipes.kinds`.
    field : {'bspline', 'network', 'velocity', 'rigid'}
        As in `FollowUpHyperparameters`.
    use : {'embed', 'difference'}
        The network holds the earlier scan before it is fitted to the views, or holds the difference to it.
    earlier_epochs : int
        Passes over the voxels of the earlier scan before that.
    earlier_learning_rate : float
        First learning rate of these passes.
    """

    field: str
    use: str
    earlier_epochs: int = described(
        "epochs on the earlier scan", values="number", used_with="use", used_values=("embed",)
    )
    earlier_learning_rate: float = described(
        "learning rate on the earlier scan", values="per step", used_with="use", used_values=("embed",)
    )
