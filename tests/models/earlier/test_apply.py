"""A follow-up knows an earlier scan where it fits, shows what is new, and is the method alone where it does not fit."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.datasets import refuses
from support.follow_ups import LESION, anatomy, later_views, session_grid, with_lesion

from isospine.geometry.grid import Volume
from isospine.methods.baselines import baseline_method
from isospine.models.earlier.apply import apply_earlier
from isospine.models.earlier.maps import follow_up_maps
from isospine.models.earlier.model import FollowUpModel
from isospine.models.load import load_model
from isospine.models.train import train
from isospine.physics.magnitude import times_power
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.kinds import settings_of
from isospine.training.files import save_model
from isospine.training.session import Session
from isospine.views.view_set import ViewSet

PROVENANCE = {"image": "sub-01_ses-02", "contrast": "T2w", "method": "follow-up", "recipe": "follow-up"}


def follow_up(view_set: ViewSet, earlier: Volume, **settings: Any) -> FollowUpModel:
    recipe = settings_of(known_recipes()["follow-up"] | settings)
    references = {"sub-01_ses-01": (earlier, session_grid().affine)}
    models, _ = train([view_set], recipe, Session(0, PROVENANCE), references)
    model = models["T2w"]
    assert isinstance(model, FollowUpModel)
    return model


@pytest.fixture(scope="module")
def later() -> ViewSet:
    return later_views(with_lesion(anatomy()))


@pytest.fixture(scope="module")
def model(later: ViewSet) -> FollowUpModel:
    return follow_up(later, anatomy())


def error(image: Volume, truth: Volume) -> float:
    return float(np.sqrt(np.mean((image - truth) ** 2)))


def test_the_earlier_scan_helps_and_what_is_new_is_shown(model: FollowUpModel, later: ViewSet) -> None:
    truth = with_lesion(anatomy())
    assert model.verdict["used"], model.verdict
    assert error(model.image, truth) < 0.5 * error(model.alone, truth)
    assert model.image[LESION] - anatomy()[LESION] > 0.8 * 400
    assert model.provenance["earlier"] == "sub-01_ses-01" and model.provenance["earlier_used"]


def test_the_new_lesion_is_the_first_cluster(model: FollowUpModel) -> None:
    maps = follow_up_maps(model)
    first = maps.clusters.iloc[0]
    there = session_grid().world(np.array(LESION, np.float64))
    assert np.linalg.norm(first[["x_mm", "y_mm", "z_mm"]].to_numpy(float) - there) < 1.5
    assert first["sign"] == 1 and maps.folds == 0
    assert {volume.shape for volume in maps.volumes.values()} == {model.grid.shape}


def test_with_alpha_0_it_is_total_variation_to_the_byte(later: ViewSet) -> None:
    alone = baseline_method("tv")(later)
    made = follow_up(later, anatomy(), alpha=0.0)
    assert made.reconstruct(later.grid).tobytes() == alone.tobytes()


def test_another_person_is_refused_at_no_cost(later: ViewSet) -> None:
    made = follow_up(later, anatomy(seed=9))
    assert not made.verdict["used"] and "not used" in made.verdict["reason"]
    assert made.reconstruct(later.grid).tobytes() == baseline_method("tv")(later).tobytes()
    assert not made.remembered.any(), "nothing of it is in the image"
    assert not made.provenance["earlier_used"]


def test_equal_inputs_give_equal_bytes_at_any_magnitude(model: FollowUpModel, later: ViewSet) -> None:
    made = follow_up(later.times_power(60), times_power(anatomy(), 60))
    assert times_power(made.image, -60).tobytes() == model.image.tobytes()


def test_a_model_file_gives_the_same(model: FollowUpModel, tmp_path: Path) -> None:
    save_model(model, tmp_path / "model.safetensors")
    again = load_model(tmp_path / "model.safetensors")
    assert isinstance(again, FollowUpModel)
    finer = model.grid.resampled(0.7)
    assert again.reconstruct(finer).tobytes() == model.reconstruct(finer).tobytes()
    assert again.reconstruct(finer).min() >= 0
    assert again.verdict == model.verdict


@pytest.mark.parametrize(
    "damage",
    [
        lambda tensors, description: tensors.pop("placed"),
        lambda tensors, description: tensors.update(image=tensors["image"][1:]),
        lambda tensors, description: description.update(verdict={"used": 1}),
        lambda tensors, description: description["hyperparameters"].pop("alpha"),
    ],
)
def test_a_damaged_model_file_is_refused(model: FollowUpModel, tmp_path: Path, damage: Any) -> None:
    class Damaged:
        def contents(self) -> Any:
            tensors, description = model.contents()
            damage(tensors, description)
            return tensors, description

    save_model(Damaged(), tmp_path / "model.safetensors")  # type: ignore[arg-type]
    with refuses("model.safetensors", "incomplete model file", "train the model again"):
        load_model(tmp_path / "model.safetensors")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda scan: np.full_like(scan, 3), ["sub-01_ses-01", "every voxel is 3"]),
        (
            lambda scan: np.where(scan > 900, np.nan, scan).astype(np.float32),
            ["sub-01_ses-01", "NaN or infinite"],
        ),
    ],
)
def test_an_unusable_earlier_scan_is_refused(later: ViewSet, spoil: Any, words: list[str]) -> None:
    with refuses(*words):
        follow_up(later, spoil(anatomy()))


def test_a_view_is_no_earlier_scan(later: ViewSet) -> None:
    settings = settings_of(known_recipes()["follow-up"])
    view = later.stacks[0]
    named = replace(later, sources=("ax", "sag"))
    with refuses("ses-01", "holds the same voxels as ax"):
        apply_earlier([named], settings, Session(), {"ses-01": (view.data, view.grid.affine)})  # type: ignore[arg-type]


def test_one_view_is_used_with_a_warning() -> None:
    made = follow_up(later_views(with_lesion(anatomy()), ("sagittal",)), anatomy())
    assert made.verdict["used"] and "one plane" in made.verdict["caution"]
    assert "No held-out slice" not in made.verdict["caution"]


def test_the_flagship_beside_an_earlier_scan(later: ViewSet) -> None:
    made = follow_up(later, anatomy(), regulariser="pretrained")
    assert made.verdict["used"] and error(made.image, with_lesion(anatomy())) < error(
        made.alone, with_lesion(anatomy())
    )
    refused = follow_up(later, anatomy(seed=9), regulariser="pretrained")
    assert refused.image.tobytes() == refused.alone.tobytes()
