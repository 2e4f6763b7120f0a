"""The figures of README and docs are those of the table of results, and no weights are measured on bodies that they saw."""

import importlib
import shutil
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from isospine.errors import InputError
from isospine.io.nifti import save_volume
from isospine.models.pretrained.bodies import fingerprints
from isospine.models.pretrained.weights import load_weights

ROOT = Path(__file__).parents[1]
FOLDS = sorted((ROOT / "benchmarks/weights").glob("*.safetensors"))


def module(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Import a module of benchmarks/."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module(name)


@pytest.fixture
def claims(monkeypatch):
    return module("claims", monkeypatch)


@pytest.fixture
def persons(monkeypatch):
    return module("persons", monkeypatch)


@pytest.fixture
def results(monkeypatch):
    return module("persons_table", monkeypatch)


@pytest.fixture
def gains(monkeypatch):
    return module("gains", monkeypatch)


@pytest.fixture
def targets(monkeypatch):
    return module("targets", monkeypatch)


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def table_of(results: ModuleType, psnr: dict[str, list[float]], setting: str = "factor 5") -> pd.DataFrame:
    """Table of the whole volume, from the PSNR of each method on persons a, b, ..."""
    rows: list[dict[str, Any]] = [
        {
            "setting": setting, "person": "abcdefgh"[number], "method": method, "region": "whole",
            "psnr": value, "ssim": 0.9, "seconds": 1.0, "memory_mb": 300, "weights": "",
        }
        for method, values in psnr.items()
        for number, value in enumerate(values)
    ]  # fmt: skip
    return results.table_of(rows)


# What pages say.


def test_pages_say_what_was_measured(claims, results):
    assert {"README.md", "docs/results.md", "docs/recipes.md", "docs/slices.md"} <= set(claims.PAGES)
    for page in claims.PAGES:
        assert claims.computed(read(page), results.read_table()) == read(page), page


def test_codes_that_were_measured_otherwise_make_another_page(claims, monkeypatch):
    codes = module("compressed_claims", monkeypatch)
    table = codes.read_codes()
    better = table.assign(psnr=table["psnr"] + 9 * (table["coder"] == "siren"))
    monkeypatch.setattr(codes, "read_codes", lambda: better)
    text = codes.compression()
    assert "behind" not in text and "No code that was measured" in text
    assert claims.computed(read("docs/compression.md"), None) != read("docs/compression.md")


def test_every_block_is_on_a_page_and_is_closed(claims):
    text = "".join(map(read, claims.PAGES))
    assert {match[2] for match in claims.BLOCK.finditer(text)} == set(claims.BLOCKS)
    assert text.count("<!-- figures: ") == text.count("<!-- end of figures -->")


@pytest.mark.parametrize("page", ["README.md", "docs/results.md", "docs/recipes.md", "docs/your-data.md"])
def test_another_measurement_makes_another_page(claims, results, page):
    table = results.read_table()
    other = table.assign(psnr=table["psnr"] + 0.1 * (table["method"] == "pretrained"))
    assert claims.computed(read(page), other) != read(page)


def test_claims_that_are_stale_are_named_and_then_written(claims, monkeypatch, tmp_path, capsys):
    for page in claims.PAGES:
        (tmp_path / page).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / page, tmp_path / page)
    readme = tmp_path / "README.md"
    stale = readme.read_text(encoding="utf-8").replace(
        "better than cubic interpolation", "worse than cubic interpolation"
    )
    readme.write_text(stale, encoding="utf-8")
    monkeypatch.setattr(claims, "ROOT", tmp_path)
    monkeypatch.setattr(sys, "argv", ["claims.py", "--check"])
    assert claims.main() == 1
    assert capsys.readouterr().err.startswith("README.md: not what the table of results says")
    assert readme.read_text(encoding="utf-8") == stale
    monkeypatch.setattr(sys, "argv", ["claims.py"])
    assert claims.main() == 0
    assert readme.read_text(encoding="utf-8") == read("README.md")


# The table of results.


def test_new_measurements_replace_those_of_the_same_key_only(results, tmp_path):
    old = table_of(results, {"tv": [30.0, 31.0], "cubic": [28.0, 29.0]})
    table = results.replaced(old, table_of(results, {"tv": [32.0]}))
    path = tmp_path / "results/table.tsv"
    results.write_table(table, path)
    found = results.read_table(path).set_index(["person", "method"])["psnr"]
    assert found.to_dict() == {("a", "tv"): 32, ("b", "tv"): 31, ("a", "cubic"): 28, ("b", "cubic"): 29}
    assert results.read_table(tmp_path / "none.tsv").empty


def test_gains_are_paired_over_persons_that_have_both(gains, results):
    table = table_of(
        results, {"tv": [30.0, 31.0, 32.0], "ibp": [29.0, 31.5, 32.0], "pretrained": [30.5, 31.25]}
    )
    found = gains.gain(table, "factor 5", "whole")
    assert found.values.to_dict() == {"a": 0.5, "b": 0.25}
    assert found.mean == pytest.approx(0.375)
    assert found.won == 2
    oracle = gains.gain(table, "factor 5", "whole", gains.BEST_CLASSICAL)
    assert oracle.values.to_dict() == {"a": 0.5, "b": -0.25}
    assert oracle.won == 1
    assert gains.gain(table, "factor 3", "whole").values.empty
    three = gains.gain(table, "factor 5", "whole", method="ibp")
    assert three.interval[0] < three.mean < three.interval[1]


