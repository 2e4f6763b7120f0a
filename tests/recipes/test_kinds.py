"""One record for each kind of model."""

import ast
from dataclasses import asdict
from pathlib import Path

import pytest
from support.resumable import PRIOR
from support.view_sets import set_of
from support.volumes import make_affine, make_views, smooth_image

from isospine.geometry.grid import Grid
from isospine.models.load import load_model
from isospine.models.train import train
from isospine.plan.cost import training_cost
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.kinds import DEFAULT_KIND, KINDS, Kind, keys_of, kind_of, settings_of
from isospine.recipes.lookup import resolve
from isospine.training.files import save_model
from isospine.training.session import Session

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_a_record_names_what_there_is(kind: Kind) -> None:
    assert KINDS[kind.name] is kind
    assert resolve(kind.trainer).__module__ == kind.trainer_module
    assert resolve(kind.model).__module__ == kind.model_module
    shipped = next(recipe for recipe in known_recipes().values() if kind_of(recipe) is kind)
    assert type(settings_of(shipped)) is kind.settings


def test_a_recipe_without_a_kind_is_a_network_of_coordinates() -> None:
    assert KINDS[DEFAULT_KIND].of_coordinates


def test_one_entry_makes_a_kind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its recipes are trained, stored and read back, and have a cost."""
    monkeypatch.setitem(KINDS, "twin", Kind(**(vars(KINDS["prior"]) | {"name": "twin"})))
    hyperparameters = {key: asdict(PRIOR)[key] for key in keys_of("prior")} | {"model": "twin", "steps": 2}
    grid = Grid((12, 12, 12), make_affine())
    view_set = set_of(make_views(smooth_image(grid.shape), grid, [("axial", 2), ("sagittal", 2)]))
    models, _ = train([view_set], settings_of(hyperparameters), Session())
    save_model(models["T2w"], tmp_path / "model.safetensors")
    assert load_model(tmp_path / "model.safetensors").hyperparameters.model == "twin"
    prior = hyperparameters | {"model": "prior"}
    assert training_cost(hyperparameters, 1e6, [1e5, 1e5]) == training_cost(prior, 1e6, [1e5, 1e5])


def test_no_module_compares_a_kind_of_model_with_a_name() -> None:
    """What differs between kinds stands in their records."""
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare):
                sides = [ast.unparse(side) for side in (node.left, *node.comparators)]
                named = any(side.strip("'\"") in KINDS for side in sides)
                assert not named or not any("model" in side for side in sides), f"{path}: {ast.unparse(node)}"
