"""From the options of `isospine run` to the configuration of the workflow."""

from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.datasets import image_paths, make_bids, refuses
from support.snakemake import REPOSITORY

from isospine.cli.parser import parser
from isospine.cli.run_config import find_source, make_overlay, merge
from isospine.io.yaml import load_yaml

SHIPPED = load_yaml(REPOSITORY / "config/config.yaml")


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    images = image_paths(["01", "02"], ["pre", "post"], ["ax", "sag"])
    return make_bids(tmp_path / "my data", images)


def options(dataset: Path | str, *more: str) -> Namespace:
    return parser().parse_args(["run", str(dataset), "out", "participant", *more])


def overlay(dataset: Path | str, *more: str, started_in: Path = Path("/")) -> dict[str, Any]:
    return make_overlay(options(dataset, *more), REPOSITORY, started_in)


def write(path: Path, config: dict[str, Any]) -> str:
    path.write_text(yaml.safe_dump(config))
    return str(path)


def test_a_dataset_alone(dataset: Path) -> None:
    made = overlay(dataset)
    assert made["dataset"] == {"source": str(dataset)}
    assert not [name for name, one in merge(SHIPPED, made)["ablations"].items() if one]


def test_the_demo_is_the_packaged_configuration(tmp_path: Path) -> None:
    made = overlay("demo", started_in=tmp_path)
    assert merge(SHIPPED, made) == SHIPPED
    (tmp_path / "demo").mkdir()
    with refuses("dataset_description.json"):
        overlay("demo", started_in=tmp_path)


def test_selection(dataset: Path) -> None:
    chosen = ("--participant-label", "sub-01", "02", "--session-label", "ses-post", "--contrast", "T2w")
    made = overlay(dataset, *chosen, "--device", "cpu")
    assert made["dataset"] == {
        "source": str(dataset),
        "subjects": ["01", "02"],
        "sessions": ["post"],
        "contrast": "T2w",
    }
    assert made["resources"] == {"device": "cpu"}
    assert overlay(dataset, "--contrast", "T1w", "T2w")["dataset"]["contrast"] == ["T1w", "T2w"]


def test_unknown_subjects_are_refused(dataset: Path) -> None:
    with refuses("dataset.subjects: 05 not in the dataset", "01, 02"):
        overlay(dataset, "--participant-label", "05")


def test_methods_are_these_and_no_others(dataset: Path) -> None:
    config = merge(SHIPPED, overlay(dataset, "--methods", "tv,pretrained"))
    assert [name for name, own in config["recipes"].items() if own is not None] == ["pretrained"]
    assert config["baselines"] == ["tv"]
    baselines = merge(SHIPPED, overlay(dataset, "--methods", "linear, cubic"))
    assert not any(baselines["recipes"].values()) and baselines["baselines"] == ["linear", "cubic"]


def test_methods_keep_what_a_file_says_of_them(dataset: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "my.yaml", {"recipes": {"fourier": {"L": 64}, "siren2020": {}}})
    made = overlay(dataset, "--config", file, "--methods", "fourier")
    assert made["recipes"] == {"pretrained": None, "siren2020": None, "fourier": {"L": 64}}


def test_unknown_methods_are_refused(dataset: Path) -> None:
    with refuses("--methods: tvv unknown", "fourier", "tikhonov"):
        overlay(dataset, "--methods", "fourier,tvv")


def test_files_lie_over_one_another_and_options_over_them(dataset: Path, tmp_path: Path) -> None:
    one = write(tmp_path / "one.yaml", {"seeds": [7], "dataset": {"subjects": ["01"], "keep": False}})
    two = write(tmp_path / "two.yaml", {"seeds": [8]})
    made = overlay(dataset, "--participant-label", "02", "--config", one, two)
    assert made["seeds"] == [8]
    assert made["dataset"] == {"subjects": ["02"], "keep": False, "source": str(dataset)}


def test_paths_in_files_are_relative_to_where_the_command_was_given(dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "own.yml").write_text("csa: []\n")
    (dataset / "its.yml").write_text("csa: []\n")
    for name, expected in (("own.yml", str(tmp_path / "own.yml")), ("its.yml", "its.yml")):
        exclude = {"file": name, "section": "csa"}
        file = write(tmp_path / "my.yaml", {"dataset": {"exclude": exclude}})
        made = overlay(dataset, "--config", file, started_in=tmp_path)
        assert made["dataset"]["exclude"] == exclude | {"file": expected}


def test_what_is_no_overlay_is_refused(dataset: Path, tmp_path: Path) -> None:
    with refuses("--config", "no such file", "spine-generic.yaml"):
        overlay(dataset, "--config", str(tmp_path / "none.yaml"))
    with refuses("--config", "expected keys"):
        overlay(dataset, "--config", write(tmp_path / "list.yaml", ["a"]))  # type: ignore[arg-type]
    with refuses("unknown key 'sedes'", "did you mean seeds?"):
        overlay(dataset, "--config", write(tmp_path / "slip.yaml", {"sedes": [1]}))


def test_acquired_views_are_found(dataset: Path) -> None:
    made = overlay(dataset, "--acquired")
    assert made["views"] == [{"entities": {"acq": "ax"}}, {"entities": {"acq": "sag"}}]
    assert merge(SHIPPED, made)["resolutions"][0] == 0.8


def test_acquired_views_are_told(dataset: Path) -> None:
    made = overlay(dataset, "--acquired", "acq-sag", "acq-ax_run-1")
    assert made["views"] == [{"entities": {"acq": "sag"}}, {"entities": {"acq": "ax", "run": "1"}}]
    with refuses("--acquired 'foo-ax'", "acq"):
        overlay(dataset, "--acquired", "foo-ax")


def test_acquired_views_in_other_entities(tmp_path: Path) -> None:
    root = make_bids(tmp_path / "data", image_paths(["01"], runs=["1", "2"]))
    assert overlay(root, "--acquired")["views"] == [{"entities": {"run": "1"}}, {"entities": {"run": "2"}}]
    some = make_bids(tmp_path / "some", image_paths(["01"], acquisitions=["", "sag"]))
    assert overlay(some, "--acquired")["views"] == [{"entities": {"acq": None}}, {"entities": {"acq": "sag"}}]


def test_views_that_are_not_there(tmp_path: Path) -> None:
    root = make_bids(tmp_path / "data", image_paths(["01", "02"]))
    with refuses("--acquired: no body", "--acquired acq-ax acq-sag"):
        overlay(root, "--acquired")
    with refuses("--acquired: views can be found in a local dataset only"):
        overlay("https://example.org/data", "--acquired")


def test_sources(dataset: Path, tmp_path: Path) -> None:
    assert find_source("my data", tmp_path) == str(dataset)
    assert find_source("my data/sub-01/..", tmp_path) == str(dataset)
    assert find_source("https://example.org/data", tmp_path) == "https://example.org/data"
    with refuses("does not exist"):
        find_source("nothing", tmp_path)
    with refuses("not a BIDS dataset"):
        find_source(".", tmp_path)


def test_packaged_overlays_are_known_by_their_names() -> None:
    made = overlay("https://example.org/data", "--config", "spine-generic.yaml")
    assert made["dataset"]["version"] and made["dataset"]["source"] == "https://example.org/data"
