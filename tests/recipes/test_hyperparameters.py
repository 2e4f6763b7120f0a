"""What is known of a hyperparameter stands in one place, its field."""

from dataclasses import dataclass, field, replace

import pytest

from isospine.plan.figures import training_groups
from isospine.plan.recipes import Method
from isospine.recipes import keys
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.hyperparameters import Hyperparameters, about
from isospine.recipes.keys import (
    dependence,
    description_of,
    hyperparameter_headings,
    hyperparameter_title,
    without_effect,
)
from isospine.recipes.kinds import KINDS, keys_of, later_values


def test_titles_have_the_unit() -> None:
    assert hyperparameter_title("bandwidth") == "bandwidth (cycles/mm)"
    assert hyperparameter_title("L") == "mapping size L (frequencies)"
    assert hyperparameter_title("weight_decay") == "weight decay"
    assert hyperparameter_headings() == {"bandwidth": "bandwidth (cycles/mm)"}


def test_a_dependence_is_on_a_hyperparameter_and_values_that_it_has() -> None:
    found = {key: dependence(key) for key in keys_of("coordinate") if dependence(key)}
    expected = {
        "L": ("encoding", {"gaussian", "positional"}),
        "bandwidth": ("encoding", {"gaussian", "positional"}),
        "omega": ("activation", {"sine", "gabor"}),
        "gabor_scale": ("activation", {"gabor"}),
        "samples_per_slice": ("supervision", {"profile"}),
    }
    assert found.keys() == expected.keys()
    for key, (other, values) in expected.items():
        assert found[key][0] == other and values <= set(found[key][1])


def test_later_values_are_of_the_fields_type() -> None:
    for kind in KINDS:
        shipped = next(recipe for recipe in known_recipes().values() if recipe["model"] == kind)
        for key, value in later_values(kind).items():
            assert type(value) is type(shipped[key])


def test_one_entry_describes_a_hyperparameter(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass(frozen=True)
    class Damped(Hyperparameters):
        damping: float = field(
            metadata=about(
                "damping of the waves",
                unit="mm",
                since=0.5,
                used_with="activation",
                used_values=("sine",),
            )
        )

    monkeypatch.setitem(KINDS, "coordinate", replace(KINDS["coordinate"], settings=Damped))
    monkeypatch.setattr(keys, "HYPERPARAMETERS", [*keys.HYPERPARAMETERS, "damping"])
    assert hyperparameter_title("damping") == "damping of the waves (mm)"
    assert hyperparameter_headings()["damping"] == "damping (mm)"
    assert later_values("coordinate")["damping"] == 0.5
    assert keys_of("coordinate")[-1] == "damping" and description_of("damping").unit == "mm"
    settings = known_recipes()["fourier"] | {"damping": 0.5}
    assert "use activation sine" in str(without_effect("damping", settings))
    assert without_effect("damping", settings | {"activation": "sine"}) is None
    methods = {
        n: Method(n, "fourier", settings | {"damping": v}, 0) for n, v in (("fourier", 1), ("other", 2))
    }
    plan = {"recipe": "fourier", "hyperparameter": "damping", "values": [1, 2]}
    (group,) = training_groups({"ablations": {"damping": plan}}, methods)
    assert group["methods"] == {"fourier": "damping = 1 mm", "other": "damping = 2 mm"}
