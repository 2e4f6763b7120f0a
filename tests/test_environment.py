"""The conda environment has the versions that everything else is tested with."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
#: conda-forge's names of packages that PyPI calls otherwise.
PYPI_NAMES = {"pytorch": "torch", "matplotlib-base": "matplotlib"}
#: conda-forge has its own choice of releases.
UNPINNED = {"git-annex"}
#: What Snakemake itself needs outside of the jobs.
NOT_IN_JOBS = {"snakemake"}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def constraints() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
    return {canonical(name): version for name, version in (line.split("==") for line in lines)}


def environment() -> dict[str, str]:
    content = yaml.safe_load((ROOT / "envs/isospine.yaml").read_text(encoding="utf-8"))
    return dict(dependency.split(maxsplit=1) for dependency in content["dependencies"])


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize("name", sorted(environment().keys() - UNPINNED - {"python"}))
def test_pin_equals_constraint(name):
    pinned = constraints()[canonical(PYPI_NAMES.get(name, name))]
    assert environment()[name] == f"={pinned}", f"{name}: constraints.txt has {pinned}"


def test_every_direct_dependency_is_there():
    direct = {canonical(re.split(r"[\[<>=~!]", name)[0]) for name in project()["dependencies"]}
    packages = {canonical(PYPI_NAMES.get(name, name)) for name in environment()}
    assert direct - packages == NOT_IN_JOBS


def test_python_is_a_version_that_the_project_supports():
    least = project()["requires-python"].removeprefix(">=")
    version = environment()["python"].removeprefix("=")
    assert tuple(map(int, version.split("."))) >= tuple(map(int, least.split(".")))


def test_rules_name_this_environment():
    for rules in (ROOT / "workflow/rules").glob("*.smk"):
        named = re.findall(r'conda:\s+"(.+?)"', rules.read_text(encoding="utf-8"))
        for path in named:
            assert (rules.parent / path).resolve() == ROOT / "envs/isospine.yaml", rules.name
