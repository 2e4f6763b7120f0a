"""What a run on acquired views asks for: jobs, files, inputs and params, without Snakemake."""

from pathlib import Path
from typing import Any

import pytest
from support.datasets import image_paths, refuses
from support.plans import ACQUIRED, Wildcards, acquired, jobs, make_run, manifest_row
from support.snakemake import TINY

from isospine.plan.acquired import Acquired
from isospine.plan.requests import too_large
from isospine.plan.views import COLUMN_OF

BODY = "sub-01/anat/sub-01"
ONE = Wildcards(image=BODY, contrast="T2w")
VIEW = Wildcards(view_image=f"{BODY}_acq-sag", contrast="T2w")

#: Jobs of one body of two views with the settings `ACQUIRED`: one network and two baselines.
PER_BODY = {
    **{"fetch": 2, "place": 1, "view": 2, "disagreement": 1, "train": 1, "reconstruct": 2, "baseline": 2},
    **{"held_out": 3, "trial": 2 * 3},
}


@pytest.fixture
def run(tmp_path: Path) -> Acquired:
    return acquired(tmp_path)


def test_jobs_of_a_body(tmp_path: Path) -> None:
    assert jobs(acquired(tmp_path)) == PER_BODY
    assert jobs(acquired(tmp_path, ["01", "02"])) == {rule: 2 * count for rule, count in PER_BODY.items()}
    planned = acquired(tmp_path).planned_jobs(None)["sub-01"]
    assert len(planned) == sum(PER_BODY.values()) + 2 == len(set(planned)), "and its figures and viewer"
    fetched = [product for product, log in planned if log.startswith("results/logs/fetch/")]
    assert fetched == [f"results/views/{BODY}.json"] * 2, "what is fetched is removed after its last use"


def test_one_view_alone(tmp_path: Path) -> None:
    alone = {"views": ACQUIRED["views"][:1], "resolutions": [1.0], "baselines": ["tv"]}
    run = acquired(tmp_path, ["01"], alone)
    assert "disagreement" not in jobs(run)
    assert run.disagreement_of_image(Wildcards(image=BODY, contrast="T2w")) == []


def test_what_a_run_asks_for(run: Acquired) -> None:
    stem = f"results/{BODY}"
    assert set(run.asked_files()) == {
        *(f"{stem}_acq-{view}_desc-placed_T2w.nii.gz" for view in ("ax", "sag")),
        f"{stem}_res-1mm_desc-disagreement_T2w.nii.gz",
        *(f"{stem}_res-1mm_desc-{label}_T2w.nii.gz" for label in ("fourierseed0", "cubic", "tv")),
        f"{stem}_res-0p8mm_desc-fourierseed0_T2w.nii.gz",
        *(f"results/figures/{BODY}_desc-{figure}_T2w.png" for figure in ("volumes", "motion")),
        f"results/figures/{BODY}_desc-viewer_T2w.html",
        *(f"results/tables/{name}.html" for name in ("ranking", "paired", "trials", "held_out", "status")),
        *(f"results/report/{name}" for name in ("index.html", "sub-01.html", "methods.html", "methods.md")),
        "results/report/references.bib",
    }


def test_what_an_export_takes(run: Acquired) -> None:
    taken = run.export_files()
    assert len(set(taken)) == len(taken) and set(run.asked_files()) <= set(taken)
    model = f"results/models/{BODY}_desc-"
    assert {
        f"results/views/{BODY}.json",
        *(f"results/views/{BODY}_acq-{view}_T2w_xfm.tfm" for view in ("ax", "sag")),
        *(f"{model}fourierseed0_T2w.{ending}" for ending in ("safetensors", "tsv", "json")),
        f"{model}tv_T2w.json",
        *(f"results/{name}.tsv" for name in ("manifest", "descriptions", "trials", "held_out")),
        *(f"results/tables/{name}.tsv" for name in ("ranking", "trial_images", "paired", "status")),
    } <= set(taken)
    parts = ("results/sourcedata", "results/trials/", "results/held_out/")
    assert not [file for file in taken if file.startswith(parts)]