def test_figures_to_reach_are_missed_reached_or_not_measured(targets, results):
    psnr = {"tv": [30.0, 31.0, 32.0], "pretrained": [31.0, 32.0, 33.0]}
    rows = {row.title: row for row in targets.targets(table_of(results, psnr, "factor 3"))}
    assert rows["factor 3 against tv, dB"].enough is True
    assert rows["factor 3 against tv, dB"].reached == "+1.00"
    assert rows["factor 4 against tv, dB"].enough is None
    psnr["pretrained"][0] = 28.0
    rows = {row.title: row for row in targets.targets(table_of(results, psnr, "factor 3"))}
    assert rows["factor 3 against tv, dB"].enough is False
    standard = {row.title: row for row in targets.targets(table_of(results, psnr))}
    assert standard["whole volume against tv, dB"].enough is False


# Persons, and weights that never saw them.


def of_bodies(**bodies: np.ndarray) -> Any:
    """Weights for two views that learned from bodies."""
    return SimpleNamespace(
        networks={2: None}, bodies={name: fingerprints(body) for name, body in bodies.items()}
    )


@pytest.fixture
def three_bodies() -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [random.random((40, 40, 40)).astype(np.float32) for _ in range(3)]


def test_weights_are_the_first_that_saw_none_of_the_images(persons, three_bodies):
    one, two, three = three_bodies
    available = [("isospine", of_bodies(a=one, b=two)), ("fold", of_bodies(a=one, c=three))]
    assert persons.unseen_weights([three], 2, available) == "isospine"
    assert persons.unseen_weights([two], 2, available) == "fold"
    assert persons.unseen_weights([three, two[:, ::-1, 5:]], 2, available) is None
    assert persons.unseen_weights([one], 2, available) is None
    assert persons.unseen_weights([three], 1, available) is None  # no network for one view


def test_weights_that_know_no_body_are_not_trusted(persons, three_bodies):
    available = [("isospine", of_bodies()), ("fold", of_bodies(a=three_bodies[0]))]
    assert persons.unseen_weights(three_bodies[1:], 2, available) == "fold"


@pytest.mark.parametrize("path", FOLDS, ids=lambda path: path.stem)
def test_weights_of_folds_know_their_bodies(path):
    weights = load_weights(path)
    assert 2 in weights.networks
    assert set(weights.bodies) == set(weights.card["bodies"])
    assert not any(path.stem.removeprefix("without-") in name for name in weights.bodies)


def test_what_was_measured_names_weights_that_never_saw_the_person(persons, results):
    table = results.read_table()
    own = table[table["method"].str.startswith("pretrained") & (table["person"] != "phantom")]
    folds = {person: f"without-{person}" for person in ("sct1mm", "unf01")}
    assert {tuple(row) for row in own[["person", "weights"]].to_numpy()} == {
        (person, folds.get(person, "isospine")) for person in own["person"]
    }


def test_a_painted_lesion_is_found_and_noise_is_none(persons, three_bodies):
    cord = np.zeros((40, 40, 40), bool)
    cord[10:30, 10:30] = True
    image = three_bodies[0].copy()
    assert not persons.painted(image, cord).any()
    image[15:19, 15:19, 20:23] = 2.5
    found = persons.painted(image, cord)
    assert found.sum() == 4 * 4 * 3
    assert found[15:19, 15:19, 20:23].all()


def dataset(folder: Path, volume: np.ndarray, mask: np.ndarray) -> None:
    for part, name, data in (
        ("sub-a/anat", "sub-a_T2w", volume),
        ("derivatives/labels/sub-a/anat", "sub-a_T2w_label-SC_seg", mask),
    ):
        (folder / part).mkdir(parents=True)
        save_volume(folder / part / f"{name}.nii.gz", data.astype(np.float32), np.eye(4))


def test_a_dataset_of_ones_own_is_measured(persons, tmp_path, three_bodies, monkeypatch, capsys):
    volume = three_bodies[0][:24, :24, :24]
    cord = np.zeros(volume.shape, bool)
    cord[8:16, 8:16] = True
    dataset(tmp_path, volume, cord)
    setting = persons.Setting("factor 3", persons.two_views(3, 3), methods=("cubic", "pretrained"))
    table = persons.run(tmp_path, [setting])
    assert set(zip(table["method"], table["region"], table["weights"], strict=True)) == {
        (method, region, weights)
        for method, weights in (("cubic", ""), ("pretrained", "isospine"))
        for region in ("whole", "cord")
    }
    assert np.isfinite(table[["psnr", "ssim", "seconds", "memory_mb"]].to_numpy(np.float64)).all()
    monkeypatch.setattr(persons, "available_weights", lambda: [("isospine", of_bodies(me=three_bodies[0]))])
    table = persons.run(tmp_path, [setting])
    assert set(table["method"]) == {"cubic"}
    assert "a, factor 3: skipped, all weights saw this person" in capsys.readouterr().out


def test_a_folder_without_images_is_refused(persons, tmp_path):
    with pytest.raises(InputError, match="expected a BIDS dataset with isotropic images"):
        persons.run(tmp_path, [persons.STANDARD])


# Slices that were never acquired.


def test_virtual_slices_reach_their_aim_and_are_biased_as_the_page_says(monkeypatch):
    table = module("slices", monkeypatch).read_table().set_index(["slices", "person", "method"]).sort_index()
    oblique = table["psnr"]["oblique, 4 mm"]
    assert oblique["sct08mm", "pretrained"] >= 37 > oblique["sct08mm", "tv"]
    for person in ("sct08mm", "sct1mm", "unf01"):
        assert oblique[person, "pretrained"] > oblique[person, "tv"] > oblique[person, "cubic"]
    assert (table["bias"][["coronal maximum, 10 mm", "coronal maximum, whole"]] < 0).all()
    assert table["bias"]["coronal maximum, 10 mm", "sct08mm", "pretrained"] > -1.3
