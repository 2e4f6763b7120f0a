"""The published forms of using an earlier scan: a network that holds it first, or holds the difference to it."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.datasets import refuses
from support.follow_ups import LESION, anatomy, later_views, session_grid, with_lesion
from support.pretend_gpu import pretended_gpu
from support.resumable import KilledError, at_step, die

from isospine.geometry.grid import Volume
from isospine.methods.baselines import baseline_method
from isospine.models.coordinate.train import train_coordinate
from isospine.models.earlier.model import FollowUpModel
from isospine.models.earlier.network import of_network
from isospine.models.load import load_model
from isospine.models.train import train
from isospine.physics.operator import operator_of
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.hyperparameters import (
    FollowUpNetworkHyperparameters,
    Hyperparameters,
    NetworkHyperparameters,
)
from isospine.recipes.kinds import draws, settings_of
from isospine.training.checkpoint import Checkpoint
from isospine.training.files import save_model, training_record
from isospine.training.session import Session
from isospine.training.trainable import Curve
from isospine.views.view_set import ViewSet

PROVENANCE = {"image": "sub-01_ses-02", "contrast": "T2w", "method": "one", "recipe": "one"}
QUICK: dict[str, Any] = {
    "field": "rigid",
    "L": 64,
    "width": 48,
    "hidden_layers": 2,
    "activation": "relu",
    "batch": 256,
    "learning_rate": 4e-3,
    "earlier_learning_rate": 4e-3,
    "precision": "float32",
}
RECIPES: dict[str, dict[str, Any]] = {
    "nerp2023": {"epochs": 6, "earlier_epochs": 8},
    "dctr": {"epochs": 12},
}


def settings(name: str, **changes: Any) -> FollowUpNetworkHyperparameters:
    made = settings_of(known_recipes()[name] | QUICK | RECIPES[name] | changes)
    assert isinstance(made, FollowUpNetworkHyperparameters)
    return made


def trained(
    name: str,
    view_set: ViewSet,
    earlier: Volume,
    checkpoint: Checkpoint | None = None,
    device: str = "cpu",
    **changes: Any,
) -> tuple[FollowUpModel, Curve]:
    session = Session(0, PROVENANCE, device, checkpoint=checkpoint or Checkpoint())
    references = {"sub-01_ses-01": (earlier, session_grid().affine)}
    models, curve = train([view_set], settings(name, **changes), session, references)
    model = models["T2w"]
    assert isinstance(model, FollowUpModel)
    return model, curve


@pytest.fixture(scope="module")
def later() -> ViewSet:
    return later_views(with_lesion(anatomy()))


@pytest.fixture(scope="module", params=RECIPES)
def made(request: pytest.FixtureRequest, later: ViewSet) -> tuple[str, FollowUpModel, Curve]:
    return request.param, *trained(request.param, later, anatomy())


def error(image: Volume, truth: Volume) -> float:
    return float(np.sqrt(np.mean((image - truth) ** 2)))


def test_the_earlier_scan_helps(made: tuple[str, FollowUpModel, Curve], later: ViewSet) -> None:
    name, model, _ = made
    own = of_network(settings(name))
    network, _ = train_coordinate([later], own, Session(0, PROVENANCE))
    truth = with_lesion(anatomy())
    assert error(model.image, truth) < 0.7 * error(network["T2w"].reconstruct(later.grid), truth)
    assert model.parameters == network["T2w"].parameters
    assert model.image[LESION] - anatomy()[LESION] > 0.1 * 400, "something of what is new is shown"


def test_what_is_told_of_it(made: tuple[str, FollowUpModel, Curve], later: ViewSet) -> None:
    _, model, curve = made
    assert model.verdict["used"] and "judges no earlier scan" in model.verdict["reason"]
    assert "make sure that it is of this person" in model.verdict["caution"]
    assert model.provenance["earlier"] == "sub-01_ses-01" and model.provenance["earlier_used"]
    assert model.alone.tobytes() == baseline_method("tv")(later).tobytes()
    assert model.image.min() >= 0 and 0 < model.remembered.max() <= 1
    assert training_record(model, curve, 1)["parameters"] == model.parameters > 0


def test_the_curve_goes_on_from_the_earlier_scan_to_the_views(
    made: tuple[str, FollowUpModel, Curve],
) -> None:
    name, _, curve = made
    count = RECIPES[name]["epochs"] + RECIPES[name].get("earlier_epochs", 0)
    assert [row["epoch"] for row in curve] == [*range(1, count + 1)]
    for key in ("step", "seconds"):
        assert (np.diff([row[key] for row in curve]) > 0).all()


def test_a_model_file_gives_the_same(made: tuple[str, FollowUpModel, Curve], tmp_path: Path) -> None:
    _, model, _ = made
    save_model(model, tmp_path / "model.safetensors")
    again = load_model(tmp_path / "model.safetensors")
    assert isinstance(again, FollowUpModel)
    assert again.reconstruct(again.grid).tobytes() == model.reconstruct(model.grid).tobytes()
    assert (again.verdict, again.parameters, again.hyperparameters) == (
        model.verdict,
        model.parameters,
        model.hyperparameters,
    )


@pytest.mark.parametrize("name", RECIPES)
def test_data_consistency_makes_it_agree_with_the_views(name: str, later: ViewSet) -> None:
    operator = operator_of(later.views, later.grid)
    rough, exact = (
        trained(name, later, anatomy(), epochs=1, data_consistency=value)[0].image for value in (False, True)
    )
    left = [
        np.concatenate([part.ravel() for part in operator.residuals(image, [v.data for v in later.views])])
        for image in (rough, exact)
    ]
    assert np.abs(left[1]).mean() < 0.1 * np.abs(left[0]).mean()


@pytest.mark.parametrize("name", RECIPES)
def test_one_that_was_killed_gives_the_same(name: str, later: ViewSet, tmp_path: Path) -> None:
    """In the middle of its fit to the views, and after the earlier scan was learned."""
    path = tmp_path / "checkpoint.safetensors"
    whole, curve = trained(name, later, anatomy(), epochs=2, earlier_epochs=1)
    with (
        at_step(int(curve[-1]["step"]) - 3, die),
        pytest.raises(KilledError),
        Checkpoint(path, interval=0) as checkpoint,
    ):
        trained(name, later, anatomy(), checkpoint, epochs=2, earlier_epochs=1)
    assert path.is_file()
    with Checkpoint(path) as checkpoint:
        again, _ = trained(name, later, anatomy(), checkpoint, epochs=2, earlier_epochs=1)
    assert again.image.tobytes() == whole.image.tobytes()


def test_a_checkpoint_of_other_first_weights_is_not_gone_on_from(
    later: ViewSet, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "checkpoint.safetensors"
    whole, curve = trained("nerp2023", later, anatomy(), epochs=2, earlier_epochs=1)
    with (
        at_step(int(curve[-1]["step"]) - 3, die),
        pytest.raises(KilledError),
        Checkpoint(path, interval=0) as checkpoint,
    ):
        trained("nerp2023", later, anatomy(), checkpoint, epochs=2, earlier_epochs=1)
    with Checkpoint(path) as checkpoint:
        other, _ = trained("nerp2023", later, anatomy(), checkpoint, epochs=2, earlier_epochs=2)
    assert "starts over" in capfd.readouterr().out
    assert other.image.tobytes() != whole.image.tobytes()


@pytest.mark.parametrize("name", RECIPES)
def test_it_is_fitted_on_the_device_of_the_session(name: str, later: ViewSet) -> None:
    few = {"epochs": 1, "earlier_epochs": 1}
    here, _ = trained(name, later, anatomy(), **few)
    with pretended_gpu() as device:
        there, _ = trained(name, later, anatomy(), device=device, **few)
    assert there.provenance["device"] == device and there.device.type == "cpu"
    np.testing.assert_allclose(there.image, here.image, atol=2e-3 * np.ptp(here.image))


def test_an_unusable_earlier_scan_is_refused(later: ViewSet) -> None:
    with refuses("sub-01_ses-01", "every voxel is 3"):
        trained("dctr", later, np.full_like(anatomy(), 3))


def test_the_seed_has_an_effect() -> None:
    assert all(draws(settings(name).as_dict()) for name in RECIPES)


def test_the_network_has_the_settings_of_a_network_of_coordinates() -> None:
    own = of_network(settings("dctr"))
    assert type(own) is Hyperparameters and own.model == "coordinate"
    known = settings("dctr").as_dict()
    assert all(
        getattr(own, f.name) == known[f.name] for f in fields(NetworkHyperparameters) if f.name != "model"
    )