def test_inputs_of_a_body(run: Acquired) -> None:
    images = [f"results/sourcedata/{BODY}_acq-{view}_T2w.nii.gz" for view in ("ax", "sag")]
    assert run.view_files(ONE) == run.all_files(ONE) == run.view_files(VIEW) == images
    assert run.views_seen_by(Wildcards(ONE, label="fourierseed0")) == images
    assert run.record_beside(VIEW) == f"results/views/{BODY}.json"
    assert run.number_in_body(VIEW) == 1 and run.view_number(Wildcards(number="1")) == 1
    assert run.source_uri(VIEW) == f"bids:source:{BODY}_acq-sag_T2w.nii.gz" == run.view_uris(ONE)[1]
    assert run.manifest_row(VIEW)["path"] == f"{BODY}_acq-sag_T2w.nii.gz"
    assert run.image_of(ONE) == run.image_of(VIEW) == BODY


def test_scores_of_a_body(run: Acquired) -> None:
    labels = ["fourierseed0", "cubic", "tv"]
    held_out = [f"results/held_out/{BODY}_desc-{label}_T2w.tsv" for label in labels]
    assert run.held_out_of_image(ONE) == run.held_out_files(ONE) == held_out
    stem = f"results/trials/{BODY}_desc-"
    trials = [f"{stem}{label}_T2w_view-{n}.tsv" for label in labels for n in (0, 1)]
    assert run.trials_of_image(ONE) == run.trial_files(ONE) == trials
    assert run.shown_volumes(ONE) == [
        f"results/{BODY}_res-1mm_desc-{label}_T2w.nii.gz" for label in ("tv", "fourierseed0")
    ]
    assert run.figure_labels("volumes")(ONE) == {"figure": "volumes"}


@pytest.mark.parametrize("chosen", ["stated", "estimated"])
def test_slice_profiles_are_chosen_where_that_is_asked_for(tmp_path: Path, chosen: str) -> None:
    run = acquired(tmp_path, ["01"], {"acquired": {"slice_profile": chosen}})
    asked = chosen == "estimated"
    assert bool(run.profile_choice) == asked
    # its code identifies the placement where it is used, and nowhere else
    assert run.loaded_by_placing(ONE) == ["isospine.evaluation.profile_choice"] * asked
    cost, plain = (each.cost("place", ONE).seconds for each in (run, acquired(tmp_path)))
    assert (cost > plain) == asked


def test_settings_of_every_method(tmp_path: Path) -> None:
    learning = {"recipes": {"self-prior": {}, "fourier": {}}, "acquired": {"field": "union"}}
    run = acquired(tmp_path, ["01"], learning)
    assert run.grid == {"spacing": 1.0, "field": "union", "axes": "view"}
    assert run.two_planes == ["self-prior"] and run.trained_by("train") == "fourierseed0|selfpriorseed0"
    assert run.settings["acquired"] == run.config["acquired"]
    assert run.results_table == "results/trials.tsv" and run.profile == "box"


def test_sidecars_are_part_of_the_params(tmp_path: Path) -> None:
    rows = [manifest_row(path) for path in image_paths(["01"], acquisitions=["ax", "sag"])]
    rows[0] |= {"slice_thickness": "3.0"}
    run = make_run(tmp_path, rows, ACQUIRED)
    assert isinstance(run, Acquired)
    assert run.all_sidecars(ONE) == {"T2w": [{"SliceThickness": 3.0}, {}]}


