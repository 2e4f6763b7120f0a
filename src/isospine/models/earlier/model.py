"""The reconstruction of a follow-up scan that knows an earlier one of the same person."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray

from isospine.geometry.grid import Grid, Volume
from isospine.geometry.resample import resample
from isospine.physics.magnitude import times_power
from isospine.recipes.hyperparameters import FollowUpHyperparameters, FollowUpNetworkHyperparameters
from isospine.recipes.kinds import read_hyperparameters
from isospine.solvers.nonnegative import without_negatives
from isospine.training.stored_views import unpack_grid

#: Volumes of a model file, by their names there.
VOLUMES = ("image", "alone", "placed", "remembered")


@dataclass(frozen=True)
class FollowUpModel:
    """What two scans of one person say of the body at the later one, on one grid.

    Attributes
    ----------
    image : (I, J, K) float32 array
        The reconstruction; `alone` itself where the earlier scan was refused.
    alone : (I, J, K) float32 array
        The same without the earlier scan.
    placed : (I, J, K) float32 array
        The earlier scan where the body is now, in the intensities of the views.
    remembered : (I, J, K) float32 array
        Share of each voxel that no view shows and that comes from the earlier scan, 0 to 1.
    covered : (I, J, K) bool array
        Where the earlier scan is known.
    displacement : (3, I, J, K) float32 array
        From a point of the body now to the same one in the earlier scan, in mm along the world's axes.
    grid : Grid
        Their grid.
    magnitudes : bool
        Whether no intensity of the views is negative.
    verdict : dict
        Whether the earlier scan was used, and why: JSON-serialisable, see `judge.Verdict`.
    hyperparameters : FollowUpHyperparameters or FollowUpNetworkHyperparameters
        The settings.
    provenance : dict
        Image, method, earlier scan and software versions, JSON-serialisable.
    parameters : int
        Number of weights that were trained on the views.
    """

    image: Volume
    alone: Volume
    placed: Volume
    remembered: Volume
    covered: NDArray[np.bool_]
    displacement: Volume
    grid: Grid
    magnitudes: bool
    verdict: dict[str, Any]
    hyperparameters: FollowUpHyperparameters | FollowUpNetworkHyperparameters
    provenance: dict[str, Any]
    parameters: int = 0

    @property
    def device(self) -> torch.device:
        """Device of what was computed."""
        return torch.device("cpu")

    def times_power(self, exponent: int) -> Self:
        """Return the same model with all intensities multiplied by a power of two."""
        image, alone, placed = (times_power(one, exponent) for one in (self.image, self.alone, self.placed))
        return replace(self, image=image, alone=alone, placed=placed)

    def evaluate(self, grid: Grid) -> Volume:
        """Evaluate the placed earlier scan on any grid."""
        return resample(self.placed, self.grid, grid)

    def reconstruct(self, grid: Grid) -> Volume:
        """Reconstruct on any grid: between the voxels of the model's own by cubic splines."""
        image = resample(self.image, self.grid, grid)
        return without_negatives(image) if self.magnitudes else image

    def contents(self) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
        """Return the tensors and the JSON-serialisable description that `from_contents` reads."""
        volumes = {name: getattr(self, name).astype(np.float32) for name in (*VOLUMES, "displacement")}
        tensors = {name: torch.from_numpy(np.ascontiguousarray(volume)) for name, volume in volumes.items()}
        tensors["covered"] = torch.from_numpy(self.covered.astype(np.uint8))
        tensors["affine"] = torch.from_numpy(self.grid.affine)
        description = {
            "shape": list(self.grid.shape),
            "magnitudes": self.magnitudes,
            "verdict": self.verdict,
            "parameters": self.parameters,
            "hyperparameters": self.hyperparameters.as_dict(),
            "provenance": self.provenance,
        }
        return tensors, description

    @classmethod
    def from_contents(
        cls, tensors: dict[str, torch.Tensor], description: dict[str, Any], device: torch.device
    ) -> "FollowUpModel":
        """Restore a model from its `contents`; it computes on the CPU."""
        hyperparameters = read_hyperparameters(description["hyperparameters"])
        assert isinstance(hyperparameters, FollowUpHyperparameters | FollowUpNetworkHyperparameters)
        grid = unpack_grid(description["shape"], tensors["affine"])
        arrays = {name: tensors[name].numpy() for name in (*VOLUMES, "displacement", "covered")}
        for name, array in arrays.items():
            if array.shape[-3:] != grid.shape or array.ndim != (4 if name == "displacement" else 3):
                raise ValueError(f"{name} of shape {array.shape} on a grid of {grid.shape}")
        verdict = description["verdict"]
        if not isinstance(verdict, dict) or not isinstance(verdict.get("used"), bool):
            raise TypeError("a verdict that does not say whether the earlier scan was used")
        return cls(
            **{name: arrays[name] for name in (*VOLUMES, "displacement")},
            covered=arrays["covered"].astype(bool),
            grid=grid,
            magnitudes=bool(description["magnitudes"]),
            verdict=verdict,
            hyperparameters=hyperparameters,
            provenance=description["provenance"],
            parameters=int(description["parameters"]),
        )
