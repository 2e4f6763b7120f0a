"""Who is one person in a plan: draws of a population, params of rules, and configurations that come with isospine."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support import datasets
from support.datasets import image_paths, refuses
from support.plans import ACQUIRED, Wildcards, acquired, manifest_row, simulated
from support.snakemake import REPOSITORY, TINY

from isospine.dataset.persons import name_persons
from isospine.io.yaml import load_yaml
from isospine.plan.population import check_others
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.kinds import settings_of

PRIOR: dict[str, Any] = TINY | {"recipes": {"population-prior": {}, "fourier": {}}, "seeds": [0]}
FIRST = "sub-01/anat/sub-01"
METHOD = Wildcards(image=FIRST, contrast="T2w", method="populationpriorseed0")
STARTED: dict[str, Any] = TINY | {
    "recipes": {"pretrained": None, "fourier": {"initial": "mean"}},
    "seeds": [0, 1],
}
MEAN = Wildcards(METHOD | {"method": "fourierseed1"})


def rows(**persons: str) -> list[dict[str, str]]:
    found = zip(image_paths([label[1:] for label in persons]), persons.values(), strict=True)
    return [manifest_row(path, person=person) for path, person in found]


def test_a_population_is_of_other_persons(tmp_path: Path) -> None:
    run = simulated(tmp_path, rows(s01="A", s02="A", s03="B"), PRIOR)
    assert run.population(METHOD) == {FIRST: "A", "sub-03/anat/sub-03": "B"}
    assert run.references(METHOD) == ["results/sub-03/anat/sub-03_desc-reference_T2w.nii.gz"]
    assert run.persons(None) == {"sub-01": "A", "sub-02": "A", "sub-03": "B"}


def test_other_trainings_know_no_persons(tmp_path: Path) -> None:
    run = simulated(tmp_path, rows(s01="A", s02="B"), PRIOR)
    assert run.population(Wildcards(METHOD | {"method": "fourierseed0"})) == {}


def test_one_person_has_no_population_prior(tmp_path: Path) -> None:
    """By the name of all in the configuration before the index, by the manifest before any job of an image."""
    with refuses("recipes.population-prior", "other persons", "dataset.persons", "null"):
        simulated(tmp_path, rows(s01="A"), PRIOR, persons="one volunteer")
    run = simulated(tmp_path, rows(s01="A", s02="A", s03="A"), PRIOR)
    with refuses("recipes.population-prior: learns", "all 3 subjects are one person", "dataset.persons"):
        run.population(METHOD)
    with refuses("recipes.population-prior: learns", "all 3 subjects are one person", "null"):
        check_others(run.persons(None), run.population_recipes)
    check_others(run.persons(None), simulated(tmp_path, rows(s01="A"), TINY).population_recipes)


def test_images_that_are_left_out_teach_nobody(tmp_path: Path) -> None:
    run = simulated(tmp_path, rows(s01="A", s02="A", s03="B"), PRIOR, left_out=["sub-03"])
    with refuses("all 2 subjects are one person"):
        run.population(METHOD)


def test_the_single_subject_of_spine_generic_is_one_person() -> None:
    persons = load_yaml(REPOSITORY / "config/spine-generic.yaml")["dataset"]["persons"]
    named = name_persons(Path(), persons, ["unf", "mgh"], ["unf", "mgh"])
    assert len(set(named.values())) == 1


def test_who_is_one_person_in_spine_generic_multi_subject(tmp_path: Path) -> None:
    if not datasets.MULTI_SUBJECT_FILES.exists():
        pytest.skip("no test data of spine-generic")
    overlay = load_yaml(REPOSITORY / "config/spine-generic-multi.yaml")
    labels = sorted({p.split("/")[0][4:] for p in datasets.multi_subject_paths() if p.startswith("sub-")})
    named = name_persons(tmp_path, overlay["dataset"]["persons"], labels, labels)
    assert (len(named), len(set(named.values()))) == (267, 242)
    # three scanners in Tokyo, two in each of the other places
    assert Counter(Counter(named.values()).values()) == {1: 224, 2: 11, 3: 7}
    assert named["tokyoSkyra05"] == named["tokyoIngenia05"] == named["tokyo750w05"] == "tokyo750w05"


def test_a_network_starts_from_those_of_other_persons(tmp_path: Path) -> None:
    """With the same seed and random first weights, which are methods of the run although nobody asked for them."""
    run = simulated(tmp_path, rows(s01="A", s02="A", s03="B"), STARTED)
    first = Wildcards(MEAN | {"method": "fourierinitialrandomseed1"})
    assert set(run.methods) == {f"fourier{one}seed{seed}" for one in ("", "initialrandom") for seed in (0, 1)}
    assert run.population(MEAN) == {FIRST: "A", "sub-03/anat/sub-03": "B"}
    assert run.starts(MEAN) == [
        "results/models/sub-03/anat/sub-03_desc-fourierinitialrandomseed1_T2w.safetensors"
    ]
    assert run.references(MEAN) == [] == run.starts(first) and run.population(first) == {}
    assert run.hyperparameters(MEAN) == run.hyperparameters(first) | {"initial": "mean"}
    assert set(run.starts(MEAN)) <= set(run.files("train", "model"))
    assert run.cost("train", MEAN).memory_mb > run.cost("train", first).memory_mb


def test_as_an_ablation_it_starts_from_the_recipe_as_it_is(tmp_path: Path) -> None:
    plan = {"recipe": "fourier", "hyperparameter": "initial", "values": ["random", "mean"]}
    run = simulated(tmp_path, rows(s01="A", s02="B"), TINY, {"ablations": {"initial": plan}})
    assert set(run.methods) == {"fourierseed0", "fourierinitialmeanseed0"}
    method = Wildcards(METHOD | {"method": "fourierinitialmeanseed0"})
    assert run.starts(method) == ["results/models/sub-02/anat/sub-02_desc-fourierseed0_T2w.safetensors"]
    assert [one["method"] for one in run.series(Wildcards(ablation="initial"))["methods"]] == [
        "fourier",
        "fourier-initial-mean",
    ]


def test_random_first_weights_change_no_plan(tmp_path: Path) -> None:
    """What is written of them is what was written before there were others."""
    implied, given = (
        simulated(tmp_path, rows(s01="A"), TINY, {"recipes": {"fourier": own}})
        for own in ({}, {"initial": "random"})
    )
    assert implied.methods == given.methods and implied.files("train") == given.files("train")
    settings = settings_of(implied.methods["fourierseed0"].hyperparameters)
    assert "initial" not in settings.as_dict()
    assert replace(settings, initial="mean").as_dict() == settings.as_dict() | {"initial": "mean"}


def test_a_complete_recipe_may_leave_the_first_weights_out(tmp_path: Path) -> None:
    mine = {key: value for key, value in known_recipes()["fourier"].items() if key != "initial"}
    run = simulated(tmp_path, rows(s01="A"), TINY, {"recipes": {"mine": mine}})
    assert run.methods["mineseed0"].hyperparameters == known_recipes()["fourier"]


@pytest.mark.parametrize(
    ("changes", "persons", "said"),
    [
        (
            {"recipes": {"fourier": {"initial": "mean", "encoding": "positional"}}},
            None,
            ["encoding 'positional'", "gaussian"],
        ),
        (
            {"recipes": {"fourier": {"initial": "mean", "encoding": "grid", "L": 4}}},
            None,
            ["encoding 'grid'", "no mean"],
        ),
        ({}, "one volunteer", ["all subjects are one person", "dataset.persons"]),
    ],
)
def test_where_weights_have_no_mean(
    changes: dict[str, Any], persons: str | None, said: list[str], tmp_path: Path
) -> None:
    dataset = {"persons": persons} if persons else {}
    with refuses("recipes.fourier.initial: 'mean'", *said, "expected random, in the recipe"):
        simulated(tmp_path, rows(s01="A", s02="B"), STARTED, changes, **dataset)


def test_other_kinds_and_modes_have_no_such_start(tmp_path: Path) -> None:
    with refuses("recipes.fourier.initial: 'mean'", "acquired views", "expected random"):
        acquired(tmp_path, ["01"], STARTED | {"views": ACQUIRED["views"], "resolutions": [1.0]})
    with refuses("recipes.self-prior.initial", "no such hyperparameter"):
        simulated(tmp_path, rows(s01="A"), TINY, {"recipes": {"self-prior": {"initial": "mean"}}})
    with refuses("recipes.fourier.initial", '"average"', "random, mean"):
        simulated(tmp_path, rows(s01="A"), TINY, {"recipes": {"fourier": {"initial": "average"}}})
    paths = image_paths(["01", "02"], contrasts=["T1w", "T2w"])
    shared = {"recipes": {"fourier": {"initial": "mean", "contrasts": "shared"}}}
    with refuses("recipes.fourier.initial: 'mean'", "'shared'", "expected random"):
        simulated(tmp_path, paths, STARTED, shared, contrast=["T1w", "T2w"])


def test_one_person_has_nobody_to_start_from(tmp_path: Path) -> None:
    run = simulated(tmp_path, rows(s01="A", s02="A"), STARTED)
    said = ["recipes.fourier.initial: starts from networks", "all 2 subjects are one person", "random"]
    with refuses(*said):
        run.population(MEAN)
    with refuses(*said, "dataset.subjects"):
        check_others(run.persons(None), run.population_recipes)
