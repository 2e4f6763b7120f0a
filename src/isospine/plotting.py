"""One style for every figure: colour-blind-safe, readable in grey, equal bytes for equal content."""

BASELINE_TITLES = {
    "linear": "linear",
    "cubic": "cubic",
    "ibp": "back-projection",
    "tikhonov": "Tikhonov",
    "tv": "TV",
}


HYPERPARAMETER_TITLES = {
    "L": "mapping size L (frequencies)",
    "bandwidth": "bandwidth (cycles/mm)",
    "width": "width (units per layer)",
    "hidden_layers": "hidden layers (number)",
    "samples_per_slice": "samples per slice (number)",
    "epochs": "epochs (number)",
    "batch": "batch size (samples)",
    "learning_rate": "learning rate (per step)",
    "omega": "frequency factor omega (rad)",
    "gabor_scale": "Gaussian factor of the wavelet (number)",
    "skip_every": "layers between skips (number)",
    "data_consistency": "data consistency (off or on)",
    "contrasts": "networks of the contrasts (separate or shared)",
}


def baseline_title(name: str) -> str:
    """Name of a baseline as figures write it."""
    return BASELINE_TITLES.get(name, name)


def hyperparameter_title(name: str) -> str:
    """Name and unit of a hyperparameter as axes write them."""
    return HYPERPARAMETER_TITLES.get(name, name.replace("_", " "))
