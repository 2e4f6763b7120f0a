"""What a run on simulated views asks for: jobs, files, inputs and params, without Snakemake."""

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from support import datasets
from support.datasets import image_paths, refuses, segmentation_path
from support.plans import PER_IMAGE, Wildcards, jobs, make_run, manifest_row, simulated, write_rows
from support.snakemake import REPOSITORY, TINY

from isospine.io.yaml import load_yaml
from isospine.plan.grids import target_header
from isospine.plan.requests import GATHERING, requests, too_large, work_of
from isospine.plan.simulated import Simulated
from isospine.recipes.kinds import KINDS, kind_of

IMAGE = "sub-01/anat/sub-01"

#: Several of everything: networks of every kind, grids of every kind, seeds and ablations.
MANY: dict[str, Any] = {
    "recipes": {"population-prior": {}, "pretrained": {}, "self-prior": {}, "fourier": {}},
    "ablations": {"bandwidth": None},
    "seeds": [0, 1],
    "resolutions": ["reference", 0.5, {"image": "grid.nii.gz"}],
}


def per_image(images: int) -> dict[str, int]:
    return {rule: count * images for rule, count in PER_IMAGE.items()}


def segmented(path: str, **known: str) -> dict[str, str]:
    """Row of an image with a segmentation of the cord."""
    segmentation = segmentation_path(path)
    return manifest_row(path, segmentation=segmentation, segmentation_size="7", **known)


@pytest.fixture
def many(tmp_path: Path) -> Simulated:
    (tmp_path / "grid.nii.gz").write_bytes(b"0" * 1000)
    first, second = image_paths(["01", "02"])
    return simulated(tmp_path, [segmented(first), second], MANY)


# --- jobs -----------------------------------------------------------------------------------------------------


def test_sessions_acquisitions_and_runs(tmp_path: Path) -> None:
    images = image_paths(["01", "02"], ["pre", "post"], ["", "hires"], ["", "2"])
    run = simulated(tmp_path, images, TINY)
    assert jobs(run) == per_image(16)
    image = "sub-01/ses-pre/anat/sub-01_ses-pre_acq-hires_run-2"
    assert image in run.images.rows
    assert f"results/metrics/{image}_desc-linear_T2w.tsv" in run.files("evaluate")


def test_segmentations_where_there_are_some(tmp_path: Path) -> None:
    first, second = image_paths(["01", "02"])
    run = simulated(tmp_path, [first, segmented(second)], TINY)
    assert jobs(run) == per_image(2) | {"fetch_segmentation": 1, "cord_mask": 1}
    masks = [run.cord_mask(Wildcards(image=image, contrast="T2w")) for image in run.images.rows]
    assert masks == [[], "results/sub-02/anat/sub-02_label-SC_desc-T2w_mask.nii.gz"]
    assert run.cord_is_known(Wildcards()) and not simulated(tmp_path, [first], TINY).cord_is_known(None)


def test_spine_generic_multi_subject(tmp_path: Path) -> None:
    if not datasets.MULTI_SUBJECT_FILES.exists():
        pytest.skip("no test data of spine-generic")
    paths = [p for p in datasets.multi_subject_paths() if p.endswith("_T2w.nii.gz") and p.startswith("sub-")]
    planned = jobs(simulated(tmp_path, paths))
    assert planned["fetch"] == planned["reference"] == 267
    assert planned["view"] == 2 * 267
    networks = 2 * 7 + 1
    assert planned["train"] == networks * 267, (
        "seeds; fourier with each value of its ablations, and pretrained, which has no seed"
    )
    assert planned["evaluate"] == (networks + 5) * 267
    # on the reference's grid every method, on the finer one the two recipes with the first seed
    assert planned["reconstruct"] == (networks + 2) * 267


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("published.yaml", {"view": 2, "train": 11, "evaluate": 16}),
        ("three-views.yaml", {"view": 3, "train": 3, "evaluate": 8}),
        # three seeds: fourier for each contrast and for both, mcginnis2023 for both; pretrained for each, once
        ("two-contrasts.yaml", {"view": 2, "train": 8, "train_shared": 6, "evaluate": 30}),
    ],
)
def test_overlays_on_another_dataset(tmp_path: Path, name: str, expected: dict[str, int]) -> None:
    """Over the configuration of the dataset, as config/README.md says."""
    overlay = load_yaml(REPOSITORY / "config" / name)
    contrasts = ["T1w", "T2w"] if name == "two-contrasts.yaml" else ["T2w"]
    planned = jobs(simulated(tmp_path, image_paths(["01"], contrasts=contrasts), overlay))
    assert {rule: planned[rule] for rule in expected} == expected


