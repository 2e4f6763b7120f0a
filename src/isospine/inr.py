"""The trained model: a network, its coordinate transform and what it needs to be evaluated on any grid."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from scipy.ndimage import map_coordinates, spline_filter
from torch import nn

from isospine.acquisition import View
from isospine.consistency import AcquisitionOperator
from isospine.encodings import GridEncoder
from isospine.errors import InputError
from isospine.files import atomic_path
from isospine.geometry import FloatArray, Grid
from isospine.hyperparameters import Hyperparameters
from isospine.networks import multilayer_perceptron
from isospine.nifti import Volume

#: Version of the model file's layout.
MODEL_FORMAT = "1"

#: Points evaluated at once; bounds the memory of inference.
CHUNK = 2**16


@dataclass(frozen=True)
class Model:
    """A network that maps world coordinates to intensities, and the views' residuals.

    Attributes
    ----------
    network : nn.Sequential
        From encoded coordinates to the scaled intensity.
    frequencies : (L, 3) ndarray or None
        Fourier frequencies in cycles per unit of the normalised coordinate.
    centre, radius : (3,) ndarray, float
        Normalisation ``x = (world - centre) / radius``, in mm.
    offset, scale : float
        Intensity of the network's outputs 0, and the difference to that of 1.
    grid : Grid
        Fine grid of the views.
    residuals : tuple of View
        What the network leaves unexplained of each view; empty without data consistency.
    hyperparameters : Hyperparameters
        The settings it was trained with.
    provenance : dict
        Image, method, seed and software versions, JSON-serialisable.
    """

    network: nn.Sequential
    frequencies: FloatArray | None
    centre: FloatArray
    radius: float
    offset: float
    scale: float
    grid: Grid
    residuals: tuple[View, ...]
    hyperparameters: Hyperparameters
    provenance: dict[str, Any]

    @property
    def device(self) -> torch.device:
        """Where the network's weights are."""
        return next(self.network.parameters()).device

    @property
    def parameters(self) -> int:
        """Number of trained weights."""
        return sum(weights.numel() for weights in self.network.parameters())

    def encoder(self, grid: Grid) -> GridEncoder:
        """Features of the voxels of a grid in this model's coordinates."""
        return GridEncoder(grid, self.centre, self.radius, self.frequencies, self.device)

    @torch.no_grad()
    def evaluate(self, grid: Grid) -> Volume:
        """Intensities that the network alone gives at the voxel centres of any grid."""
        encoder = self.encoder(grid)
        planes = max(1, CHUNK // (grid.shape[1] * grid.shape[2]))
        image = np.empty(grid.shape, np.float32)
        with mixed_precision(self.hyperparameters.precision, self.device):
            for start in range(0, grid.shape[0], planes):
                features = encoder.slab(start, min(start + planes, grid.shape[0]))
                values = self.network(features).squeeze(-1).float()
                image[start : start + planes] = values.cpu().numpy()
        return image * np.float32(self.scale) + np.float32(self.offset)

    def reconstruct(self, grid: Grid) -> Volume:
        """Intensities on any grid, made consistent with the views if the recipe asks for it."""
        image = self.evaluate(grid)
        if self.residuals:
            image += resample(self.correction(), self.grid, grid)
        return image

    def correction(self) -> Volume:
        """Smallest change on the fine grid that explains the views' residuals."""
        operator = AcquisitionOperator.of_views(self.residuals, self.grid)
        spread = operator.adjoint([view.data for view in self.residuals])
        return operator.regularised_inverse(spread, ridge=0.0)

    def with_residuals(self, views: Sequence[View]) -> "Model":
        """Return this model with what it leaves unexplained of the views, rounded as it will be stored."""
        operator = AcquisitionOperator.of_views(views, self.grid)
        predicted = operator.forward(self.evaluate(self.grid))
        residuals = [
            replace(view, data=from_half(to_half(view.data - seen, self.scale), self.scale))
            for view, seen in zip(views, predicted, strict=True)
        ]
        return replace(self, residuals=tuple(residuals))


def to_half(residual: Volume, scale: float) -> NDArray[np.float16]:
    """Half precision in units of the intensities' range, which neither overflows nor underflows."""
    return (residual / np.float32(scale)).astype(np.float16)


def from_half(stored: NDArray[np.float16], scale: float) -> Volume:
    """Inverse of `to_half`."""
    return stored.astype(np.float32) * np.float32(scale)


def has_bfloat16(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 matrices in hardware."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


def mixed_precision(precision: str, device: torch.device) -> torch.autocast:
    """Context in which matrix products run in the wanted number format."""
    wanted = precision == "bfloat16" or (precision == "auto" and has_bfloat16(device))
    return torch.autocast(device.type, torch.bfloat16, enabled=wanted)


def resample(image: Volume, source: Grid, target: Grid) -> Volume:
    """Cubic spline interpolation of an image at the voxel centres of another grid."""
    if source.shape == target.shape and np.allclose(source.affine, target.affine, atol=1e-4):
        return image
    to_source = np.linalg.solve(source.affine, target.affine)
    coefficients = spline_filter(image, order=3, mode="nearest", output=np.float32)
    result = np.empty(target.shape, np.float32)
    plane = np.stack(np.meshgrid(*map(np.arange, target.shape[1:]), indexing="ij"))
    for i in range(target.shape[0]):
        indices = np.concatenate([np.full_like(plane[:1], i), plane])
        points = np.tensordot(to_source[:3, :3], indices, axes=1) + to_source[:3, 3, None, None]
        result[i] = map_coordinates(coefficients, points, order=3, mode="nearest", prefilter=False)
    return result


def build_network(hyperparameters: Hyperparameters, frequencies: FloatArray | None) -> nn.Sequential:
    """Freshly initialised network, from torch's global random state."""
    return multilayer_perceptron(
        inputs=3 if frequencies is None else 2 * len(frequencies),
        width=hyperparameters.width,
        hidden_layers=hyperparameters.hidden_layers,
        activation=hyperparameters.activation,
        omega=hyperparameters.omega,
    )


def save_model(model: Model, path: str | Path) -> None:
    """Write a self-contained safetensors file: weights, frequencies, transform, residuals and settings."""
    tensors = {f"network.{name}": value.contiguous() for name, value in model.network.state_dict().items()}
    if model.frequencies is not None:
        tensors["frequencies"] = torch.from_numpy(model.frequencies)
    tensors["centre"] = torch.from_numpy(model.centre)
    tensors["affine"] = torch.from_numpy(model.grid.affine)
    views = []
    for index, view in enumerate(model.residuals):
        tensors[f"residual.{index}"] = torch.from_numpy(to_half(view.data, model.scale))
        tensors[f"residual.{index}.affine"] = torch.from_numpy(view.grid.affine)
        views.append({"axis": view.axis, "thickness": view.thickness, "profile": view.profile})
    description = {
        "format": MODEL_FORMAT,
        "radius": model.radius,
        "offset": model.offset,
        "scale": model.scale,
        "shape": list(model.grid.shape),
        "views": views,
        "hyperparameters": model.hyperparameters.as_dict(),
        "provenance": model.provenance,
    }
    # one key alone: safetensors writes several in random order
    metadata = {"isospine": json.dumps(description, sort_keys=True)}
    with atomic_path(path) as temporary:
        save_file(tensors, temporary, metadata=metadata)


def load_model(path: str | Path, device: str | torch.device = "cpu") -> Model:
    """Read a model file.

    Raises
    ------
    InputError
        If the file is missing, damaged, or of another layout.
    """
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise InputError(
            f"{path}: not a readable safetensors file ({error}); train the model again"
        ) from error
    if "isospine" not in metadata:
        raise InputError(f"{path}: not a model of isospine; expected a file that its training wrote")
    try:
        description = json.loads(metadata["isospine"])
        if description["format"] != MODEL_FORMAT:
            raise InputError(
                f"{path}: has model format {description['format']!r}; this isospine reads {MODEL_FORMAT!r}: "
                "train the model again, or use the release that wrote it"
            )
        return _assemble(tensors, description, torch.device(device))
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise InputError(f"{path}: incomplete model file ({error!r}); train the model again") from error


def _assemble(tensors: dict[str, torch.Tensor], description: dict[str, Any], device: torch.device) -> Model:
    """Put a model together from the content of its file."""
    hyperparameters = Hyperparameters(**description["hyperparameters"])
    frequencies = tensors["frequencies"].numpy() if "frequencies" in tensors else None
    network = build_network(hyperparameters, frequencies)
    prefix = "network."
    network.load_state_dict(
        {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
    )
    residuals = []
    for index, view in enumerate(description["views"]):
        data = from_half(tensors[f"residual.{index}"].numpy(), description["scale"])
        i, j, k = data.shape
        grid = Grid((i, j, k), tensors[f"residual.{index}.affine"].numpy())
        residuals.append(View(data, grid, view["axis"], view["thickness"], view["profile"]))
    i, j, k = description["shape"]
    return Model(
        network=network.to(device).eval(),
        frequencies=frequencies,
        centre=tensors["centre"].numpy(),
        radius=description["radius"],
        offset=description["offset"],
        scale=description["scale"],
        grid=Grid((i, j, k), tensors["affine"].numpy()),
        residuals=tuple(residuals),
        hyperparameters=hyperparameters,
        provenance=description["provenance"],
    )
