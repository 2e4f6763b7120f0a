import time
from pathlib import Path

import pytest
from support.datasets import refuses

from isospine.io.text import DEEPEST
from isospine.io.yaml import LARGEST_YAML, check_values, load_yaml, parse_yaml


def doubled(merge: str, lines: int) -> str:
    """Give a text whose values double with each line."""
    return "a0: &a0 {x: 1}\n" + "".join(
        f"a{n}: &a{n} {merge.format(f'*a{n - 1}')}\n" for n in range(1, lines)
    )


@pytest.mark.parametrize(
    "merge", ["{{<<: [{0}, {0}]}}", "[{0}, {0}]", "{{a: {0}, b: {0}}}", "{{? [{0}, {0}] : 1}}"]
)
def test_aliases_that_multiply_are_refused_before_they_take_memory(tmp_path: Path, merge: str) -> None:
    path = tmp_path / "a.yml"
    path.write_text(doubled(merge, 40))
    start = time.perf_counter()
    with refuses(str(path), "not valid YAML", "aliases", "merge keys", "100000"):
        load_yaml(path)
    assert time.perf_counter() - start < 5


def test_aliases_and_merge_keys_that_stay_few_are_read() -> None:
    text = "base: &base {a: 1, b: 2}\nown: {<<: *base, b: 3}\nlist: [*base, *base]\n"
    base = {"a": 1, "b": 2}
    assert parse_yaml(text) == {"base": base, "own": {"a": 1, "b": 3}, "list": [base, base]}
    assert parse_yaml(doubled("[{0}, {0}]", 10))["a9"]
    assert parse_yaml("") is None


def test_data_that_another_program_read_are_bounded_without_walking_through_them() -> None:
    value: list[object] = ["x"]
    for _ in range(15):
        value = [value, value]
    check_values(value, "all is well")
    for _ in range(100):
        value = [value, {"a": value}]
    with refuses("configuration", "100000 values", "aliases"):
        check_values(value, "configuration")


def test_a_value_in_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("a: &a {b: [*a]}")
    with refuses("a.yml", "not valid YAML", "aliases"):
        load_yaml(tmp_path / "a.yml")


def test_yaml_goes_only_so_deep(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_text("[" * DEEPEST + "]" * DEEPEST)
    assert load_yaml(path)
    for depth in (DEEPEST + 1, 5000):
        path.write_text("[" * depth + "]" * depth)
        with refuses(str(path), "not valid YAML", f"more than {DEEPEST} deep"):
            load_yaml(path)


def test_yaml_has_a_largest_size(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_text("#" * (LARGEST_YAML + 1))
    with refuses(str(path), f"at most {LARGEST_YAML}"):
        load_yaml(path)


@pytest.mark.parametrize(
    "text", ["a: [", "2001-13-01", "a: " + "9" * 5000, "--- 1\n--- 2", "!!python/object:os.x {}", "\x01"]
)
def test_what_is_no_plain_data_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yml").write_text(text)
    with refuses("a.yml", "not valid YAML"):
        load_yaml(tmp_path / "a.yml")
    with pytest.raises(ValueError):
        parse_yaml(text)


@pytest.mark.parametrize(
    "text", ["a: 1\nb: 2\na: 3\n", "x: {a: 1, 'a': 1}", "- {1: a, 1: b}", "{a: [1], a: [1]}"]
)
def test_a_key_comes_once(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yml").write_text(text)
    with refuses("a.yml", "twice in one map", "keep one"):
        load_yaml(tmp_path / "a.yml")
    assert parse_yaml("x: {a: 1}\ny: {a: 1}\n1: a\n'1': b") == {
        "x": {"a": 1},
        "y": {"a": 1},
        1: "a",
        "1": "b",
    }