def test_numbers_of_an_overlay(tmp_path: Path) -> None:
    widths = {"widths": {"recipe": "fourier", "hyperparameter": "width", "values": [8, 12]}}
    more = {"seeds": [0, 1, 2], "ablations": widths, "baselines": ["tv", "ibp"]}
    planned = jobs(simulated(tmp_path, image_paths(["01"]), TINY, more))
    assert (planned["train"], planned["baseline"]) == (9, 2)
    planned = jobs(simulated(tmp_path, image_paths(["01"]), TINY, {"recipes": {"fourier": None}}))
    assert (planned["view"], planned["baseline"]) == (2, 1) and "train" not in planned


def test_every_job_of_an_image_is_counted_once(many: Simulated) -> None:
    for name, planned in many.planned_jobs(None).items():
        products, logs = zip(*planned, strict=True)
        assert len(set(logs)) == len(logs), name
        # what is fetched goes after its last use: of it, and of its user, the user's file tells
        assert len(set(products)) == len(products) - (2 if name == "sub-01" else 1)
    assert many.job_counts(None) == {name: len(own) for name, own in many.planned_jobs(None).items()}
    # a segmentation, its mask, and slices along the cord
    assert many.job_counts(None)["sub-01"] == many.job_counts(None)["sub-02"] + 3


def test_an_image_that_is_left_out_is_counted_and_not_asked_for(tmp_path: Path) -> None:
    paths = image_paths(["01", "02"])
    run = simulated(tmp_path, paths, TINY, left_out=["sub-02"])
    assert list(run.planned_jobs(None)) == ["sub-01", "sub-02"]
    assert list(run.images.rows) == [IMAGE]
    assert not [file for file in run.export_files() + run.asked_files() if "sub-02" in file]
    assert run.numbers == {"images": 1, "left_out": 1, "networks": 1, "baselines": 1}


def test_a_manifest_that_changes_is_read_again(tmp_path: Path) -> None:
    run = simulated(tmp_path, image_paths(["01"]), TINY)
    assert run.images.rows is run.images.rows
    write_rows(tmp_path / "manifest.tsv", map(manifest_row, image_paths(["01", "02"])))
    assert list(run.images.rows) == [IMAGE, "sub-02/anat/sub-02"]


# --- files ----------------------------------------------------------------------------------------------------


def test_what_a_run_asks_for(many: Simulated) -> None:
    asked = many.asked_files()
    volumes = [
        file.removeprefix(f"results/{IMAGE}_") for file in asked if file.endswith(".nii.gz") and "01" in file
    ]
    # of other grids every recipe as configured, with the first seed
    labels = [m.label for m in many.methods.values() if m.name == m.recipe and m.seed == 0]
    assert sorted(volumes) == sorted(
        f"res-{grid}_desc-{label}_T2w.nii.gz" for grid in ("0p5mm", "grid") for label in labels
    )
    figures = [file for file in asked if file.startswith(f"results/figures/{IMAGE}")]
    assert [file.split("desc-")[1].split("_")[0] for file in figures] == [
        *("views", "comparison", "viewer", "alongcord", "erroranatomy", "profiles", "planes"),
    ]
    assert {
        *("results/report/index.html", "results/report/sub-01.html", "results/report/sub-02.html"),
        *("results/report/methods.html", "results/report/methods.md", "results/report/references.bib"),
        *("results/figures/ablation_mapping-size.png", "results/figures/ablation_mapping-size.html"),
        *("results/report/ablation.html", "results/report/ablation.ipynb"),
        *("results/figures/training.png", "results/figures/rate_distortion.png", "results/figures/cost.png"),
        *(f"results/tables/{name}.html" for name in ("summary", "paired", "metrics", "status", "inference")),
    } <= set(asked)
    assert len(set(asked)) == len(asked)


