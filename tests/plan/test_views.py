"""Which images of a dataset are the views of a body, by their BIDS entities."""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.datasets import refuses

from isospine.io.yaml import load_yaml
from isospine.plan.check import check_config
from isospine.plan.labels import describe_labels
from isospine.plan.methods import plan_methods
from isospine.plan.views import COLUMN_OF, body_of, select_views, stated_slices

ROOT = Path(__file__).parents[2]
SCHEMA = load_yaml(ROOT / "workflow/schemas/config.schema.yaml")
PAIR = [{"entities": {"acq": "ax"}}, {"entities": {"acq": "sag"}}]


def row(name: str) -> dict[str, str]:
    """Row of the manifest of an image, from its file name."""
    parts = dict(part.split("-") for part in name.split("_")[:-1])
    folder = "/".join(f"{key}-{parts[key]}" for key in ("sub", "ses") if key in parts)
    columns = {column: parts.get(key, "n/a") for key, column in COLUMN_OF.items()}
    columns["contrast"] = name.rsplit("_", 1)[1]
    return columns | {"subject": parts["sub"], "path": f"{folder}/anat/{name}.nii.gz", "image": name[:-4]}


def selected(names: Sequence[str], specs: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    found = select_views([row(name) for name in names], specs, ["T2w"])
    return {body: [one["image"] for one in rows["T2w"]] for body, rows in found.items()}


def test_views_are_in_the_order_of_the_configuration() -> None:
    names = ["sub-01_acq-ax_T2w", "sub-01_acq-sag_T2w", "sub-02_acq-ax_T2w", "sub-02_acq-sag_T2w"]
    assert selected(names, PAIR[::-1]) == {
        "sub-01/anat/sub-01": ["sub-01_acq-sag", "sub-01_acq-ax"],
        "sub-02/anat/sub-02": ["sub-02_acq-sag", "sub-02_acq-ax"],
    }


def test_every_run_is_a_view_and_sessions_are_bodies_of_their_own() -> None:
    names = [f"sub-01_ses-{s}_acq-ax_run-{r}_T2w" for s in "ab" for r in (1, 2)]
    names += [f"sub-01_ses-{s}_acq-sag_T2w" for s in "ab"]
    assert selected(names, PAIR)["sub-01/ses-b/anat/sub-01_ses-b"] == [
        "sub-01_ses-b_acq-ax_run-1",
        "sub-01_ses-b_acq-ax_run-2",
        "sub-01_ses-b_acq-sag",
    ]
    assert list(selected(names, [{"entities": {"ses": "a"}}])) == ["sub-01/ses-a/anat/sub-01_ses-a"]


def test_indices_agree_whatever_zeros_they_begin_with() -> None:
    names = ["sub-01_run-01_T2w", "sub-01_run-02_T2w"]
    specs = [{"entities": {"run": "2"}}, {"entities": {"run": "1"}}]
    assert selected(names, specs) == {"sub-01/anat/sub-01": ["sub-01_run-02", "sub-01_run-01"]}


def test_null_asks_for_images_without_an_entity() -> None:
    names = ["sub-01_T2w", "sub-01_acq-sag_T2w", "sub-01_acq-old_T2w"]
    specs = [{"entities": {"acq": None}}, PAIR[1]]
    assert selected(names, specs) == {"sub-01/anat/sub-01": ["sub-01", "sub-01_acq-sag"]}


def test_subjects_without_any_view_are_passed_over() -> None:
    names = ["sub-01_acq-ax_T2w", "sub-01_acq-sag_T2w", "sub-02_acq-iso_T2w"]
    assert list(selected(names, PAIR)) == ["sub-01/anat/sub-01"]


def test_views_of_two_sessions_are_no_pair() -> None:
    names = ["sub-01_ses-a_acq-ax_T2w", "sub-01_ses-b_acq-sag_T2w"]
    with refuses(
        "views.1", "sub-01_ses-a", "acq-sag", "one session", 'dataset.exclude: ["01/ses-a", "01/ses-b"]'
    ):
        selected(names, PAIR)


def test_all_bodies_that_lack_a_view_are_named_at_once() -> None:
    names = [
        *("sub-01_ses-a_acq-ax_T2w", "sub-01_ses-a_acq-sag_T2w", "sub-01_ses-b_acq-ax_T2w"),
        *("sub-02_acq-sag_T2w", "sub-03_acq-ax_T2w", "sub-03_acq-sag_T2w", "sub-04_ses-x_acq-ax_T2w"),
    ]
    with refuses(
        "3 bodies lack one: views.1: sub-01_ses-b has no T2w image with acq-sag, it has sub-01_ses-b_acq-ax",
        *(
            "views.0: sub-02 has no",
            "views.1: sub-04_ses-x has no",
            'exclude: ["01/ses-b", "02", "04/ses-x"])',
        ),
    ):
        selected(names, PAIR)


def test_an_image_is_one_view() -> None:
    with refuses("sub-01_acq-ax_T2w.nii.gz", "two of them"):
        selected(["sub-01_acq-ax_T2w", "sub-01_acq-sag_T2w"], [*PAIR, {"entities": {"run": None}}])


def test_a_dataset_without_such_images_is_refused() -> None:
    with refuses("no T2w image", "acq-ax", "acq-sag"):
        selected(["sub-01_T2w"], PAIR)


def test_a_view_may_be_of_one_contrast_alone() -> None:
    names = ["sub-01_acq-ax_T1w", "sub-01_acq-ax_T2w", "sub-01_acq-sag_T2w", "sub-02_acq-sag_T1w"]
    specs = [{"entities": {"acq": "ax"}, "contrast": "T1w"}, {"entities": {"acq": "sag"}, "contrast": "T2w"}]
    found = select_views([row(name) for name in names], specs, ["T1w", "T2w"])
    assert {
        contrast: [one["path"] for one in rows] for contrast, rows in found["sub-01/anat/sub-01"].items()
    } == {
        "T1w": ["sub-01/anat/sub-01_acq-ax_T1w.nii.gz"],
        "T2w": ["sub-01/anat/sub-01_acq-sag_T2w.nii.gz"],
    }
    assert list(found) == ["sub-01/anat/sub-01"]


def test_a_view_without_a_contrast_is_of_every_one() -> None:
    names = ["sub-01_acq-ax_T1w", "sub-01_acq-ax_T2w", "sub-01_acq-sag_T2w"]
    with refuses("views.1", "no T1w image with acq-sag"):
        select_views([row(name) for name in names], PAIR, ["T1w", "T2w"])


def test_a_body_is_named_by_subject_and_session() -> None:
    assert body_of(row("sub-01_ses-a_acq-ax_run-1_T2w")) == "sub-01/ses-a/anat/sub-01_ses-a"


def test_what_sidecars_state_is_read_as_numbers() -> None:
    assert stated_slices({"slice_thickness": "4.0", "slice_distance": "n/a"}) == {"SliceThickness": 4.0}
    assert stated_slices({"slice_thickness": "thick", "slice_distance": "4"}) == {
        "SliceThickness": "thick",
        "SpacingBetweenSlices": 4.0,
    }


def acquired_config(**changes: Any) -> dict[str, Any]:
    config = copy.deepcopy(load_yaml(ROOT / "config/config.yaml"))
    config |= {"views": copy.deepcopy(PAIR), "resolutions": [0.8, 0.5]}
    config["dataset"] = config["dataset"] | {"source": "data"}
    for key, value in changes.items():
        config[key] = (config[key] or {}) | value if isinstance(value, dict) else value
    return config


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"views": [{"plane": "axial", "factor": 5}, *PAIR]}, ["views.1.entities", "all simulated"]),
        ({"views": [*PAIR, {"plane": "axial", "factor": 5}]}, ["views.2.plane", "all images of the dataset"]),
        ({"views": [PAIR[0], {}]}, ["views.1", "'entities'", "add it"]),
        ({"views": [PAIR[0], PAIR[0]]}, ["views.1.entities", "the same entities"]),
        ({"views": [{"entities": {"acq": 1}}]}, ["views.0.entities.acq", "quotes"]),
        ({"views": [{"entities": {}}]}, ["views.0.entities"]),
        ({"views": [{"entities": {"acquisition": "ax"}}]}, ["'acquisition'", "views.0.entities"]),
        ({"resolutions": ["reference", 0.5]}, ["resolutions", "no reference", "[0.8]"]),
        ({"acquisition": {"noise": 0.02}}, ["acquisition.noise", "0.02", "simulated"]),
        ({"acquisition": {"sampling": "point"}}, ["acquisition.sampling", "'point'", "simulated"]),
        ({"metrics": {"karthik2023": True}}, ["metrics.karthik2023", "reference", "expected False"]),
        ({"metrics": {"fixed_point": [8]}}, ["metrics.fixed_point", "[8]", "reference", "expected []"]),
        ({"compression": {"bits": 8}}, ["compression", "reference", "expected null"]),
        ({"dataset": {"source": "demo"}}, ["dataset.source", "demo", "acquired"]),
        ({"acquired": {"motion": "all"}}, ["acquired.motion", "none, views, slices"]),
    ],
)
def test_what_does_not_go_with_acquired_views_is_refused(changes: dict[str, Any], words: list[str]) -> None:
    with refuses(*words):
        check_config(acquired_config(**changes), SCHEMA)


def test_a_population_prior_has_no_references_to_learn_from() -> None:
    config = acquired_config(recipes={"population-prior": {}})
    check_config(config, SCHEMA)
    with refuses("recipes.population-prior", "references", "null"):
        plan_methods(config, SCHEMA)


def test_labels_of_acquired_runs_are_described() -> None:
    config = acquired_config()
    labels = describe_labels(config["views"], plan_methods(config, SCHEMA), config["baselines"])
    assert {"placed", "disagreement", "tv", "fourierseed0"} <= labels.keys() and "reference" not in labels


def test_the_example_is_complete() -> None:
    config = copy.deepcopy(load_yaml(ROOT / "config/config.yaml"))
    overlay = yaml.safe_load((ROOT / "config/acquired.yaml").read_text())
    for key, value in overlay.items():
        config[key] = config[key] | value if isinstance(value, dict) else value
    check_config(config, SCHEMA)
    plan_methods(config, SCHEMA)
