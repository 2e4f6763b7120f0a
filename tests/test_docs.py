"""The documentation says what is there: links, keys, defaults, recipes, columns, commands and examples."""

import ast
import copy
import importlib
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from snakemake.utils import update_config

from isospine.dataset.demo.phantom import spine_phantom
from isospine.dataset.index import index_dataset
from isospine.dataset.manifest import MANIFEST_COLUMNS
from isospine.evaluation.codecs import LOSSY
from isospine.evaluation.compression import scored
from isospine.evaluation.cord_area import MINIMUM_CONTRAST, RING_MM
from isospine.evaluation.edge_error import EDGE_PERCENTILE, MINIMUM_VOXELS
from isospine.evaluation.error_anatomy import ERROR_ANATOMY_COLUMNS, QUANTITIES
from isospine.evaluation.line_profiles import ACROSS_MM, ALONG_MM, LINE_PROFILE_COLUMNS, SEARCH_MM
from isospine.io.yaml import load_yaml
from isospine.physics.slice_profile import SLICE_PROFILES
from isospine.plan.check import check_config
from isospine.plan.methods import plan_methods
from isospine.plan.views import stated_slices
from isospine.recipes.activations import ACTIVATIONS
from isospine.recipes.baselines import BASELINES
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.encodings import ENCODINGS
from isospine.recipes.kinds import KINDS
from isospine.solvers.total_variation import variation_weight
from isospine.statistics.paired import PAIRED_COLUMNS
from isospine.statistics.persons import MINIMUM_PERSONS
from isospine.views.acquired import load_acquired

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), ROOT / "config/README.md", *(ROOT / "docs").rglob("*.md")])
CONFIG = load_yaml(ROOT / "config/config.yaml")
SCHEMA = load_yaml(ROOT / "workflow/schemas/config.schema.yaml")
METHOD = (ROOT / "docs/method.md").read_text(encoding="utf-8")
HYPERPARAMETERS = SCHEMA["$defs"]["hyperparameters"]["properties"]
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def prose(text: str) -> str:
    """Text without its code blocks."""
    return FENCE.sub("", text)


def anchors(text: str) -> set[str]:
    """Anchors that GitHub gives to the headings of a page."""
    titles = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def section(text: str, title: str) -> str:
    """A section of a page, by its heading, up to the next heading of its level."""
    match = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert match is not None, f"no section {title}"
    return match[1]


def rows(text: str) -> dict[str, list[str]]:
    """Rows of the tables of a text, by each of the names in the first column."""
    found = {}
    for line in re.findall(r"^\| *(`.+) *\|$", text, re.MULTILINE):
        first, *others = re.split(r" *(?<!\\)\| *", line)
        found |= dict.fromkeys(re.findall(r"`([^`]+)`", first), others)
    return found


def value_of(cell: str) -> Any:
    """The YAML value in the first backticks of a table cell."""
    return yaml.safe_load(re.findall(r"`([^`]+)`", cell)[0])