def test_what_an_export_takes(many: Simulated) -> None:
    taken = many.export_files()
    assert len(set(taken)) == len(taken)
    assert set(many.asked_files()) <= set(taken)
    model = f"results/models/{IMAGE}_desc-"
    assert {
        f"results/{IMAGE}_desc-reference_T2w.nii.gz",
        f"results/{IMAGE}_desc-axial5_T2w.json",
        f"results/{IMAGE}_label-SC_desc-T2w_mask.nii.gz",
        *(f"{model}fourierseed1_T2w.{ending}" for ending in ("safetensors", "tsv", "json")),
        f"{model}tv_T2w.json",
        f"results/{IMAGE}_res-reference_desc-tv_T2w.json",
        f"results/tables/{IMAGE}_desc-erroranatomy_T2w.tsv",
        f"results/figures/{IMAGE}_desc-views_T2w.pdf",
        *("results/manifest.tsv", "results/.bidsignore", "results/descriptions.tsv"),
    } <= set(taken)
    assert "results/sub-02/anat/sub-02_label-SC_desc-T2w_mask.nii.gz" not in taken
    assert not [file for file in taken if file.startswith(("results/sourcedata", "results/metrics/"))]


def test_a_run_without_networks_has_no_figures_of_them(tmp_path: Path) -> None:
    none = {
        "recipes": {"fourier": None, "pretrained": None},
        "ablations": {"mapping-size": None, "bandwidth": None},
    }
    run = simulated(tmp_path, image_paths(["01"]), none)
    assert run.labels == run.baselines and run.configured == {}
    files = " ".join(run.export_files())
    words = ("training", "rate_distortion", "ablation", "planes", "inference")
    assert not [word for word in words if word in files]
    assert run.constraints["method"] == "none" and run.trained_by("train") == "none"


def test_networks_of_coordinates_are_evaluated_in_fixed_point_where_asked(
    many: Simulated, tmp_path: Path
) -> None:
    assert many.fixed_point_files(None) == []
    asked = simulated(
        tmp_path, image_paths(["01"]), MANY, {"metrics": {"fixed_point": [8]}, "resolutions": ["reference"]}
    )
    files = asked.fixed_point_files(None)
    assert {Path(file).name.split("seed")[0] for file in files} == {
        f"sub-01_desc-fourier{value}" for value in ("", "L32", "L64", "L128", "L512")
    }
    assert not set(files) & set(asked.export_files()) and len(files) == 10
    networks = asked.networks_of_coordinates(None)
    assert {network["recipe"] for network in networks.values()} == {"fourier"}
    assert networks["fourier-L-64"]["hyperparameters"]["L"] == 64
    one = Wildcards(image=IMAGE, contrast="T2w", method="fourierseed0")
    assert "isospine.models.coordinate.model" in asked.loaded_by_fixed_point(one)
    # its products are doubles, so that it takes longer than the evaluation of the same network
    own, evaluated = (asked.cost(rule, one) for rule in ("fixed_point", "evaluate"))
    assert own.seconds > evaluated.seconds
    more = simulated(tmp_path, image_paths(["01"]), MANY, {"metrics": {"fixed_point": [8, 12]}})
    assert more.cost("fixed_point", one).memory_mb > own.memory_mb


def test_planes_are_rendered_and_scored_where_asked(many: Simulated, tmp_path: Path) -> None:
    assert many.slice_scores(None) == [] and "results/tables/planes.tsv" not in many.asked_files()
    assert many.constraints["plane"] == "none"
    planes = {"planes": {"oblique": {"plane": "axial", "thickness": 4, "angles": [20, 0, 0]}, "other": None}}
    run = simulated(tmp_path, image_paths(["01"]), TINY, planes)
    stem = f"{IMAGE}_res-oblique_desc-fourierseed0_T2w"
    assert run.slice_scores(None) == [f"results/metrics/{stem}.tsv"]
    tables = {f"results/tables/planes.{ending}" for ending in ("tsv", "html")}
    assert {f"results/{stem}.nii.gz", *tables} <= set(run.asked_files())
    assert ("planes_table", "results/tables/planes.html") in run.run_pages(None)
    without = {
        "recipes": {"fourier": None, "pretrained": None},
        "ablations": {"mapping-size": None, "bandwidth": None},
    }
    nothing = simulated(tmp_path, image_paths(["01"]), without, planes)
    assert not [file for file in nothing.asked_files() if "planes" in file], "no network, no slices"
    one = Wildcards(image=IMAGE, contrast="T2w", method="fourierseed0", plane="oblique")
    assert run.plane(one) == {
        **{"plane": "axial", "thickness": 4, "angles": [20, 0, 0], "project": "mean", "profile": "box"}
    }
    # the planes within the slices are more than the voxels
    one["resolution"] = "reference"
    assert run.cost("virtual_slices", one).memory_mb > run.cost("reconstruct", one).memory_mb


