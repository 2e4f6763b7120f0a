"""The conda environment has the versions that everything else is tested with."""

import ast
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[1]
#: conda-forge's names of packages that PyPI calls otherwise.
PYPI_NAMES = {"pytorch": "torch", "matplotlib-base": "matplotlib"}
#: conda-forge has its own choice of releases.
UNPINNED = {"git-annex"}
#: What Snakemake itself needs outside of the jobs.
NOT_IN_JOBS = {"snakemake", "snakemake-interface-logger-plugins"}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def constraints(name: str = "constraints.txt") -> dict[str, str]:
    lines = (ROOT / name).read_text(encoding="utf-8").split()
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


def described() -> dict[str, tuple[str, str]]:
    """How each dependency is used and what for, by the table of the documentation."""
    text = (ROOT / "docs/reliability.md").read_text(encoding="utf-8").split("\n## Dependencies\n")[1]
    return {
        name: (use, why)
        for name, use, why in re.findall(r"^\| `(.+?)` \| (.+?) \| (.+) \|$", text, re.MULTILINE)
    }


def imported() -> set[str]:
    """Modules of others that the library and the scripts of the rules import."""
    names = set()
    for path in [*(ROOT / "src").rglob("*.py"), *(ROOT / "workflow").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names |= {module.split(".")[0] for module in modules}
    return names


def test_every_dependency_is_described_and_used():
    direct = {re.split(r"[\[<>=~!]", name)[0] for name in project()["dependencies"]}
    assert described().keys() == direct
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src/isospine").rglob("*.py"))
    for name, (use, _) in described().items():
        kind, what = re.fullmatch(r"(import|program|kernel) `(.+)`", use).groups()
        assert what in imported() if kind == "import" else f'"{what}' in code, name


def test_every_import_is_of_a_dependency():
    """Or of an optional package, whose absence is caught."""
    named = {what for use, _ in described().values() for what in re.findall("import `(.+)`", use)}
    foreign = imported() - set(sys.stdlib_module_names) - {path.name for path in (ROOT / "src").iterdir()}
    assert foreign - named == {"imagecodecs", "pynvml"}


def test_every_requirement_is_pinned():
    extras = [name for names in project()["optional-dependencies"].values() for name in names]
    needed = {canonical(re.split(r"[\[<>=~!]", name)[0]) for name in [*project()["dependencies"], *extras]}
    assert needed - {"isospine"} <= constraints().keys()


def test_the_lower_bounds_are_what_is_tested_as_oldest():
    requirements = [Requirement(text) for text in project()["dependencies"]]
    oldest, newest = constraints("constraints-oldest.txt"), constraints()
    for requirement in requirements:
        name = canonical(requirement.name)
        assert str(requirement.specifier) == f">={oldest[name]}"
        assert Version(newest[name]) >= Version(oldest[name])
    equal = {
        canonical(r.name) for r in requirements if oldest[canonical(r.name)] == newest[canonical(r.name)]
    }
    assert equal == {"torch"}, "two sets of versions that are the same test nothing twice"


def test_python_is_a_version_that_the_project_supports():
    least = project()["requires-python"].removeprefix(">=")
    version = environment()["python"].removeprefix("=")
    assert tuple(map(int, version.split("."))) >= tuple(map(int, least.split(".")))


def test_rules_name_this_environment():
    for rules in (ROOT / "workflow/rules").glob("*.smk"):
        named = re.findall(r'conda:\s+"(.+?)"', rules.read_text(encoding="utf-8"))
        for path in named:
            assert (rules.parent / path).resolve() == ROOT / "envs/isospine.yaml", rules.name