def yaml_examples() -> Iterator[tuple[str, dict[str, Any]]]:
    """Examples of configuration, by page and line."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in FENCE.finditer(text):
            if match[1] == "yaml":
                line = text.count("\n", 0, match.start()) + 1
                yield f"{page.relative_to(ROOT)}:{line}", yaml.safe_load(match[2])
    yield "config/spine-generic.yaml", load_yaml(ROOT / "config/spine-generic.yaml")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_resolve(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(text)):
        if re.match(r"https?://", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{target} leads nowhere"
        assert file.is_relative_to(ROOT), f"{target} leads out of the repository"
        if anchor:
            assert anchor in anchors(file.read_text(encoding="utf-8")), f"{target}: no such heading"


def test_pictures_are_small_and_shown():
    pictures = [file for file in (ROOT / "docs").rglob("*") if file.suffix in (".png", ".jpg", ".svg")]
    shown = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for file in pictures:
        assert file.stat().st_size <= 150 * 1024, file.name
        assert f"images/{file.name})" in shown, file.name
    assert sum(file.stat().st_size for file in pictures) <= 2 * 1024 * 1024


def test_pictures_are_those_that_the_scripts_make():
    figures, gallery = (runpy.run_path(str(ROOT / "docs" / name)) for name in ("figures.py", "gallery.py"))
    made = [*figures["FIGURES"], *gallery["PICTURES"]]
    assert sorted(f"{name}.png" for name in made) == sorted(f.name for f in (ROOT / "docs/images").iterdir())
    small = spine_phantom(1, (40, 60, 60))
    for draw in figures["FIGURES"].values():
        assert draw(small).axes


def test_the_gallery_has_every_figure_and_page_of_a_run():
    """Those that a run of the tests writes."""
    gallery = read("docs/gallery.md")
    files = [line for line in read("tests/golden/paths.txt").splitlines() if not line.startswith("logs/")]
    looked_at = [file for file in files if file.endswith((".png", ".html", ".ipynb"))]
    assert len(looked_at) > 15
    for file in looked_at:
        name = re.sub(r"sub-(\w+)/anat/sub-\1_", "<image>_", file)
        name = re.sub(r"ablation_[a-z-]+", "ablation_<name>", name)
        name = re.sub(r"report/sub-\w+", "report/sub-<label>", name)
        assert f"`results/{name}`" in gallery, file


def test_every_page_is_in_the_index():
    index = read("docs/README.md")
    folder = ROOT / "docs"
    for page in [*folder.rglob("*.md"), *folder.rglob("*.ipynb")]:
        assert page == folder / "README.md" or f"({page.relative_to(folder)})" in index, page.name


@pytest.mark.parametrize("key", SCHEMA["properties"])
def test_every_key_is_described(key):
    text = section(read("config/README.md"), f"`{key}`")
    rules = SCHEMA["properties"][key]
    if "oneOf" in rules and rules["oneOf"][0] == {"type": "null"}:
        rules = rules["oneOf"][1]
    parts = rules.get("items", {}).get("properties") or rules.get("properties") or {}
    if key == "recipes":
        parts = HYPERPARAMETERS
    elif key == "ablations":
        parts = rules["additionalProperties"]["oneOf"][1]["properties"]
    elif key == "planes":
        parts = rules["additionalProperties"]["properties"]
    assert parts.keys() == rows(text).keys()


@pytest.mark.parametrize("key", ["dataset", "acquisition", "acquired"])
def test_defaults_are_those_of_the_configuration(key):
    described = rows(section(read("config/README.md"), f"`{key}`"))
    assert {name: value_of(cells[1]) for name, cells in described.items()} == CONFIG[key]


@pytest.mark.parametrize(
    ("part", "name"),
    [
        (0, "fourier"),
        (1, "self-prior"),
        (2, "pretrained"),
        (3, "population-prior"),
        (4, "follow-up"),
        (5, "nerp2023"),
    ],
)
def test_defaults_of_the_hyperparameters_are_those_of_the_recipe(part, name):
    parts = section(read("config/README.md"), "`recipes`")
    parts = re.split(
        "The (?:self-supervised|pretrained|population) prior|A follow-up |A network that knows", parts
    )
    described = {key: value_of(cells[1]) for key, cells in rows(parts[part]).items()}
    recipe = known_recipes()[name]
    assert described == {key: recipe[key] for key in described}
    assert part or described == recipe


@pytest.mark.parametrize("key", ["seeds", "resolutions"])
def test_defaults_of_lists(key):
    lists = re.findall(r"`(\[.*?\])`", section(read("config/README.md"), f"`{key}`"))
    assert CONFIG[key] in [yaml.safe_load(text) for text in lists]


@pytest.mark.parametrize("name", known_recipes())
def test_every_recipe_is_described(name):
    described = rows(section(read("docs/recipes.md"), f"`{name}`"))
    recipe = known_recipes()[name]
    assert {key: value_of(cells[0]) for key, cells in described.items()} == recipe


def test_every_baseline_is_described():
    assert rows(section(METHOD, "Baselines")).keys() == BASELINES.keys()


def test_the_weight_of_total_variation_is_the_described_one():
    formula = re.findall(r"`([^`]+)`", rows(section(METHOD, "Baselines"))["tv"][-1])[0]
    for noise in (0.0, 0.01, 0.1):
        assert eval(formula, {"noise": noise}) == pytest.approx(variation_weight(noise))


def test_every_encoding_activation_and_slice_profile_is_described():
    assert rows(section(METHOD, "Encodings and activations")).keys() == {*ENCODINGS, *ACTIVATIONS}
    assert rows(section(METHOD, "Acquisition model")).keys() == set(SLICE_PROFILES)


def test_every_kind_of_model_is_described_with_examples():
    table = rows(METHOD.split("## Acquisition model")[0])
    described = {kind: set(re.findall(r"`([^`]+)`", cells[0])) for kind, cells in table.items()}
    assert described.keys() == KINDS.keys() and all(described.values())
    assert all(known_recipes()[name]["model"] == kind for kind, names in described.items() for name in names)


@pytest.mark.parametrize(
    ("page", "title"),
    [("docs/method.md", "Constants"), ("docs/segmentation.md", "What is computed")],
)
def test_constants_are_those_of_the_code(page, title):
    described = rows(section(read(page), title))
    constants = {name: value_of(cells[0]) for name, cells in described.items()}
    assert len(constants) > 3
    for name, value in constants.items():
        module, constant = name.rsplit(".", 1)
        assert getattr(importlib.import_module(f"isospine.{module}"), constant) == value, name


def cited(text: str) -> set[tuple[str, str]]:
    """First author and year of what a text cites: Tancik et al. (2020), Irani and Peleg 1991, Greenspan (2009)."""
    author = r"([A-Z][\w-]+)(?:\s+et\s+al\.|\s+and\s+[A-Z]\w+)?"
    return set(re.findall(rf"{author}\s+\(?((?:19|20)\d\d)\b", text))


def test_citations_have_a_reference_and_references_are_used():
    text, references = read("docs/background.md").split("## References")
    pages = "\n".join([text, METHOD, read("docs/metrics.md"), read("docs/recipes.md")])
    entries = re.findall(r"^- ([\w-]+) .*?\b((?:19|20)\d\d)\.", references, re.MULTILINE | re.DOTALL)
    assert len(entries) == len(re.findall("^- ", references, re.MULTILINE)) > 20
    assert [author for author, _ in entries] == sorted(author for author, _ in entries)
    assert cited(text + METHOD) <= set(entries)
    assert {author for author, _ in entries} <= set(re.findall(r"[\w-]+", pages.replace("'s", "")))


@pytest.mark.parametrize(
    ("title", "columns"),
    [
        ("`metrics.tsv`", load_yaml(ROOT / "workflow/schemas/metrics.schema.yaml")["properties"]),
        ("`manifest.tsv`", MANIFEST_COLUMNS),
    ],
)
def test_every_column_is_described(title, columns):
    assert list(rows(section(read("docs/outputs.md"), title))) == list(columns)


def test_every_column_of_the_tables_is_described():
    assert set(PAIRED_COLUMNS) <= rows(section(read("docs/outputs.md"), "`tables/`")).keys()
    assert f"fewer than {MINIMUM_PERSONS} persons" in read("docs/outputs.md")
    assert f"fewer than {MINIMUM_PERSONS} persons" in read("docs/metrics.md")


def test_every_column_of_codes_is_described():
    row = next(scored("network", "fourier", 1, None, np.eye(3), {"whole": np.eye(3) > 0}))
    described = rows(section(read("docs/outputs.md"), "`compression.tsv`"))
    assert described.keys() == {*row, "image", "contrast", "seed"}
    assert all(f"`{name}`" in described["coder"][0] for name in LOSSY)


def test_the_anatomy_of_errors_is_described():
    described = rows(section(read("docs/outputs.md"), "`tables/`"))
    assert {*ERROR_ANATOMY_COLUMNS, *QUANTITIES} <= described.keys()
    text = " ".join(section(read("docs/metrics.md"), "Error anatomy").split())
    assert f"{EDGE_PERCENTILE:g}th percentile" in text and f"fewer than {MINIMUM_VOXELS} voxels" in text
    assert f"ring of {RING_MM:g} mm" in text and f"less than {100 * MINIMUM_CONTRAST:g} %" in text
    caption = read("report/error_anatomy.rst")
    assert f"{EDGE_PERCENTILE:g}th percentile" in caption and f"{RING_MM:g} mm around" in caption


def test_intensity_profiles_are_described():
    described = rows(section(read("docs/outputs.md"), "`tables/`"))
    assert {*LINE_PROFILE_COLUMNS} <= described.keys()
    for text in (section(read("docs/metrics.md"), "Intensity profiles"), read("report/profiles.rst")):
        text = " ".join(text.split())
        assert f"{SEARCH_MM[0]:g} to {SEARCH_MM[1]:g} mm" in text
        assert f"{ACROSS_MM:g} mm" in text and f"at most {ALONG_MM:g} mm" in text


def test_every_make_target_that_is_named_exists():
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        code = [match[2] for match in FENCE.finditer(text)] + re.findall(r"`([^`\n]+)`", prose(text))
        named = {word for line in code for word in re.findall(r"^make ([a-z-]+)", line, re.MULTILINE)}
        assert named <= targets, page
    assert {"make demo", "make test"} <= set(re.findall(r"make [a-z-]+", read("README.md")))


@pytest.mark.parametrize(("where", "overlay"), list(yaml_examples()))
def test_examples_of_configuration_are_valid(where, overlay):
    if not overlay.keys() & CONFIG.keys():
        return  # an example of something else, which is YAML at least
    config = copy.deepcopy(CONFIG)
    update_config(config, overlay)
    check_config(config, SCHEMA)
    plan_methods(config, SCHEMA)


def test_files_that_are_named_in_code_exist():
    """Paths in backticks that begin with a folder of the repository, and have no wildcard in them."""
    folders = "config|docs|envs|src|tests|workflow|benchmarks|report"
    for page in PAGES:
        for path in re.findall(rf"`((?:{folders})/[\w./-]+)`", prose(page.read_text(encoding="utf-8"))):
            if path.rsplit("/", 1)[1] not in ("NAME.py",):
                assert (ROOT / path).exists(), f"{page.name}: {path}"


def test_the_lists_of_what_to_touch_have_as_many_files_as_they_say():
    text = section(read("docs/development.md"), "Adding a thing there is one record of")
    counts = {}
    for title, number, body in re.findall(
        r"^### An? (\w+): (\d) files\n(.*?)(?=^### |\Z)", text, re.M | re.S
    ):
        assert len(re.findall(r"^\d\. `[\w./]+`", body, re.M)) == int(number), title
        counts[title] = int(number)
    assert counts == {"baseline": 4, "measure": 2, "recipe": 2, "activation": 3, "figure": 7}


def test_python_examples_import_what_exists():
    for page in PAGES:
        for match in FENCE.finditer(page.read_text(encoding="utf-8")):
            tree = ast.parse(match[2]) if match[1] == "python" else ast.Module([], [])
            for node in ast.walk(tree):
                if isinstance(node, ast.ImportFrom):
                    module = importlib.import_module(str(node.module))
                    assert all(hasattr(module, name.name) for name in node.names), page


def test_versions_agree():
    from isospine import __version__

    assert yaml.safe_load(read("CITATION.cff"))["version"] == __version__
    assert __version__ in read("CHANGELOG.md")


def test_citation_file_has_what_the_format_asks_for():
    citation = yaml.safe_load(read("CITATION.cff"))
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    assert citation["repository-code"] == "https://github.com/isospine/isospine"


@pytest.mark.slow
def test_the_worked_example_is_a_dataset_of_pairs(tmp_path: Path):
    subprocess.run([sys.executable, ROOT / "docs/scans.py", tmp_path / "scans"], check=True)
    views = load_yaml(ROOT / "config/acquired.yaml")["views"]
    table = index_dataset(tmp_path / "scans", ["T2w"], views=views)
    assert list(table["image"]) == [f"sub-{n}_acq-{name}" for n in ("01", "02") for name in ("ax", "sag")]
    assert set(table["slice_thickness"].astype(float)) == {4.0}
    moved = load_acquired(
        tmp_path / "scans" / table["path"][1], sidecar=stated_slices(table.iloc[1].to_dict())
    )
    assert moved.thickness_source == "sidecar" and moved.gap == pytest.approx(0, abs=1e-5)
    again = subprocess.run(
        [sys.executable, ROOT / "docs/scans.py", tmp_path / "scans"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert again.returncode == 1 and again.stderr.count("\n") == 1 and "exists already" in again.stderr