# --- inputs and params ----------------------------------------------------------------------------------------

ONE = Wildcards(image=IMAGE, contrast="T2w")


def test_methods_of_every_kind_are_trained_by_one_rule(many: Simulated) -> None:
    # a follow-up needs two sessions: tests/plan/test_earlier.py
    alone = {name for name, kind in KINDS.items() if not kind.needs_earlier}
    assert {kind_of(method.hyperparameters).name for method in many.methods.values()} == alone
    assert many.trained_by("train").split("|") == [*many.methods]
    assert many.trained_by("train_shared") == "none"


def test_what_draws_nothing_is_run_with_one_seed(many: Simulated, tmp_path: Path) -> None:
    labels = [label for label in many.methods if label.startswith("pretrained")]
    assert labels == ["pretrainedseed0"]
    assert {label for label in many.methods if label.startswith("selfprior")} == {
        "selfpriorseed0",
        "selfpriorseed1",
    }
    refined = simulated(
        tmp_path, image_paths(["01"]), MANY | {"recipes": {"pretrained": {"refine": 9}, "fourier": {}}}
    )
    assert refined.methods.keys() >= {"pretrainedseed0", "pretrainedseed1"}


def test_what_trains_nothing_has_no_training_curve(many: Simulated, tmp_path: Path) -> None:
    shown = [name for group in many.curve_groups(ONE) for name in group["methods"]]
    assert "self-prior" in shown and "pretrained" not in shown
    none = TINY | {"recipes": {"pretrained": {}, "fourier": None}}
    alone = simulated(tmp_path, image_paths(["01"]), none)
    assert alone.curve_groups(ONE) == []
    files = " ".join(alone.export_files())
    assert "figures/training" not in files and "figures/rate_distortion" in files
    steps = {"steps": {"recipe": "pretrained", "hyperparameter": "refine", "values": [0, 50]}}
    refined = simulated(tmp_path, image_paths(["01"]), none, {"ablations": steps})
    assert [[*group["methods"]] for group in refined.curve_groups(ONE)] == [["pretrained-refine-50"]]


def test_the_content_of_a_file_of_weights_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    changes = {"recipes": {"pretrained": {"weights": "ours.safetensors"}, "fourier": {}}}
    with refuses("recipes.pretrained.weights", "ours.safetensors: no such file", "make weights"):
        simulated(tmp_path, image_paths(["01"]), changes)
    asked = [Wildcards(ONE, method="pretrainedseed0"), Wildcards(ONE, label="pretrainedseed0")]
    found = []
    for content in (b"one", b"two"):
        Path("ours.safetensors").write_bytes(content)
        run = simulated(tmp_path, image_paths(["01"]), changes)
        found += [run.weights(job) for job in asked]
        assert run.weights(Wildcards(ONE, method="fourierseed0")) is None
        assert run.weights(Wildcards(ONE, label="tv")) is None
    assert found[0] == found[1] != found[2] == found[3] and all(len(digest or "") == 64 for digest in found)


def test_a_job_declares_what_it_loads_by_name(many: Simulated) -> None:
    """Its code covers its own kind of model, and no other's: editing the prior reruns no coordinate network."""
    reader, prior = "isospine.views.simulated", "isospine.models.prior"
    loaded = {
        label: many.loaded_by_training(Wildcards(ONE, method=label))
        for label in ("fourierseed0", "selfpriorseed0", "populationpriorseed0")
    }
    assert loaded == {
        "fourierseed0": [reader, "isospine.models.coordinate.train"],
        "selfpriorseed0": [reader, f"{prior}.train"],
        "populationpriorseed0": [reader, f"{prior}.population"],
    }
    model = Wildcards(ONE, method="populationpriorseed0")
    assert many.loaded_by_reconstruction(model) == [f"{prior}.model"]
    solver = many.loaded_by_baseline(Wildcards(ONE, baseline="tv"))
    assert solver == [reader, "isospine.solvers.total_variation"]


