"""Who is one person in a plan: draws of a population, params of rules, and configurations that come with isospine."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from support import datasets
from support.datasets import image_paths, refuses
from support.plans import Wildcards, manifest_row, simulated
from support.snakemake import REPOSITORY, TINY

from isospine.dataset.persons import name_persons
from isospine.io.yaml import load_yaml
from isospine.plan.population import check_others

PRIOR: dict[str, Any] = TINY | {"recipes": {"population-prior": {}, "fourier": {}}, "seeds": [0]}
FIRST = "sub-01/anat/sub-01"
METHOD = Wildcards(image=FIRST, contrast="T2w", method="populationpriorseed0")


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
