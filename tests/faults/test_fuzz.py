"""The fuzzers' seeds are good files, which their checks read; `make fuzz` mutates them."""

from pathlib import Path

import model_target
import nifti_target
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isospine.errors import InputError
from isospine.io.nifti import load_volume
from isospine.models.load import load_model

pytestmark = pytest.mark.fault

IMAGES = list(nifti_target.seeds())
MODELS = list(model_target.seeds())


@pytest.mark.parametrize("seed", IMAGES[:-1])
def test_seeds_of_images_are_read(seed: bytes) -> None:
    nifti_target.check(seed)
    path = nifti_target.PLAIN if seed[:1] == b"\0" else nifti_target.PACKED
    data, _ = load_volume(path)
    assert data.shape == (3, 4, 5) and data.max() > 50


def test_the_last_seed_of_an_image_is_half_of_one() -> None:
    nifti_target.check(IMAGES[-1])
    with pytest.raises(InputError):
        load_volume(nifti_target.PACKED)


@pytest.mark.parametrize("seed", MODELS)
def test_seeds_of_models_are_loaded(seed: bytes) -> None:
    model_target.check(seed)
    load_model(model_target.PATH)


@pytest.mark.parametrize(("check", "seeds"), [(nifti_target.check, IMAGES), (model_target.check, MODELS)])
def test_a_check_can_fail(check, seeds: list[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """On anything but an input error, where a reader is called."""

    def stumble(path: Path) -> None:
        raise IndexError(path)

    monkeypatch.setattr(nifti_target, "load_volume", stumble)
    monkeypatch.setattr(model_target, "load_model", stumble)
    with pytest.raises(IndexError):
        check(seeds[0])


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_mutated_seeds_are_read_or_refused(data: st.DataObject) -> None:
    """A quick run without atheris: some bytes set, some left out, some put in."""
    check, seeds = data.draw(st.sampled_from([(nifti_target.check, IMAGES), (model_target.check, MODELS)]))
    content = bytearray(data.draw(st.sampled_from(seeds)))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(2, len(content)))
        length = data.draw(st.integers(0, 8))
        content[start : start + length] = data.draw(st.binary(max_size=8))
    check(bytes(content))