def test_inputs_of_a_training(many: Simulated) -> None:
    assert many.view_files(ONE) == [
        f"results/{IMAGE}_desc-{view}5_T2w.nii.gz" for view in ("axial", "sagittal")
    ]
    assert many.view_sidecars(ONE) == [file.replace(".nii.gz", ".json") for file in many.view_files(ONE)]
    method = Wildcards(ONE, method="fourierL64seed1")
    assert many.hyperparameters(method)["L"] == 64 and many.seed(method) == 1
    expected = {"image": "sub-01", "contrast": "T2w", "method": "fourier-L-64", "recipe": "fourier"}
    assert many.provenance(method) == expected
    assert many.baseline_provenance(Wildcards(ONE, baseline="tv"))["method"] == "tv"


def test_a_population_prior_learns_from_others(many: Simulated, tmp_path: Path) -> None:
    prior = Wildcards(ONE, method="populationpriorseed0")
    assert many.population(prior) == {IMAGE: "01", "sub-02/anat/sub-02": "02"}
    assert many.references(prior) == ["results/sub-02/anat/sub-02_desc-reference_T2w.nii.gz"]
    assert many.population(Wildcards(ONE, method="selfpriorseed0")) == {}
    alone = simulated(tmp_path, image_paths(["01"]), MANY)
    with refuses("population-prior: learns from references of other persons", "leave the recipe out"):
        alone.population(prior)


def test_targets_of_a_reconstruction(many: Simulated) -> None:
    grids = {grid: Wildcards(ONE, resolution=grid) for grid in many.resolutions}
    assert [many.target_spacing(one) for one in grids.values()] == [None, 0.5, None]
    assert [many.target_image(one) for one in grids.values()] == [[], [], "grid.nii.gz"]
    assert [many.target_name(one) for one in grids.values()] == [
        *("grid of the reference", "isotropic", "grid of grid.nii.gz")
    ]


def test_only_a_coordinate_network_is_evaluated_alone(many: Simulated) -> None:
    model = f"results/models/{IMAGE}_desc-fourierseed0_T2w.safetensors"
    assert many.coordinate_model(Wildcards(ONE, label="fourierseed0")) == model
    assert many.coordinate_model(Wildcards(ONE, label="selfpriorseed0")) == []
    assert many.coordinate_model(Wildcards(ONE, label="tv")) == []


def test_files_of_the_dataset(many: Simulated) -> None:
    path = image_paths(["01"])[0]
    assert many.manifest_row(ONE) == {"path": path, "annex_key": "n/a", "size": "n/a", "sha256": "n/a"}
    assert many.segmentation_row(ONE)["path"] == segmentation_path(path)
    assert many.segmentation_row(ONE)["size"] == "7"
    assert many.source_uri(ONE) == f"bids:source:{path}"
    assert many.segmentation_uri(ONE) == f"bids:source:{segmentation_path(path)}"
    assert many.index_first(ONE) == [] == many.demo_record(ONE)


def test_a_file_without_a_checksum_is_identified_by_its_dataset(tmp_path: Path) -> None:
    """Another dataset may have other bytes under the same key, even at the same commit."""
    weak = {"annex_key": "WORM-s7-m1704067200--x.nii.gz", "size": "7"}
    path = image_paths(["01"])[0]
    rows = [manifest_row(path, **weak, segmentation="x", segmentation_sha256="5" * 64)]
    one, other = (simulated(tmp_path / name, rows, TINY) for name in ("a", "b"))
    assert one.manifest_row(ONE) == other.manifest_row(ONE)
    assert one.manifest_identity(ONE) != other.manifest_identity(ONE)
    assert one.manifest_identity(ONE) == one.manifest_identity(ONE)
    assert one.dataset.items() <= (one.manifest_identity(ONE) or {}).items()
    assert str(tmp_path) not in repr(one.manifest_identity(ONE))
    assert one.segmentation_identity(ONE) is None
    strong = simulated(tmp_path, [manifest_row(path, **weak, sha256="5" * 64)], TINY)
    assert strong.manifest_identity(ONE) is None