def test_a_body_that_lacks_a_view(tmp_path: Path) -> None:
    paths = image_paths(["01", "02"], acquisitions=["ax", "sag"])
    assert COLUMN_OF["acq"] == "acquisition"
    run = make_run(tmp_path, paths[:-1], ACQUIRED)
    with refuses("sub-02 has no T2w image with acq-sag", 'dataset.exclude: ["02"]'):
        run.index_first(None)
    assert make_run(tmp_path, paths[:-2], ACQUIRED).index_first(None) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"resolutions": [1.0, {"image": "nowhere.nii.gz"}]},
            ["resolutions.1.image: nowhere.nii.gz does not exist"],
        ),
        ({"recipes": {"population-prior": {}}}, ["recipes.population-prior", "acquired views lack"]),
    ],
)
def test_what_acquired_views_cannot_have(tmp_path: Path, change: dict[str, Any], words: list[str]) -> None:
    with refuses(*words):
        acquired(tmp_path, ["01"], change)


# --- two contrasts --------------------------------------------------------------------------------------------


def test_one_network_serves_two_contrasts(tmp_path: Path) -> None:
    shared = {
        "recipes": {"fourier": TINY["recipes"]["fourier"] | {"contrasts": "shared"}, "pretrained": None}
    }
    views = [{"entities": {"acq": "ax"}, "contrast": "T1w"}, {"entities": {"acq": "sag"}, "contrast": "T2w"}]
    both = {"views": views, "resolutions": [1.0], "baselines": []}
    paths = [f"{BODY}_acq-ax_T1w.nii.gz", f"{BODY}_acq-sag_T2w.nii.gz"]
    names = ["T1w", "T2w"]
    run = make_run(tmp_path, paths, ACQUIRED, both, shared, contrast=names)
    assert isinstance(run, Acquired)
    images = [f"results/sourcedata/{BODY}_acq-ax_T1w.nii.gz", f"results/sourcedata/{BODY}_acq-sag_T2w.nii.gz"]
    method = Wildcards(image=BODY, contrast="T1w", method="fourierseed0")
    scored = Wildcards(image=BODY, contrast="T1w", label="fourierseed0")
    assert run.all_files(method) == run.views_seen_by(scored) == images
    assert run.contrasts_seen(scored) == names and run.trained_by("train") == "none"
    assert jobs(run) == {
        **{"fetch": 2, "place": 1, "view": 2, "train_shared": 1, "reconstruct": 2},
        **{"held_out": 2, "trial": 2},
    }
    # the other contrast is part of what the network of one is made of
    separate = make_run(tmp_path, paths, ACQUIRED, both, contrast=names)
    assert isinstance(separate, Acquired)
    assert separate.contrasts_seen(scored) == ["T1w"] and separate.views_seen_by(scored) == images[:1]
    assert jobs(separate)["train"] == 2
    assert run.figure_labels("volumes")(method) == {"figure": "T1w: volumes"}


def test_costs(tmp_path: Path) -> None:
    paths = image_paths(["01"], acquisitions=["ax", "sag"])
    rows = [manifest_row(path, shape="160x160x20", spacing="1x1x4") for path in paths]
    run = make_run(tmp_path, rows, ACQUIRED)
    for rule, step in run.steps.items():
        for wildcards in run.image_runs(step, BODY) if step.cost else []:
            assert run.cost(rule, wildcards).seconds > 0
    assert run.cost("view", VIEW) == run.cost("view", ONE)
    assert run.cost("fetch", VIEW).memory_mb < run.cost("place", ONE).memory_mb
    solved, interpolated = (run.cost("baseline", Wildcards(ONE, baseline=name)) for name in ("tv", "cubic"))
    assert solved.memory_mb > interpolated.memory_mb
    assert next(too_large(run, 1)).startswith("sub-01_T2w: the job place needs")


def test_pages_are_made_of_trials(run: Acquired) -> None:
    assert run.compared_table == run.index_files["images"] == "results/tables/trial_images.tsv"
    assert run.index_files["ranking"] == "results/tables/ranking.tsv"
    assert run.index_params == {} == run.methods_params
    assert run.methods_files["placements"](None) == [f"results/views/{BODY}.json"]
