"""Numbers as people read them."""

import math
import re

import pytest
from hypothesis import given
from hypothesis.strategies import floats, integers
from support.plans import SCHEMA, SHIPPED, merge
from support.snakemake import REPOSITORY

from isospine.io.yaml import load_yaml
from isospine.numbers import exact, fixed, is_zero, share, shortest, significant
from isospine.plan.methods import plan_methods
from isospine.recipes.kinds import draws


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (29.125, 2, "29.12"),
        (-0.001, 2, "0.00"),
        (-0.0, 4, "0.0000"),
        (math.nan, 2, "n/a"),
        (math.inf, 2, "inf"),
    ],
)
def test_fixed(value: float, digits: int, text: str) -> None:
    assert fixed(value, digits) == text


def test_signed() -> None:
    assert [fixed(value, 2, signed=True) for value in (0.3, -0.3)] == ["+0.30", "-0.30"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *(
            (-6e-08, "0"),
            (4.000000059604645, "4"),
            (0.8, "0.8"),
            (1.25, "1.25"),
            (-0.3, "-0.3"),
            (100.0, "100"),
        ),
        *((math.nan, "n/a"), (3.14159, "3.142")),
    ],
)
def test_shortest(value: float, text: str) -> None:
    assert shortest(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *(
            (1234.5, "1230"),
            (123456.0, "123000"),
            (12.345, "12.3"),
            (0.0375, "0.0375"),
            (0.00123456, "0.00123"),
        ),
        *((9.999, "10"), (999.9, "1000"), (0, "0"), (-1234.5, "-1230"), (math.inf, "inf")),
    ],
)
def test_significant(value: float, text: str) -> None:
    assert significant(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (256.0, "256"),
        (4294967295.0, "4294967295"),
        (123456, "123456"),
        (0.01875, "0.01875"),
        (1e-4, "0.0001"),
    ],
)
def test_exact(value: float, text: str) -> None:
    assert exact(value) == text


def test_shares() -> None:
    assert [share(value) for value in (-0.001, -3.0, 0.0, 0.364)] == ["0%", "0%", "0%", "36%"]


@given(floats(-1e12, 1e12), integers(0, 6))
def test_no_number_is_a_negative_zero_or_has_an_exponent(value: float, digits: int) -> None:
    for text in (fixed(value, digits), shortest(value, digits), significant(value, digits + 1)):
        assert not re.fullmatch(r"-0(\.0*)?", text) and "e" not in text
    assert is_zero(value, digits) == (float(fixed(value, digits)) == 0)


@pytest.mark.parametrize("name", ["spine-generic.yaml", "spine-generic-multi.yaml"])
def test_a_configuration_counts_its_trainings(name: str) -> None:
    """In the comment at its head."""
    text = (REPOSITORY / "config" / name).read_text("utf-8")
    said = re.search(r"(\d+) settings x (\d+) seeds, that is\n# (\d+) trainings", text)
    assert said is not None
    methods = plan_methods(merge(SHIPPED, load_yaml(REPOSITORY / "config" / name)), SCHEMA)
    trained = [method for method in methods.values() if draws(method.hyperparameters)]
    settings, seeds = ({getattr(m, key) for m in trained} for key in ("name", "seed"))
    assert tuple(map(int, said.groups())) == (len(settings), len(seeds), len(trained))
    assert [m.name for m in methods.values() if m not in trained] == ["pretrained"]
