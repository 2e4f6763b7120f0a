import copy

import pytest
import torch
from support.datasets import refuses
from torch import nn

from isospine.training.optimiser import WATCH, DivergenceError, Optimiser


class Scaled(nn.Module):
    """Layer with a weight that is in no matrix product."""

    def __init__(self) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.tensor([1.5, -0.5, 1.0, 0.3]))

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return torch.relu(values * self.factor)


def make_network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), Scaled(), nn.Linear(4, 2))


def batches(count: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    generator = torch.Generator().manual_seed(1)
    return [
        (torch.randn(16, 3, generator=generator), torch.randn(16, 2, generator=generator))
        for _ in range(count)
    ]


def loss_of(network: nn.Module, inputs: torch.Tensor, targets: torch.Tensor, bfloat16: bool) -> torch.Tensor:
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        predicted = network(inputs)
    return torch.mean((predicted.float() - targets) ** 2)


@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("product_format", [torch.float32, torch.bfloat16])
def test_is_adamw_with_a_cosine_schedule(decay: float, product_format: torch.dtype) -> None:
    """Against torch's optimiser and scheduler on each weight by itself."""
    steps, bfloat16 = 40, product_format == torch.bfloat16
    network = make_network()
    expected = copy.deepcopy(network)
    adamw = torch.optim.AdamW(expected.parameters(), lr=0.03, weight_decay=decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adamw, steps)
    optimiser = Optimiser(network, steps, 0.03, decay, product_format)
    losses = []
    for inputs, targets in batches(steps):
        adamw.zero_grad()
        loss = loss_of(expected, inputs, targets, bfloat16)
        losses.append(loss.item())
        loss.backward()
        adamw.step()
        schedule.step()
        optimiser.step(loss_of(network, inputs, targets, bfloat16))
    optimiser.look()
    optimiser.finish(optimiser.weights)
    assert optimiser.losses == pytest.approx(losses, rel=1e-5)
    for found, wanted in zip(network.parameters(), expected.parameters(), strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-6)


def test_linear_layers_compute_in_the_wanted_format_and_all_ends_in_single_precision() -> None:
    network = make_network()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    optimiser = Optimiser(network, 10, 0.1, product_format=torch.bfloat16)
    formats = {name: parameter.dtype for name, parameter in network.named_parameters()}
    assert formats.pop("1.factor") == torch.float32
    assert set(formats.values()) == {torch.bfloat16}
    optimiser.finish(optimiser.weights)
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name])  # nothing was lost in between
    assert {parameter.grad for parameter in network.parameters()} == {None}
    optimiser.weights.zero_()  # and nothing is shared
    assert all(value.any() for value in network.state_dict().values())


@pytest.mark.parametrize("bad_step", [1, WATCH, WATCH + 1, 2 * WATCH + 30])
def test_a_loss_that_is_not_finite_is_noticed_and_the_last_good_weights_are_kept(bad_step: int) -> None:
    network = make_network()
    optimiser = Optimiser(network, 1000, 1e-3)
    looks = {0: optimiser.weights.clone()}
    with pytest.raises(DivergenceError) as caught:
        for step, (inputs, targets) in enumerate(batches(400), 1):
            factor = float("nan") if step == bad_step else 1.0
            optimiser.step(loss_of(network, inputs, targets, False) * factor)
            looks[step] = optimiser.weights.clone()
    assert f"the loss became nan{'' if bad_step == 1 else ' ('}" in str(caught.value)
    assert f"at step {bad_step} of 1000" in str(caught.value)
    assert caught.value.last_good == (bad_step - 1) // WATCH * WATCH
    kept = torch.cat([parameter.detach().flatten() for parameter in network.parameters()])
    expected = make_network()
    Optimiser(expected, 1, 0.1).finish(looks[caught.value.last_good])
    assert torch.equal(kept, torch.cat([p.detach().flatten() for p in expected.parameters()]))


def test_an_infinite_weight_is_noticed_even_if_the_loss_is_finite() -> None:
    network = make_network()
    optimiser = Optimiser(network, 10, 1e-3)
    optimiser.weights[0] = float("inf")
    with refuses("a weight became infinite", "learning_rate 0.001", "lower it"):
        optimiser.look()
    assert all(torch.isfinite(parameter).all() for parameter in network.parameters())
