"""The way of training of karthik2023, rewritten for comparison.

Single precision, a DataLoader over the voxel centres, a sine and a cosine of every point and frequency, and the whole
fine grid after every epoch. Coordinates, frequencies and initial weights are isospine's, so that only the way of training differs.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset

from isospine.geometry.grid import Grid, Volume
from isospine.models.coordinate.model import coordinate_network
from isospine.models.encodings import encoding_frequencies, fourier_features
from isospine.physics.view import View, intensity_range
from isospine.recipes.hyperparameters import Hyperparameters


class NotebookTraining:
    """The network, data and optimiser of the notebook."""

    def __init__(self, views: list[View], grid: Grid, settings: Hyperparameters, seed: int) -> None:
        self.grid, self.settings = grid, settings
        self.low, self.scale = intensity_range(views)
        frequencies = encoding_frequencies(
            settings.encoding, settings.L, settings.bandwidth * grid.radius, seed
        )
        self.frequencies = torch.tensor(frequencies, dtype=torch.float32)
        torch.manual_seed(seed)
        self.network = coordinate_network(settings, frequencies)
        centres = torch.cat([self.centres(view.grid) for view in views])
        values = torch.cat(
            [torch.from_numpy((view.data - self.low) / self.scale).flatten() for view in views]
        )
        self.batches = DataLoader(TensorDataset(centres, values), settings.batch, shuffle=True)
        self.optimiser = torch.optim.Adam(self.network.parameters(), settings.learning_rate)
        steps = len(self.batches) * settings.epochs
        self.schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimiser, steps)

    def centres(self, grid: Grid) -> torch.Tensor:
        """Normalised voxel centres (N, 3) of a grid."""
        world = grid.world(np.stack(np.indices(grid.shape), axis=-1).reshape(-1, 3).astype(float))
        return torch.tensor((world - self.grid.centre) / self.grid.radius, dtype=torch.float32)

    def epoch(self) -> Iterator[float]:
        """Train for one epoch; gives the loss of each step."""
        for centres, values in self.batches:
            self.optimiser.zero_grad()
            predicted = self.network(fourier_features(centres, self.frequencies)).squeeze(-1)
            loss = torch.nn.functional.mse_loss(predicted, values)
            loss.backward()
            self.optimiser.step()
            self.schedule.step()
            yield loss.item()

    @torch.no_grad()
    def infer(self, grid: Grid) -> Volume:
        """Intensities on a grid."""
        points = DataLoader(TensorDataset(self.centres(grid)), self.settings.batch)
        parts = [self.network(fourier_features(part, self.frequencies)) for (part,) in points]
        return torch.cat(parts).reshape(grid.shape).numpy() * self.scale + self.low