def test_a_target_is_identified_by_the_header_of_its_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "grid.nii.gz").touch()
    grids = {"resolutions": ["reference", {"image": "grid.nii.gz"}]}
    run = simulated(tmp_path, image_paths(["01"]), TINY, grids)
    target = Wildcards(ONE, resolution="grid")
    assert run.target_content(Wildcards(ONE, resolution="reference")) is None
    data, seen = np.zeros((3, 4, 5), np.int16), []
    for spacing, value in ((1.0, 0), (1.0, 7), (2.0, 7)):
        image = nib.Nifti1Image(data + value, np.diag([spacing, 1, 1, 1]))
        for name in ("grid.nii", "grid.nii.gz"):
            image.to_filename(tmp_path / name)
            seen.append(target_header(tmp_path / name))
        assert run.target_content(target) == seen[-1]
    assert seen[0] == seen[1] == seen[2] == seen[3] != seen[4] == seen[5]
    (tmp_path / "grid.nii.gz").write_bytes((tmp_path / "grid.nii.gz").read_bytes()[:30])
    assert len(run.target_content(target) or "") == 64, "damaged: said by the job that reads it"


def test_figures_of_an_image(many: Simulated) -> None:
    assert many.compared_images(ONE)[0] == f"results/{IMAGE}_res-reference_desc-linear_T2w.nii.gz"
    assert len(many.compared_images(ONE)) == len(many.compared_metrics(ONE)) == len(many.compared)
    assert len(many.measured_images(ONE)) == len(many.measured_metrics(ONE)) == len(many.measured)
    assert len(many.viewed_images(ONE)) == len(many.viewed_metrics(ONE)) == len(many.viewed)
    finer = Wildcards(ONE, resolution="0p5mm")
    assert many.finer_images(finer)[0] == f"results/{IMAGE}_res-0p5mm_desc-pretrainedseed0_T2w.nii.gz"
    assert len(many.recipe_images(finer)) == len(many.configured)
    assert many.finer_labels(finer) == {"figure": "3 on a grid of 0.5 mm"}
    assert many.view_planes(ONE) == ["axial", "sagittal"]
    assert many.shown_name(ONE) == many.image_name(ONE) == "sub-01" == many.first_image_name(ONE)
    assert many.first_comparison(ONE) == f"results/figures/{IMAGE}_desc-comparison_T2w.png"


def test_what_pages_are_told_names_no_folder_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "grid.nii.gz").touch()
    names = tmp_path / "names.yml"
    exclude = {"exclude": {"file": str(names), "section": "csa_t2"}}
    grid = {"resolutions": ["reference", {"image": str(tmp_path / "grid.nii.gz")}]}
    run = make_run(tmp_path, image_paths(["01"]), TINY, grid, **exclude)
    assert str(tmp_path) not in repr(run.configuration) + repr(run.settings)
    assert run.configuration["dataset"]["exclude"] == {"file": "names.yml", "section": "csa_t2"}
    assert run.settings["resolutions"] == ["reference", {"image": "grid.nii.gz"}]
    assert run.settings["recipes"] == ["fourier"] and "acquired" not in run.settings


# --- costs ----------------------------------------------------------------------------------------------------


#: Voxels of a real image, and of a small one.
SHAPES = {"run": "64x320x320", "small": "8x32x32"}


def sized(paths: list[str], shape: str = SHAPES["run"]) -> list[dict[str, str]]:
    return [manifest_row(path, shape=shape, spacing="0.8x0.8x0.8") for path in paths]


