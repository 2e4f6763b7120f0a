"""The network alone: its bytes, and what it gives with its weights rounded."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save
from support.quick_training import Case
from support.view_sets import train_views

from isospine.evaluation.metrics import psnr
from isospine.models.coordinate.model import CoordinateModel
from isospine.models.coordinate.network_alone import network_alone, rounded_network_image
from isospine.recipes.hyperparameters import PriorHyperparameters
from isospine.training.files import network_bytes, save_model, training_record


def quality(case: Case, image: np.ndarray) -> float:
    return psnr(case.reference, image, float(np.ptp(case.reference)))


def test_bytes_are_those_that_a_file_of_the_network_alone_would_hold(model: CoordinateModel) -> None:
    tensors, _ = model.contents()
    for number_format in (torch.float32, torch.bfloat16):
        alone, _ = network_alone(model, torch.float32).contents()
        kept = {n: t.to(number_format) if n.startswith("network.") else t for n, t in alone.items()}
        written = save({name: tensor.contiguous() for name, tensor in kept.items()})
        header = 8 + int.from_bytes(written[:8], "little")
        assert network_bytes(tensors, number_format) == len(written) - header


def test_the_record_tells_the_network_from_the_file(model: CoordinateModel, tmp_path: Path) -> None:
    save_model(model, tmp_path / "model.safetensors")
    size = (tmp_path / "model.safetensors").stat().st_size
    record = training_record(model, [{"seconds": 1.0, "loss": 0.1, "step": 3}], size)
    assert record["network_bytes_float32"] - record["network_bytes_bfloat16"] == 2 * model.parameters
    residuals = sum(2 * view.data.size for view in model.residuals)
    assert size - record["network_bytes_float32"] > residuals > 0


def test_a_prior_counts_every_network_and_no_view(case: Case, tmp_path: Path) -> None:
    settings = PriorHyperparameters("prior", 9, 8, 1, 500, 5, 32, 1e-3, 0.0, True, "float32")
    prior, curve = train_views(case.views, settings, 0, {"image": "sub-1_T2w"})
    record = training_record(prior, curve, 10**6)
    save_model(prior, tmp_path / "prior.safetensors")
    stored = load_file(tmp_path / "prior.safetensors")
    views = sum(tensor.nbytes for name, tensor in stored.items() if name.startswith("view."))
    assert record["network_bytes_float32"] == sum(tensor.nbytes for tensor in stored.values()) - views
    assert record["network_bytes_float32"] - record["network_bytes_bfloat16"] == 2 * prior.parameters


def test_the_image_is_that_of_rounded_weights_without_data_consistency(
    case: Case, model: CoordinateModel, tmp_path: Path
) -> None:
    before = [weights.clone() for weights in model.network.parameters()]
    save_model(model, tmp_path / "model.safetensors")
    image = rounded_network_image(tmp_path / "model.safetensors")
    exact = model.evaluate(model.grid)
    assert not np.array_equal(image, exact)
    # rounding costs little; the data consistency that is left out is worth more
    assert abs(quality(case, image) - quality(case, exact)) < 0.5
    assert quality(case, image) < quality(case, model.reconstruct(model.grid)) - 0.5
    # coarser rounding would be seen
    coarse = network_alone(model, torch.float8_e4m3fn).evaluate(model.grid)
    assert np.abs(coarse - exact).mean() > 4 * np.abs(image - exact).mean()
    after = list(model.network.parameters())
    assert all(torch.equal(one, other) for one, other in zip(before, after, strict=True))


def test_rounding_changes_nothing_where_bfloat16_is_computed_in_anyway(model: CoordinateModel) -> None:
    """The weights are rounded there already: what is shown of the file is no better format than of the network."""
    settings = replace(model.hyperparameters, precision="bfloat16")
    low = replace(model, hyperparameters=settings)
    rounded = network_alone(low, torch.bfloat16)
    np.testing.assert_array_equal(rounded.evaluate(model.grid), low.evaluate(model.grid))
