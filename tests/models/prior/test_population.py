"""The population prior: who it learns from, and that it learns from them."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.view_sets import train_views
from support.volumes import make_affine, make_views, smooth_image

from isospine.errors import InputError
from isospine.evaluation.metrics import psnr
from isospine.geometry.grid import Affine, Grid, Volume
from isospine.io.atomic import read_json
from isospine.models.load import load_model
from isospine.models.prior.pairs import plane_pairs
from isospine.models.prior.population import align_axes, population_cells
from isospine.physics.view import View
from isospine.plan.population import choose_population, learned_from, subject_of
from isospine.recipes.hyperparameters import PopulationHyperparameters
from isospine.training.files import save_training

IMAGES = [
    "sub-01/anat/sub-01_acq-a",
    "sub-01/ses-b/anat/sub-01_ses-b",
    "sub-02/anat/sub-02",
    "sub-03/anat/sub-03",
]
QUICK = PopulationHyperparameters(
    model="population",
    L=16,
    width=24,
    hidden_layers=1,
    cells=2000,
    steps=20,
    batch=128,
    learning_rate=2e-3,
    weight_decay=0.1,
    data_consistency=True,
    precision="float32",
    population_images=2,
    population_cells=4000,
    population_steps=40,
)
SPECS = [("axial", 5), ("sagittal", 5)]


def edges(seed: int, shape: tuple[int, int, int] = (30, 25, 25)) -> Volume:
    """Sharp shapes, which back-projection blurs."""
    return np.where(smooth_image(shape, sigma=3, seed=seed) > 500, 1000, 0).astype(np.float32)


def case(seed: int = 0) -> tuple[Volume, Grid, list[View]]:
    grid = Grid((30, 25, 25), make_affine((1, 2, 0), (-1, 1, 1)))
    return edges(seed), grid, make_views(edges(seed), grid, SPECS)


def others(*seeds: int) -> dict[str, tuple[Volume, Affine]]:
    return {f"sub-{seed:02}_T2w": (edges(seed), make_affine((1, 2, 0), (-1, 1, 1))) for seed in seeds}


def each_one(images: Iterable[str]) -> dict[str, str]:
    """Persons of images whose subjects are one person each."""
    return {image: subject_of(image) for image in images}


def test_no_image_of_the_subject_is_chosen() -> None:
    for image in IMAGES:
        chosen = choose_population(each_one(IMAGES), image, 10, 0)
        assert chosen == [other for other in IMAGES if subject_of(other) != subject_of(image)]


def test_no_image_of_the_person_is_chosen() -> None:
    """One body may have several labels, and one label is one body whatever a table of persons says."""
    persons = dict(zip(IMAGES, ["A", "A", "A", "B"], strict=True))
    assert choose_population(persons, IMAGES[2], 10, 0) == [IMAGES[3]]
    assert choose_population(persons, IMAGES[3], 10, 0) == IMAGES[:3]
    torn = dict(zip(IMAGES, ["A", "B", "C", "D"], strict=True))
    assert choose_population(torn, IMAGES[0], 10, 0) == IMAGES[2:]


def test_subjects_of_one_person_have_nobody_to_learn_from() -> None:
    with pytest.raises(InputError, match=r"all 3 subjects are one person \(dataset\.persons\)"):
        choose_population(dict.fromkeys(IMAGES, "A"), IMAGES[0], 5, 0)


def test_a_training_is_given_references_of_other_persons_only() -> None:
    persons = dict(zip(IMAGES, ["A", "A", "B", "A"], strict=True))
    assert learned_from({image: persons[image] for image in IMAGES[::2]}, IMAGES[0]) == [IMAGES[2]]
    assert learned_from({}, IMAGES[0]) == []
    for other in (IMAGES[1], IMAGES[3]):
        with pytest.raises(InputError, match=f"{other}: shows the person under test"):
            learned_from({image: persons[image] for image in (IMAGES[0], other)}, IMAGES[0])


def test_the_choice_is_bounded_and_follows_the_seed() -> None:
    images = [f"sub-{n:02}/anat/sub-{n:02}" for n in range(40)]
    persons = each_one(images)
    chosen = choose_population(persons, images[0], 5, 0)
    assert len(set(chosen)) == 5 and images[0] not in chosen
    assert chosen == choose_population(dict(reversed(persons.items())), images[0], 5, 0)
    assert chosen != choose_population(persons, images[0], 5, 1)


def test_one_subject_has_nobody_to_learn_from() -> None:
    with pytest.raises(InputError, match=r"there is one subject; .*dataset\.subjects"):
        choose_population(each_one(IMAGES[:2]), IMAGES[0], 5, 0)


@pytest.mark.parametrize("name", ["sub-07_T2w", "sub-07_ses-2_T2w"])
def test_a_planted_reference_of_the_subject_is_refused(name: str) -> None:
    _, _, views = case()
    references = others(1) | {name: others(2)["sub-02_T2w"]}
    with pytest.raises(InputError, match=f"{name}.*must not see"):
        train_views(views, QUICK, 0, {"image": "sub-07_ses-1_T2w"}, references)


def test_nobody_to_learn_from_is_refused() -> None:
    with pytest.raises(InputError, match="no reference"):
        train_views(case()[2], QUICK, 0, {"image": "sub-07_T2w"}, {})


def test_a_constant_reference_is_named() -> None:
    constant = {"sub-03_T2w": (np.ones((30, 25, 25), np.float32), make_affine((1, 2, 0), (-1, 1, 1)))}
    with pytest.raises(InputError, match="sub-03_T2w: is constant"):
        train_views(case()[2], QUICK, 0, {"image": "sub-07_T2w"}, constant)


def test_record_names_whom_it_saw_and_the_file_reads_back(tmp_path: Path) -> None:
    _, grid, views = case()
    paths = [tmp_path / f"model{end}" for end in (".safetensors", ".tsv", ".json")]
    model, curve = train_views(views, QUICK, 0, {"image": "sub-07_T2w"}, others(1, 2))
    save_training(model, curve, *paths)
    record = read_json(paths[2])
    assert record["population"] == ["sub-01_T2w", "sub-02_T2w"]
    assert record["steps"] == QUICK.population_steps + QUICK.steps
    assert [row["step"] for row in curve] == sorted(row["step"] for row in curve)
    again = load_model(paths[0])
    assert again.hyperparameters == QUICK
    np.testing.assert_array_equal(again.reconstruct(grid), model.reconstruct(grid))


@pytest.mark.slow
def test_other_subjects_teach_what_the_views_do_not() -> None:
    reference, grid, views = case()
    settings = replace(
        QUICK, steps=1, learning_rate=2e-3, L=49, data_consistency=False, population_cells=20000
    )

    def quality(population_steps: int) -> float:
        changed = replace(settings, population_steps=population_steps)
        model, _ = train_views(views, changed, 0, {"image": "sub-07_T2w"}, others(1, 2, 3))
        return psnr(reference, model.evaluate(grid), 1000)

    assert quality(1500) > quality(1) + 0.5


def test_intensity_scale_of_a_reference_does_not_matter() -> None:
    _, grid, views = case()
    (pair,) = plane_pairs(views, grid, 16)
    volume, affine = others(1)["sub-01_T2w"]
    drawn = [
        population_cells(pair, {"a": (image, affine)}, grid, 0.0, 2000, np.random.default_rng(0))
        for image in (volume, 7 * volume + 30)
    ]
    for one, other in zip(*drawn, strict=True):
        np.testing.assert_allclose(one, other, atol=0.01)


def test_axes_are_brought_into_the_same_anatomical_order() -> None:
    grid = Grid((4, 5, 6), make_affine((1, 2, 0), (-1, 1, 1)))
    volume = np.arange(4 * 5 * 6, dtype=np.float32).reshape(4, 5, 6)
    np.testing.assert_array_equal(align_axes(volume, grid.affine, grid), volume)
    other = make_affine((0, 1, 2), (1, 1, 1))  # right, anterior, superior
    moved = volume.transpose(2, 0, 1)  # from anterior, superior, right
    np.testing.assert_array_equal(align_axes(moved, other, grid), volume)
