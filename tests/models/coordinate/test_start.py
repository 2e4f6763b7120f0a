"""Networks that start from the mean of those of other persons."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from support.datasets import refuses
from support.quick_training import SPECS, Case, make_case, quick_settings
from support.volumes import make_affine, make_views, smooth_image

from isospine.geometry.crops import crop_for_views
from isospine.geometry.grid import Grid
from isospine.models.coordinate.model import CoordinateModel
from isospine.models.coordinate.start import Contents, mean_weights
from isospine.models.coordinate.train import untrained_network
from isospine.models.train import train
from isospine.training.session import Session
from isospine.training.trainable import Model
from isospine.views.view_set import stack_set

SETTINGS = quick_settings(L=8, width=16, epochs=2)
MEAN = replace(SETTINGS, initial="mean")


def trained(case: Case, settings: Any = SETTINGS, seed: int = 0, others: Any = None) -> Model:
    session = Session(seed, {"image": "sub-01"})
    return train([stack_set("T2w", case.views, case.grid)], settings, session, others)[0]["T2w"]


def other_case(seed: int) -> Case:
    """Another image, with another field of view and another scale of intensities."""
    _, grid = crop_for_views(Grid((20, 20, 30 + 5 * seed), make_affine()), SPECS)
    reference = 100 * smooth_image(grid.shape, seed=seed)
    return Case(reference, grid, make_views(reference, grid, SPECS))


@pytest.fixture(scope="module")
def case() -> Case:
    return make_case()


@pytest.fixture(scope="module")
def others() -> dict[str, Contents]:
    return {f"sub-0{number}": trained(other_case(number)).contents() for number in (2, 3)}


def untrained(case: Case, settings: Any = MEAN, seed: int = 0) -> CoordinateModel:
    return untrained_network(case.grid, settings, Session(seed, {"image": "sub-01"}))


def weights(contents: Contents) -> dict[str, Any]:
    return {k.removeprefix("network."): v.numpy() for k, v in contents[0].items() if k.startswith("network.")}


def test_each_array_is_averaged_in_double_precision(case: Case, others: dict[str, Contents]) -> None:
    found = mean_weights(untrained(case), others)
    first, second = map(weights, others.values())
    for name, mean in found.items():
        expected = (first[name].astype(np.float64) + second[name].astype(np.float64)) / 2
        assert mean.dtype == torch.float32 and np.array_equal(mean, expected.astype(np.float32))
    again = mean_weights(untrained(case), dict(reversed(others.items())))
    assert all(torch.equal(found[name], again[name]) for name in found)


def test_a_training_starts_from_the_mean(case: Case, others: dict[str, Contents]) -> None:
    """It is said from whom; frequencies are those of random weights, and intensities those of the views."""
    random, mean = trained(case), trained(case, MEAN, others=others)
    assert isinstance(random, CoordinateModel) and isinstance(mean, CoordinateModel)
    assert mean.provenance["population"] == ["sub-02", "sub-03"] and "population" not in random.provenance
    assert mean.hyperparameters.as_dict()["initial"] == "mean"
    assert np.array_equal(mean.frequencies, random.frequencies)
    assert (mean.offset, mean.scale) == (random.offset, random.scale)
    still = replace(MEAN, learning_rate=1e-30)
    started = trained(
        case, still, others={n: with_setting(own, learning_rate=1e-30) for n, own in others.items()}
    )
    expected = mean_weights(untrained(case), others)
    assert isinstance(started, CoordinateModel)
    for name, value in started.network.state_dict().items():
        torch.testing.assert_close(value, expected[name])
    assert (
        trained(case, MEAN, others=others).reconstruct(case.grid).tobytes()
        == mean.reconstruct(case.grid).tobytes()
    )


def with_setting(contents: Contents, **changes: Any) -> Contents:
    tensors, description = contents
    return tensors, description | {"hyperparameters": description["hyperparameters"] | changes}


def test_without_others_it_is_refused(case: Case) -> None:
    with refuses("initial: 'mean'", "networks of other persons", "expected 'random'"):
        trained(case, MEAN)


def test_networks_that_have_no_mean(case: Case, others: dict[str, Contents]) -> None:
    one = others["sub-02"]
    with refuses("sub-02", "another epochs"):
        mean_weights(untrained(case, replace(MEAN, epochs=3)), others)
    with refuses("sub-02", "another initial"):
        mean_weights(untrained(case), {"sub-02": with_setting(one, initial="mean")})
    with refuses("sub-02", "another seed"):
        mean_weights(untrained(case, seed=1), others)
    frequencies = {"frequencies": one[0]["frequencies"] * 1.01}
    with refuses("sub-02", "other frequencies", "expected initial: random"):
        mean_weights(untrained(case), {"sub-02": (one[0] | frequencies, one[1])})
    name = next(key for key in one[0] if key.startswith("network."))
    with refuses("sub-02", "other shapes", "sub-01"):
        mean_weights(untrained(case), {"sub-02": (one[0] | {name: one[0][name][:-1]}, one[1])})
    with refuses("sub-02", "not finite"):
        mean_weights(untrained(case), {"sub-02": (one[0] | {name: one[0][name] * np.nan}, one[1])})


@pytest.mark.parametrize("encoding", ["basic", "none"])
def test_frequencies_in_units_of_the_field(case: Case, encoding: str) -> None:
    settings = replace(SETTINGS, encoding=encoding, epochs=1)
    other = trained(other_case(2), settings).contents()
    assert mean_weights(untrained(case, replace(settings, initial="mean")), {"sub-02": other})
