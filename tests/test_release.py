"""What a release consists of agrees: versions, containers, the page on PyPI, and the workflows of GitHub."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager
from readme_renderer.markdown import render

from isospine.version import __version__

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def releases() -> list[tuple[str, str]]:
    """Versions of the changelog with their dates, the latest first."""
    return re.findall(r"^## \[(\d.*?)\] - (\d{4}-\d\d-\d\d)$", text("CHANGELOG.md"), re.MULTILINE)


def test_every_file_states_the_version_and_date_of_the_changelog() -> None:
    citation = yaml.safe_load(text("CITATION.cff"))
    codemeta, zenodo = json.loads(text("codemeta.json")), json.loads(text(".zenodo.json"))
    stated = {
        (citation["version"], str(citation["date-released"])),
        (codemeta["version"], codemeta["datePublished"]),
        (zenodo["version"], zenodo["publication_date"]),
    }
    assert stated == {releases()[0]}
    assert releases()[0][0] == __version__
    assert f"From: isospine/isospine:{__version__}\n" in text("containers/isospine.def")


def test_the_changelog_begins_with_what_is_not_released() -> None:
    headings = re.findall(r"^## (.+)$", text("CHANGELOG.md"), re.MULTILINE)
    assert headings[0] == "[Unreleased]" and len(headings) == 1 + len(releases())


def test_descriptions_and_keywords_are_the_same() -> None:
    citation = yaml.safe_load(text("CITATION.cff"))
    codemeta, zenodo = json.loads(text("codemeta.json")), json.loads(text(".zenodo.json"))
    assert codemeta["description"] == zenodo["description"] == citation["abstract"]
    assert codemeta["keywords"] == zenodo["keywords"] == citation["keywords"]
    assert zenodo["title"] == citation["title"]


def test_the_dockerfile_is_clean() -> None:
    lint = subprocess.run(
        [BIN / "hadolint", ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert lint.returncode == 0 and not lint.stdout, lint.stdout + lint.stderr


def test_the_image_has_the_python_and_the_sources_of_everything_else() -> None:
    dockerfile, conda = text("Dockerfile"), yaml.safe_load(text("envs/isospine.yaml"))
    python = next(str(name).removeprefix("python =") for name in conda["dependencies"] if "python =" in name)
    images = re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)
    assert images and all(image.startswith(f"python:{python}-") for image in images)
    assert dockerfile.count("--constraint constraints.txt") == dockerfile.count("pip install")
    allowed = {line[1:] for line in text(".dockerignore").splitlines() if line.startswith("!")}
    built = tomllib.loads(text("pyproject.toml"))["tool"]["hatch"]["build"]["targets"]["sdist"][
        "only-include"
    ]
    assert allowed == {*built, "pyproject.toml"} and all((ROOT / name).exists() for name in allowed)


@pytest.fixture(scope="module")
def description() -> str:
    """Give the page on PyPI, as Markdown."""
    return str(ProjectMetadata(str(ROOT), PluginManager()).core.readme)


def test_pictures_and_links_of_the_page_on_pypi_are_addresses_of_this_version(description: str) -> None:
    page = render(description)
    assert page is not None
    addresses = re.findall(r'(?:src|href)="(.*?)"', page)
    assert addresses and all(address.startswith(("https://", "#")) for address in addresses)
    own = [
        address for address in addresses if "/isospine/isospine/" in address and f"v{__version__}" in address
    ]
    pictures = [address for address in re.findall(r'src="(.*?)"', page) if address in own]
    assert pictures and all(address.startswith("https://raw.githubusercontent.com/") for address in pictures)
    for address in own:
        path = address.split(f"/v{__version__}/")[1].split("#")[0]
        assert (ROOT / path).exists(), address


def read(path: Path) -> dict[Any, Any]:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_of_github_may_do_no_more_than_it_needs(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        asked = job.get("permissions", {})
        assert set(asked.items()) <= {("id-token", "write"), ("contents", "write")}, name
        assert not asked or path.name == "release.yml", name
        if "uses" in job:
            assert (ROOT / job["uses"]).is_file()
            continue
        assert job["timeout-minutes"] <= 120, name
        for step in job["steps"]:
            assert re.fullmatch(r"[\w.-]+/[\w.-]+@(v\d+|release/v\d+)", step.get("uses", "a/a@v1")), step
            # text of others is no part of a command
            assert "${{" not in step.get("run", ""), step


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_of_github_calls_what_exists(path: Path) -> None:
    targets = set(re.findall(r"^([\w-]+):", text("Makefile"), re.MULTILINE))
    steps = [step.get("run", "") for job in read(path)["jobs"].values() for step in job.get("steps", [])]
    for run in steps:
        assert set(re.findall(r"\bmake ([\w-]+)", run)) <= targets
        assert all((ROOT / name).is_file() for name in re.findall(r"\btests/[\w/]+\.py", run))


def test_what_a_commit_is_checked_with_is_installed() -> None:
    hooks = [hook for repo in read(ROOT / ".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]]
    programs = {hook["entry"].split()[0] for hook in hooks}
    assert programs and all((BIN / Path(program).name).is_file() for program in programs)


def test_forms_of_issues_name_only_labels_and_fields_that_github_knows() -> None:
    for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"):
        form = read(path)
        if path.name == "config.yml":
            continue
        assert {"name", "description", "body"} <= form.keys()
        for field in form["body"]:
            assert field["type"] in ("markdown", "textarea", "input")
            assert "value" in field["attributes"] or "label" in field["attributes"]
