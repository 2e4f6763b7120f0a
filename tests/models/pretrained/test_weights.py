"""Files of weights, and the training that makes them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from support.datasets import image_paths, make_bids, refuses, write_volume
from support.pretend_gpu import pretended_gpu
from support.volumes import smooth_image

from isospine.errors import InputError
from isospine.io.nifti import save_volume
from isospine.models.pretrained.fit import Fitting
from isospine.models.pretrained.gather import gather_bodies
from isospine.models.pretrained.make import Plan, Training, body_digest, main, make_weights
from isospine.models.pretrained.weights import load_weights, shipped_weights

SMALL = Plan(
    trainings={
        views: Training(cells=2000, width=8, fitting=Fitting(20, precision="float32")) for views in (1, 2)
    }
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "weights.safetensors"
    make_weights({"body.nii.gz": smooth_image((60, 100, 90), sigma=1.5)}, SMALL, path)
    return path


def test_the_card_names_bodies_by_their_voxels_and_all_settings(made: Path) -> None:
    card = load_weights(made).card
    assert card["bodies"] == {"body.nii.gz": body_digest(smooth_image((60, 100, 90), sigma=1.5))}
    assert card["trainings"]["two_views"]["fitting"]["steps"] == 20
    assert all(0 < loss < 10 for loss in card["loss"].values())


def test_the_same_bodies_and_seeds_give_the_same_bytes(made: Path, tmp_path: Path) -> None:
    make_weights(
        {"body.nii.gz": smooth_image((60, 100, 90), sigma=1.5)}, SMALL, tmp_path / "again.safetensors"
    )
    assert (tmp_path / "again.safetensors").read_bytes() == made.read_bytes()


def test_training_lowers_the_loss(tmp_path: Path) -> None:
    texture = smooth_image((60, 100, 90), sigma=2.5)
    # two tissues with sharp borders: where a border lies between slices is what can be learned
    body = {"body": (texture > np.median(texture)).astype(np.float32)}
    losses = []
    for steps in (5, 2000):
        training = Training(2000, width=32, fitting=Fitting(steps, learning_rate=2e-3, precision="float32"))
        make_weights(body, Plan(trainings={2: training}), tmp_path / "weights.safetensors")
        weights = load_weights(tmp_path / "weights.safetensors")
        assert weights.networks.keys() == {2}  # one network alone is a file too
        losses.append(weights.card["loss"]["two_views"])
    assert losses[1] < 0.9 * losses[0]


def test_a_body_smaller_than_its_slices_is_named(tmp_path: Path) -> None:
    body = {"small": smooth_image((60, 5, 5), sigma=1)}
    with pytest.raises(InputError, match="small: too small to learn from: no 3 slices fit"):
        make_weights(body, SMALL, tmp_path / "weights.safetensors")
    assert not list(tmp_path.iterdir())


def test_a_constant_body_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="flat: every voxel is 3"):
        make_weights({"flat": np.full((60, 90, 90), 3, np.float32)}, SMALL, tmp_path / "w.safetensors")


@pytest.mark.parametrize("damage", ["truncated", "foreign", "infinite", "missing"])
def test_files_that_hold_no_weights_are_named(made: Path, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "weights.safetensors"
    if damage == "truncated":
        path.write_bytes(made.read_bytes()[:-100])
    elif damage == "foreign":
        save_file({"weight": torch.zeros(3)}, path)
    elif damage == "infinite":
        from safetensors import safe_open
        from safetensors.torch import save

        with safe_open(made, framework="pt") as file:
            metadata = file.metadata()
        tensors = load_file(made)
        tensors["one_view.0.bias"].fill_(torch.inf)
        path.write_bytes(save(tensors, metadata))
    with pytest.raises(InputError, match=r"weights\.safetensors: no readable weights"):
        load_weights(path)


def test_the_shipped_weights_are_small_and_say_what_they_learned_from() -> None:
    weights = shipped_weights()
    size = sum(p.numel() for network in weights.networks.values() for p in network.parameters())
    assert 2 * size < 2e6
    assert len(weights.card["bodies"]) >= 2
    assert len(weights.sha256) == 64


def test_weights_are_made_on_a_device(tmp_path: Path) -> None:
    body = {"body.nii.gz": smooth_image((60, 100, 90), sigma=1.5)}
    quick = Plan(trainings={2: replace(SMALL.trainings[2], fitting=Fitting(steps=2, precision="float32"))})
    with pretended_gpu() as device:
        make_weights(body, quick, tmp_path / "there.safetensors", device)
    make_weights(body, quick, tmp_path / "here.safetensors")
    there, here = (load_weights(tmp_path / f"{name}.safetensors") for name in ("there", "here"))
    assert (there.card["device"], here.card["device"]) == (device, "cpu")
    for one, two in zip(there.networks[2].parameters(), here.networks[2].parameters(), strict=True):
        torch.testing.assert_close(one, two, atol=1e-4, rtol=1e-2)


def test_a_gpu_that_is_not_there_is_missed_before_a_body_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit):
        main([str(tmp_path / "none.nii.gz"), "--output", str(tmp_path / "w.safetensors"), "--device", "cuda"])
    assert "--device cuda: PyTorch sees no GPU" in capsys.readouterr().err


def test_bodies_of_files_and_datasets(tmp_path: Path) -> None:
    data = make_bids(tmp_path / "data", image_paths(["01", "02"], contrasts=["T1w", "T2w"]), volumes=True)
    write_volume(tmp_path / "other.nii.gz", shape=(8, 9, 10))
    bodies = gather_bodies([data, tmp_path / "other.nii.gz"], "T2w")
    assert list(bodies) == ["sub-01_T2w.nii.gz", "sub-02_T2w.nii.gz", "other.nii.gz"]
    with refuses("sub-01_T2w.nii.gz", "has the same name"):
        gather_bodies([data, next(data.glob("sub-01/anat/*T2w.nii.gz"))], "T2w")
    with refuses("PDw"):
        gather_bodies([data], "PDw")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.nii.gz", "--output", "w.safetensors"], "none.nii.gz"),
        (["thick.nii.gz", "--output", "w.safetensors"], "thick.nii.gz"),
        (["good.nii.gz", "--output", "w.bin"], "w.bin: expected a name that ends with .safetensors"),
        (["good.nii.gz", "--output", "gone/w.safetensors"], "gone: no such folder"),
    ],
)
def test_what_weights_cannot_be_made_of_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    write_volume(tmp_path / "good.nii.gz", shape=(8, 9, 10))
    save_volume(tmp_path / "thick.nii.gz", np.ones((8, 8, 8), np.float32), np.diag([1.0, 1, 4, 1]))
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err.splitlines()[-1]
    assert not list(tmp_path.rglob("w.*"))
