"""Optimise with Adam: weights in single precision, products in another format, and a watched loss."""

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate

import torch
from torch import nn
from torch.optim.adamw import adamw

from isospine.errors import InputError

#: Steps between looks at the loss; each look waits for the device.
WATCH = 100

#: Parts of the optimiser's state.
STATE = ("weights", "first_moment", "second_moment", "losses")


class DivergenceError(InputError):
    """The loss or the weights are no longer finite.

    Attributes
    ----------
    last_good : int
        Last step after which everything was known to be finite; the network has its weights.
    """

    def __init__(self, message: str, last_good: int) -> None:
        super().__init__(message)
        self.last_good = last_good


class Optimiser:
    """AdamW with a learning rate that falls to zero along a cosine, on all weights of a network as one vector.

    Adam's small changes would be lost in bfloat16, so that it needs weights in single precision. Casting each
    matrix and its gradient in each step, as `torch.autocast` does, takes as long as the products of a small
    network. Here the linear layers compute with views of one copy, which is cast at once; with the same results.

    Parameters
    ----------
    network : nn.Module
        Trained in place; `finish` gives it its weights in single precision back.
    steps : int
        Steps until the learning rate is zero.
    learning_rate : float
        First learning rate.
    weight_decay : float
        Weight decay; 0 is Adam.
    product_format : torch.dtype
        Number format in which linear layers compute.

    Attributes
    ----------
    weights : (N,) tensor
        All weights, in single precision.
    losses : list of float
        Of each step, up to the last look.
    done : int
        Steps done.
    """

    def __init__(
        self,
        network: nn.Module,
        steps: int,
        learning_rate: float,
        weight_decay: float = 0.0,
        product_format: torch.dtype = torch.float32,
    ) -> None:
        linear = [p for m in network.modules() if isinstance(m, nn.Linear) for p in m.parameters()]
        self._parameters = [*linear, *(p for p in network.parameters() if all(p is not q for q in linear))]
        self.weights = torch.cat([parameter.detach().flatten() for parameter in self._parameters])
        self._gradient = torch.zeros_like(self.weights)
        self._moments = [torch.zeros_like(self.weights) for _ in range(2)]
        self._count = torch.zeros((), device=self.weights.device)
        self._gradients = parts_of(self._gradient, self._parameters)
        cast = linear if product_format != self.weights.dtype else []
        self._uncast = self.weights[: sum(parameter.numel() for parameter in cast)]
        self._cast = self._uncast.to(product_format)  # what the linear layers compute with
        own = parts_of(self.weights, self._parameters)[len(cast) :]
        for parameter, part in zip(self._parameters, parts_of(self._cast, cast) + own, strict=True):
            parameter.data = part
        self._steps, self._learning_rate, self._weight_decay = steps, learning_rate, weight_decay
        self._recent = torch.zeros(WATCH, device=self.weights.device)
        self._good, self._good_step, self.done = self.weights.clone(), 0, 0
        self.losses: list[float] = []

    def step(self, loss: torch.Tensor) -> None:
        """Take one step along the gradient of a loss.

        Raises
        ------
        DivergenceError
            If the loss or a weight stopped being finite since the last look.
        """
        for total, gradient in zip(self._gradients, torch.autograd.grad(loss, self._parameters), strict=True):
            total.copy_(gradient)
        # as torch.optim.AdamW, which takes a second to import a compiler that is not needed
        adamw(
            [self.weights],
            [self._gradient],
            [self._moments[0]],
            [self._moments[1]],
            [],
            [self._count],
            fused=True,
            amsgrad=False,
            beta1=0.9,
            beta2=0.999,
            lr=self._learning_rate * (1 + math.cos(math.pi * self.done / self._steps)) / 2,
            weight_decay=self._weight_decay,
            eps=1e-8,
            maximize=False,
        )
        self._cast.copy_(self._uncast)
        self._recent[self.done - len(self.losses)] = loss.detach()
        self.done += 1
        if self.done - len(self.losses) == WATCH:
            self.look()

    def look(self) -> None:
        """Read the losses since the last look, and remember the weights if all is finite.

        Raises
        ------
        DivergenceError
            If the loss or a weight is no longer finite.
        """
        recent = self._recent[: self.done - len(self.losses)].tolist()
        bad = next((index for index, loss in enumerate(recent) if not math.isfinite(loss)), None)
        if bad is None and math.isfinite(self.weights.sum()):
            self.losses += recent
            self._good.copy_(self.weights)
            self._good_step = self.done
            return
        finite = [*self.losses[-1:], *recent[:bad]]
        before = f" ({finite[-1]:.3g} at the step before)" if finite else ""
        what = "a weight became infinite" if bad is None else f"the loss became {recent[bad]}{before}"
        self.finish(self._good)
        raise DivergenceError(
            f"training: {what} at step {self.done if bad is None else len(self.losses) + bad + 1} of "
            f"{self._steps}; the likely cause is learning_rate {self._learning_rate:g}: lower it in the recipe",
            self._good_step,
        )

    def state(self) -> dict[str, torch.Tensor]:
        """Return the state that `restore` needs to continue from here, after a look.

        Raises
        ------
        DivergenceError
            If the loss or a weight is no longer finite.
        """
        self.look()
        return dict(zip(STATE, (self.weights, *self._moments, torch.tensor(self.losses)), strict=True))

    def restore(self, state: Mapping[str, torch.Tensor]) -> None:
        """Continue from a `state` of the same network and settings."""
        for kept, name in zip((self.weights, *self._moments), STATE[:-1], strict=True):
            kept.copy_(state[name])
        self._cast.copy_(self._uncast)
        self._good.copy_(self.weights)
        self.losses = state["losses"].tolist()
        self.done = self._good_step = len(self.losses)
        self._count.fill_(self.done)

    def finish(self, weights: torch.Tensor) -> None:
        """Give the network its weights back, in single precision."""
        for parameter, part in zip(self._parameters, parts_of(weights, self._parameters), strict=True):
            parameter.data = part.clone()


def parts_of(vector: torch.Tensor, parameters: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    """Split a vector that holds parameters one after another into views of their shapes."""
    stops = list(accumulate(parameter.numel() for parameter in parameters))
    return [
        vector[stop - parameter.numel() : stop].view_as(parameter)
        for parameter, stop in zip(parameters, stops, strict=True)
    ]
