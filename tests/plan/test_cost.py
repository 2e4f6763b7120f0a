import pytest

from isospine.plan.cost import (
    acquired_cost,
    baseline_cost,
    count_voxels,
    evaluation_cost,
    job_cost,
    reconstruction_cost,
    requested_disk_mb,
    requested_memory_mb,
    requested_minutes,
    training_cost,
)
from isospine.recipes.baselines import BASELINES
from isospine.recipes.catalogue import known_recipes

ROW = {
    "path": "sub-01/anat/sub-01_T2w.nii.gz",
    "shape": "64x320x320",
    "spacing": "0.8x0.8x0.8",
    "size": "16000000",
}
VOXELS = 64 * 320 * 320
#: Voxels of two views of slices five times as thick.
VIEWS = [VOXELS / 5] * 2
FOURIER = known_recipes()["fourier"]


def test_voxels_of_an_image_and_of_a_finer_grid() -> None:
    assert count_voxels(ROW) == VOXELS
    assert count_voxels(ROW, 0.4) == pytest.approx(8 * VOXELS)


def test_voxels_of_an_image_that_is_not_there_yet() -> None:
    unknown = ROW | {"shape": "n/a", "spacing": "n/a"}
    assert count_voxels(unknown) == pytest.approx(16e6 / 1.3)
    assert count_voxels(unknown, 0.4) == pytest.approx(8 * 16e6 / 1.3)
    assert count_voxels(unknown | {"size": "n/a"}) > VOXELS
    for suffix, least in ((".NII.GZ", 1.3), (".nii", 2), (".NII", 2)):
        path = f"sub-01/anat/sub-01_T2w{suffix}"
        assert count_voxels(unknown | {"path": path}) == pytest.approx(16e6 / least)


def test_a_second_attempt_asks_for_more() -> None:
    cost = job_cost("evaluate", VOXELS)
    assert requested_memory_mb(cost, 2) >= 1.9 * requested_memory_mb(cost, 1)
    assert requested_minutes(cost, 2) == 2 * requested_minutes(cost, 1)
    assert requested_memory_mb(cost, 1) > cost.memory_mb
    assert 60 * requested_minutes(cost, 1) > cost.seconds
    assert requested_disk_mb(cost) >= cost.disk_mb


@pytest.mark.parametrize("recipe", known_recipes())
def test_every_recipe_has_a_cost_that_grows_with_its_work(recipe: str) -> None:
    settings = known_recipes()[recipe]
    effort = {"coordinate": "epochs", "follow-up-network": "epochs", "pretrained": "refine"}.get(
        settings["model"], "steps"
    )
    cost = training_cost(settings, VOXELS, VIEWS)
    if effort in settings:
        more = settings | {effort: 2 * settings[effort] + 1000}
        assert training_cost(more, VOXELS, VIEWS).seconds > cost.seconds
    else:
        assert settings["model"] == "follow-up", "what trains nothing costs as its image is large"
    if "width" in settings:
        assert training_cost(settings | {"width": 2048}, VOXELS, VIEWS).memory_mb > cost.memory_mb
    small, large = (training_cost(settings, n * VOXELS, VIEWS, [n * VOXELS]) for n in (1, 2))
    assert large.memory_mb > small.memory_mb
    on_grid, finer = (reconstruction_cost(settings, VOXELS, VOXELS * n) for n in (1, 8))
    assert finer.seconds > 4 * on_grid.seconds
    assert finer.memory_mb < 2 * on_grid.memory_mb


def test_a_population_prior_holds_the_largest_image_of_others() -> None:
    settings = known_recipes()["population-prior"]
    alone, beside, many = (
        training_cost(settings, VOXELS, VIEWS, others)
        for others in ([VOXELS], [4 * VOXELS, VOXELS], [4 * VOXELS] * 20)
    )
    assert beside.memory_mb > alone.memory_mb + 1000
    assert many.memory_mb > beside.memory_mb + 400


def test_every_baseline_has_a_cost() -> None:
    assert all(baseline_cost(name, VOXELS).memory_mb > 0 for name in BASELINES)
    assert baseline_cost("tv", VOXELS).memory_mb > 2 * baseline_cost("linear", VOXELS).memory_mb


def test_a_node_of_a_cluster_runs_snakemake_too() -> None:
    cost = job_cost("view", VOXELS)
    assert requested_memory_mb(cost, 1, elsewhere=True) > requested_memory_mb(cost, 1) + 100


def test_a_coordinate_network_is_evaluated_alone_too() -> None:
    without = evaluation_cost(None, VOXELS)
    assert evaluation_cost(known_recipes()["self-prior"], VOXELS) == without
    assert evaluation_cost(FOURIER, VOXELS).memory_mb > without.memory_mb
    # it names the bodies that its weights saw
    assert evaluation_cost(known_recipes()["pretrained"], VOXELS).memory_mb > without.memory_mb


def test_thinner_slices_are_more_voxels_to_learn_from() -> None:
    assert (
        training_cost(FOURIER, VOXELS, [VOXELS / 2] * 2).seconds
        > 2 * training_cost(FOURIER, VOXELS, VIEWS).seconds
    )


def test_a_network_that_holds_the_earlier_scan_first_takes_more() -> None:
    embed = known_recipes()["nerp2023"]
    more = embed | {"earlier_epochs": 100}
    assert training_cost(more, VOXELS, VIEWS).seconds > 2 * training_cost(embed, VOXELS, VIEWS).seconds
    apart = [training_cost(own | {"use": "difference"}, VOXELS, VIEWS) for own in (embed, more)]
    assert apart[0] == apart[1] and apart[0].seconds < training_cost(embed, VOXELS, VIEWS).seconds


def test_acquired_views_that_lie_anywhere_take_more() -> None:
    recipes = known_recipes()
    for settings in (recipes["self-prior"], FOURIER):
        train, rebuild = (
            acquired_cost(step, "one", settings, VOXELS, VIEWS, VOXELS) for step in ("train", "reconstruct")
        )
        assert train.memory_mb > training_cost(settings, VOXELS, VIEWS).memory_mb + 1000
        assert rebuild.memory_mb > reconstruction_cost(settings, VOXELS, VOXELS).memory_mb + 1000
        trial = acquired_cost("trial", "one", settings, VOXELS, VIEWS, VOXELS)
        assert trial.memory_mb < acquired_cost("held_out", "one", settings, VOXELS, VIEWS, VOXELS).memory_mb
    solved, interpolated = (
        acquired_cost("baseline", name, None, VOXELS, VIEWS, VOXELS) for name in ("tv", "cubic")
    )
    assert solved.memory_mb > interpolated.memory_mb + 1000
    for step in ("place", "view", "disagreement", "figure_acquired", "figure_viewer"):
        assert acquired_cost(step, None, None, VOXELS, VIEWS, VOXELS).memory_mb > 200
