import ast
import json
import shutil
from pathlib import Path

import pytest

from isospine.jobs import code as codehash
from isospine.jobs.code import code_hash
from isospine.recipes.baselines import BASELINES
from isospine.recipes.kinds import KINDS, NETWORK_JOB
from isospine.recipes.lookup import module_of
from isospine.recipes.modes import reader_module

PACKAGE = codehash.LIBRARY
SCRIPTS = Path(__file__).parents[2] / "workflow" / "scripts"


def clear_caches() -> None:
    codehash._dependencies.cache_clear()
    codehash._defined_names.cache_clear()


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a copy of the library that a test may change."""
    copy = tmp_path / "isospine"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(codehash, "LIBRARY", copy)
    clear_caches()
    yield copy
    clear_caches()


READER = reader_module("simulated")

#: Script of a job, and the modules that its rule declares to be loaded by name.
JOBS: dict[str, tuple[str, list[str]]] = {
    **{
        name: (f"{name}.py", [])
        for name in ("view", "reference", "evaluate", "clone", "fetch", "demo_dataset")
    },
    **{f"train {name}": ("train.py", [READER, kind.trainer_module]) for name, kind in KINDS.items()},
    **{f"reconstruct {name}": ("reconstruct.py", [kind.model_module]) for name, kind in KINDS.items()},
    **{f"baseline {name}": ("baseline.py", [READER, one.module]) for name, one in BASELINES.items()},
    **{f"trial {name}": ("trial.py", [READER, one.module]) for name, one in BASELINES.items()},
    **{
        f"trial {name}": ("trial.py", [READER, module_of(NETWORK_JOB), kind.trainer_module])
        for name, kind in KINDS.items()
        if not kind.needs_earlier  # no trial is made of it
    },
}
TRAININGS, RECONSTRUCTIONS = (
    {job for job in JOBS if job.startswith(word)} for word in ("train ", "reconstruct ")
)
NETWORK_TRIALS = {f"trial {name}" for name, kind in KINDS.items() if not kind.needs_earlier}
BASELINE_TRIALS = {f"trial {name}" for name in BASELINES}
BASELINE_JOBS = {f"{word} {name}" for word in ("baseline", "trial") for name in BASELINES}
PRIOR_TRAININGS = {"train prior", "train population", "trial prior", "trial population"}
PRETRAINED = {"train pretrained", "trial pretrained", "reconstruct pretrained"}
#: It solves with total variation, and with the flagship's image beside it.
FOLLOW_UP = {"train follow-up"}
#: It fits a network of coordinates, and total variation stands in where the earlier scan does not reach.
FOLLOW_UP_NETWORK = {"train follow-up-network"}
#: What is read is a volume.
READ_FOLLOW_UPS = {"reconstruct follow-up", "reconstruct follow-up-network"}
PRIORS = {*PRIOR_TRAININGS, "reconstruct prior", "reconstruct population"}


def hash_of(job: str) -> str:
    clear_caches()
    script, loaded = JOBS[job]
    return code_hash(SCRIPTS / script, loaded)


def hashes() -> dict[str, str]:
    """Give the hash of every job; each file is read once, as in one start of Snakemake."""
    clear_caches()
    return {job: code_hash(SCRIPTS / script, loaded) for job, (script, loaded) in JOBS.items()}


@pytest.mark.parametrize(
    ("module", "users"),
    [
        ("models/coordinate/train.py", {"train coordinate", "trial coordinate", *FOLLOW_UP_NETWORK}),
        ("evaluation/metrics.py", {"evaluate"}),
        ("evaluation/rows.py", {"evaluate"}),
        ("evaluation/measures.py", {"evaluate"}),
        ("evaluation/trials.py", {*BASELINE_TRIALS, *NETWORK_TRIALS}),
        ("methods/baselines.py", {*BASELINE_JOBS, *NETWORK_TRIALS}),
        ("methods/networks.py", NETWORK_TRIALS),
        ("dataset/demo/phantom.py", {"demo_dataset"}),
        # no model of a prior is behind a job of coordinate networks, or the other way round
        ("models/prior/train.py", PRIOR_TRAININGS),
        ("models/prior/population.py", {"train population", "trial population"}),
        ("models/prior/model.py", PRIORS),
        ("models/prior/restore.py", PRIORS),
        (
            "models/coordinate/model.py",
            {
                "train coordinate",
                "trial coordinate",
                "reconstruct coordinate",
                "evaluate",
                *FOLLOW_UP_NETWORK,
            },
        ),
        # other weights than those that come with isospine are another method, and change nothing else
        ("models/pretrained/weights.safetensors", {"train pretrained", "trial pretrained", *FOLLOW_UP}),
        ("models/pretrained/planes.py", {*PRETRAINED, *FOLLOW_UP}),
        (
            "models/mlp.py",
            {*TRAININGS, *NETWORK_TRIALS, *RECONSTRUCTIONS, "evaluate"} - READ_FOLLOW_UPS,
        ),
        ("models/load.py", {*RECONSTRUCTIONS, "evaluate"}),
        (
            "solvers/total_variation.py",
            {"baseline tv", "trial tv", *PRIORS, *PRETRAINED, *FOLLOW_UP, *FOLLOW_UP_NETWORK},
        ),
        (
            "solvers/tikhonov.py",
            {"baseline tikhonov", "trial tikhonov", *PRIOR_TRAININGS, *PRETRAINED, *FOLLOW_UP},
        ),
        # through other modules
        (
            "physics/operator.py",
            {*TRAININGS, *RECONSTRUCTIONS, *BASELINE_JOBS, *NETWORK_TRIALS, "evaluate"},
        ),
        ("views/simulated.py", {*TRAININGS, *BASELINE_JOBS, *NETWORK_TRIALS}),
        ("views/record.py", set()),
        ("errors.py", {*JOBS}),
        # a recipe more, or another one's hyperparameters: those of a job are its own params
        ("recipes/recipes.yaml", set()),
        ("plan/check.py", set()),
    ],
)
def test_a_changed_module_changes_the_hash_of_its_users_alone(
    library: Path, module: str, users: set[str]
) -> None:
    before = hashes()
    with (library / module).open("a") as file:
        file.write("\n# changed\n")
    after = hashes()
    assert {job for job in JOBS if after[job] != before[job]} == users


def test_the_hash_does_not_depend_on_where_the_code_lies(library: Path) -> None:
    here = hash_of("train coordinate")
    assert len(here) == 64
    clear_caches()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(codehash, "LIBRARY", PACKAGE)
        assert hash_of("train coordinate") == here


@pytest.mark.parametrize(
    "line",
    [
        "import isospine.io.tables",
        "import isospine.io.tables as tables",
        "from isospine.io import tables",
        "from isospine.io import nifti, tables as t",
        "from isospine.io.tables import read_table",
        "def late():\n    from isospine.io.tables import read_table",
    ],
)
def test_every_kind_of_import_is_seen(library: Path, tmp_path: Path, line: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(line + "\n")
    before = code_hash(script)
    clear_caches()
    (library / "io/tables.py").write_text("")
    assert code_hash(script) != before


def test_modules_that_import_each_other_are_hashed_once(library: Path, tmp_path: Path) -> None:
    (library / "left.py").write_text("import isospine.right\n")
    (library / "right.py").write_text("import isospine.left\n")
    script = tmp_path / "script.py"
    script.write_text("import isospine.left\nimport numpy\n")
    assert len(code_hash(script)) == 64


@pytest.fixture
def rooms(library: Path) -> Path:
    """Give the library with a package in a package, and data beside the innermost module."""
    inner = library / "outer" / "inner"
    inner.mkdir(parents=True)
    (library / "outer" / "__init__.py").write_text('"""Outer."""\n')
    (inner / "__init__.py").write_text('"""Inner."""\nANSWER = 42\n')
    (inner / "page.py").write_text('TEMPLATE = "body.html"\n')
    (inner / "body.html").write_text("<link href='look.css'>")
    (inner / "look.css").write_text("p {}")
    (inner / "other.css").write_text("q {}")
    return library


IMPORTS_OF_PAGE = [
    "import isospine.outer.inner.page",
    "from isospine.outer.inner import page",
    "from isospine.outer.inner.page import TEMPLATE",
]


@pytest.mark.parametrize("line", IMPORTS_OF_PAGE)
@pytest.mark.parametrize(
    ("file", "changes"),
    [
        ("__init__.py", False),  # for people at a prompt
        ("outer/__init__.py", False),  # a docstring only
        ("outer/inner/__init__.py", True),
        ("outer/inner/page.py", True),
        ("outer/inner/body.html", True),
        ("outer/inner/look.css", True),  # named by the template
        ("outer/inner/other.css", False),  # named by nobody
    ],
)
def test_a_module_in_a_package_is_hashed_with_its_packages_and_data(
    rooms: Path, tmp_path: Path, line: str, file: str, changes: bool
) -> None:
    script = tmp_path / "script.py"
    script.write_text(line + "\n")
    clear_caches()
    before = code_hash(script)
    with (rooms / file).open("a") as stream:
        stream.write("\n")
    clear_caches()
    assert (code_hash(script) != before) == changes


def test_a_module_that_is_loaded_by_name_counts(rooms: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import isospine.outer.inner.page\n")
    loaded = tmp_path / "loaded.py"
    loaded.write_text("import numpy\n")
    assert code_hash(loaded, also=["isospine.outer.inner.page"]) == code_hash(script)


def test_files_of_one_name_in_two_packages_are_told_apart(rooms: Path, tmp_path: Path) -> None:
    for package in ("outer", "outer/inner"):
        (rooms / package / "train.py").write_text("")
    hashes = set()
    for package in ("outer", "outer.inner"):
        script = tmp_path / f"{package}.py"
        script.write_text(f"import isospine.{package}.train\n")
        (rooms / "outer/inner/__init__.py").write_text("")
        (rooms / "outer/__init__.py").write_text("")
        clear_caches()
        hashes.add(code_hash(script))
    assert len(hashes) == 2


@pytest.mark.parametrize(
    "line",
    [
        "import isospine.absent",
        "from isospine import absent",
        "from isospine import reconstruct",
        "from isospine.outer import absent",
        "from isospine.absent import name",
        "import isospine.outer.inner.absent",
    ],
)
def test_an_import_of_nothing_is_refused(rooms: Path, tmp_path: Path, line: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(line + "\n")
    with pytest.raises(ModuleNotFoundError, match=r"script\.py: imports isospine.*(absent|reconstruct)"):
        code_hash(script)


def test_what_a_package_defines_itself_is_no_module(rooms: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("from isospine.outer.inner import ANSWER\nfrom isospine.version import __version__\n")
    assert len(code_hash(script)) == 64


def test_the_library_uses_no_import_that_the_hash_would_miss() -> None:
    """Relative imports, and modules that are loaded by name but by `recipes.lookup`, for which a rule declares them."""
    for path in [*PACKAGE.rglob("*.py"), *SCRIPTS.glob("*.py")]:
        if path.parts[-2:] == ("recipes", "lookup.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not (isinstance(node, ast.ImportFrom) and node.level), f"{path}: relative import"
            assert not (isinstance(node, ast.Name) and node.id in ("__import__", "import_module")), path
            assert not (isinstance(node, ast.Attribute) and node.attr == "import_module"), path


def test_every_data_file_of_the_library_is_named_by_a_module_beside_it() -> None:
    """One that nobody names would change results without a rerun."""
    data = [path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")]
    assert data
    for path in data:
        beside = (other for other in path.parent.iterdir() if other.is_file() and other != path)
        named = any(path.name in other.read_text("utf-8") for other in beside if other.suffix != ".pyc")
        assert named or path.name == "py.typed", path


def test_a_notebook_has_the_hash_of_what_its_cells_import(tmp_path: Path) -> None:
    script = tmp_path / "a.py"
    script.write_text("from isospine.io import tables\nimport isospine.errors\n")
    cells = [
        {"cell_type": "markdown", "source": ["from isospine.evaluation import metrics"]},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "from isospine.io import tables"]},
        {"cell_type": "code", "source": "import isospine.errors"},
    ]
    notebook = tmp_path / "a.ipynb"
    notebook.write_text(json.dumps({"cells": cells}))
    assert code_hash(notebook) == code_hash(script)