def test_costs_follow_image_method_and_grid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in (".", *SHAPES):
        Path(folder).mkdir(exist_ok=True)
        Path(folder, "grid.nii.gz").write_bytes(b"0" * 1000)
    paths = image_paths(["01", "02"])
    run, small = (simulated(tmp_path / name, sized(paths, shape), MANY) for name, shape in SHAPES.items())
    for rule, step in run.steps.items():
        for wildcards in run.image_runs(step, IMAGE) if step.cost else []:
            assert run.cost(rule, wildcards).seconds >= small.cost(rule, wildcards).seconds > 0
            assert run.cost(rule, wildcards, 0.5).memory_mb <= run.cost(rule, wildcards).memory_mb
    method = {"image": IMAGE, "contrast": "T2w", "method": "fourierseed0"}
    grids = [run.cost("reconstruct", method | {"resolution": grid}).seconds for grid in run.resolutions]
    assert grids[1] > grids[0] > grids[2]
    labels = ("populationpriorseed0", "selfpriorseed0")
    prior, shallow = (run.cost("train", method | {"method": label}) for label in labels)
    assert prior.memory_mb > shallow.memory_mb


def test_requests_of_a_job(tmp_path: Path) -> None:
    run = simulated(tmp_path, sized(image_paths(["01"])), TINY)
    here, cluster = (
        requests(run, "view", lambda elsewhere=answer: elsewhere, has_gpu=bool) for answer in (False, True)
    )
    assert cluster["mem_mb"](ONE, 1) > here["mem_mb"](ONE, 1)
    assert here["mem_mb"](ONE, 2) > here["mem_mb"](ONE, 1)
    assert here["runtime"](ONE, 2) == 2 * here["runtime"](ONE, 1)
    assert here["disk_mb"](ONE) > 0
    assert work_of(run, "view", ONE) == run.cost("view", ONE).seconds
    assert work_of(run, "metrics", Wildcards()) == work_of(run, "all", Wildcards()) == GATHERING


def test_an_image_that_needs_more_memory_than_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = simulated(tmp_path, sized(image_paths(["01", "02"])), TINY)
    assert list(too_large(run, 100_000)) == []
    first, second = too_large(run, 500)
    assert first.startswith("sub-01_T2w: the job ") and "needs" in first and "would fit" in first
    assert "sub-02" in second
    for product, _ in run.image_jobs(IMAGE):
        Path(product).parent.mkdir(parents=True, exist_ok=True)
        Path(product).touch()
    assert [text.split(":")[0] for text in too_large(run, 500)] == ["sub-02_T2w"], "the other one is finished"


# --- what changes of a configuration change ------------------------------------------------------------------


def sizes(*values: int) -> dict[str, Any]:
    ablation = {"recipe": "fourier", "hyperparameter": "L", "values": list(values)}
    return {"ablations": TINY["ablations"] | {"sizes": ablation}}


@pytest.mark.parametrize(
    ("before", "after", "more"),
    [
        (sizes(8, 16), sizes(8, 16, 32), {"train": 1, "reconstruct": 1, "evaluate": 1}),
        (sizes(8, 16), sizes(8), {"train": -1, "reconstruct": -1, "evaluate": -1}),
        ({}, {"baselines": ["linear", "cubic", "ibp"]}, {"baseline": 2, "evaluate": 2}),
        ({}, {"seeds": [0, 1, 2]}, {"train": 2, "reconstruct": 2, "evaluate": 2}),
        ({}, {"resolutions": ["reference", 0.5]}, {"reconstruct": 1}),
    ],
)
def test_a_change_leaves_the_other_jobs_as_they_are(
    tmp_path: Path, before: dict[str, Any], after: dict[str, Any], more: dict[str, int]
) -> None:
    """Results of other methods keep their names, so that they are found and not made again."""
    first, second = (simulated(tmp_path, image_paths(["01"]), TINY, changes) for changes in (before, after))
    had, has = ({rule: set(run.files(rule)) for rule in PER_IMAGE} for run in (first, second))
    for rule, files in has.items():
        assert files >= had[rule] or files <= had[rule], rule
        assert len(files) - len(had[rule]) == more.get(rule, 0), rule


def test_pages_are_made_of_metrics(many: Simulated) -> None:
    assert many.compared_table == many.results_table == many.index_files["metrics"] == "results/metrics.tsv"
    assert many.index_files["hero"](None).startswith(f"results/figures/{IMAGE}_desc-comparison")
    assert len(many.index_files["anatomy"](None)) == 2
    assert many.index_params["image"](None) == "sub-01" and many.methods_params["cord"](None)
    assert len(many.methods_files["sidecars"](None)) == 4
