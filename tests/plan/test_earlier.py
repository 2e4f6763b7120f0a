"""Earlier scans of a run: which image is known by which, and what is refused before anything runs."""

from pathlib import Path
from typing import Any

import pytest
from support.datasets import image_paths, refuses
from support.plans import Wildcards, jobs, manifest_row, simulated
from support.snakemake import TINY

EARLIER: dict[str, Any] = TINY | {
    "recipes": {"follow-up": {}, "fourier": None, "pretrained": None},
    "ablations": {"mapping-size": None, "bandwidth": None},
    "earlier": {"session": "01"},
}
LATER = "sub-01/ses-02/anat/sub-01_ses-02"
BEFORE = "sub-01/ses-01/anat/sub-01_ses-01"


def test_the_earlier_session_is_known_and_not_reconstructed(tmp_path: Path) -> None:
    run = simulated(tmp_path, image_paths(["01", "02"], ["01", "02"]), EARLIER)
    assert [*run.images.rows] == [LATER, LATER.replace("sub-01", "sub-02")]
    assert run.images.earlier[LATER, "T2w"] == BEFORE
    assert jobs(run)["follow_up"] == 2
    job = Wildcards(image=LATER, contrast="T2w", method="followupseed0")
    assert run.earlier_scan(job) == [f"results/sourcedata/{BEFORE}_T2w.nii.gz"]
    assert run.earlier_name(job) == "sub-01_ses-01"


def test_other_methods_know_no_earlier_scan(tmp_path: Path) -> None:
    config = EARLIER | {"recipes": {"follow-up": {}, "fourier": {}, "pretrained": None}}
    run = simulated(tmp_path, image_paths(["01"], ["01", "02"]), config)
    for method in run.methods:
        job = Wildcards(image=LATER, contrast="T2w", method=method)
        assert (
            bool(run.earlier_scan(job)) == (run.earlier_name(job) is not None) == (method == "followupseed0")
        )


@pytest.mark.parametrize(
    ("sessions", "first"),
    [(["2", "10"], "2"), (["M12", "M6"], "M6"), (["20240105", "20230301"], "20230301")],
)
def test_the_first_session_is_that_of_the_lowest_number(
    tmp_path: Path, sessions: list[str], first: str
) -> None:
    config = EARLIER | {"earlier": {"session": "first"}}
    run = simulated(tmp_path, image_paths(["01"], sessions), config)
    assert {*run.images.earlier.values()} == {f"sub-01/ses-{first}/anat/sub-01_ses-{first}"}


@pytest.mark.parametrize("sessions", [["pre", "post"], ["1", "post"], ["M0", "Y1"]])
def test_a_first_session_that_labels_do_not_tell_is_refused(tmp_path: Path, sessions: list[str]) -> None:
    with refuses("earlier.session", "sub-01", ", ".join(sorted(sessions)), "name the session"):
        _ = simulated(
            tmp_path, image_paths(["01"], sessions), EARLIER | {"earlier": {"session": "first"}}
        ).images.earlier


@pytest.mark.parametrize("sessions", [["01"], None])
def test_a_run_of_earlier_scans_alone_is_refused(tmp_path: Path, sessions: list[str] | None) -> None:
    paths = image_paths(["01"], sessions) if sessions else image_paths(["01"])
    with refuses("earlier: every image is of the first session", "later scan"):
        _ = simulated(tmp_path, paths, EARLIER | {"earlier": {"session": "first"}}).images.earlier


def test_a_session_before_the_earlier_scan_is_refused(tmp_path: Path) -> None:
    run = simulated(
        tmp_path, image_paths(["01"], ["01", "02", "03"]), EARLIER | {"earlier": {"session": "02"}}
    )
    with refuses("earlier.session", "sub-01_ses-01 is of a session before", 'dataset.exclude: ["01/ses-01"]'):
        _ = run.images.earlier


def test_leading_zeros_of_sessions_do_not_count(tmp_path: Path) -> None:
    run = simulated(tmp_path, image_paths(["01"], ["01", "02"]), EARLIER | {"earlier": {"session": "1"}})
    assert run.images.earlier[LATER, "T2w"] == BEFORE


def test_another_label_of_the_same_person(tmp_path: Path) -> None:
    rows = [manifest_row(path, person="one") for path in image_paths(["amu", "ucl", "unf"])]
    run = simulated(tmp_path, rows, EARLIER | {"earlier": {"subject": "unf"}})
    assert [*run.images.rows] == ["sub-amu/anat/sub-amu", "sub-ucl/anat/sub-ucl"]
    assert {*run.images.earlier.values()} == {"sub-unf/anat/sub-unf"}


def test_another_person_is_no_earlier_scan(tmp_path: Path) -> None:
    run = simulated(tmp_path, image_paths(["amu", "unf"]), EARLIER | {"earlier": {"subject": "unf"}})
    with refuses("earlier", "subject unf", "sub-amu has none", 'dataset.exclude: ["amu"]'):
        _ = run.images.earlier


def test_images_of_the_same_acquisition_belong_together(tmp_path: Path) -> None:
    paths = image_paths(["01"], ["01", "02"], ["sharp", "quick"])
    run = simulated(tmp_path, paths, EARLIER)
    pairs = {
        later.rsplit("_", 1)[1]: earlier.rsplit("_", 1)[1]
        for (later, _), earlier in run.images.earlier.items()
    }
    assert pairs == {"acq-sharp": "acq-sharp", "acq-quick": "acq-quick"}
    stated = EARLIER | {"earlier": {"session": "01", "entities": {"acq": "sharp"}}}
    run = simulated(tmp_path, paths, stated)
    assert {earlier.rsplit("_", 1)[1] for earlier in run.images.earlier.values()} == {"acq-sharp"}


def test_persons_without_an_earlier_scan_are_named(tmp_path: Path) -> None:
    paths = [*image_paths(["01"], ["01", "02"]), *image_paths(["02"], ["02"])]
    run = simulated(tmp_path, paths, EARLIER)
    with refuses("earlier", "session 01", "sub-02_ses-02 has none", 'dataset.exclude: ["02/ses-02"]'):
        _ = run.images.earlier


def test_a_recipe_without_an_earlier_scan_is_refused(tmp_path: Path) -> None:
    with refuses("recipes.follow-up", "earlier: {session", "recipes: {follow-up: null}"):
        simulated(tmp_path, image_paths(["01"]), EARLIER | {"earlier": None})


def test_an_earlier_scan_that_nothing_uses_is_refused(tmp_path: Path) -> None:
    with refuses("earlier: no recipe", "follow-up"):
        simulated(tmp_path, image_paths(["01"]), TINY | {"earlier": {"session": "01"}})


@pytest.mark.parametrize("earlier", [{}, {"session": "01", "subject": "unf"}])
def test_a_session_or_a_subject_is_wanted(tmp_path: Path, earlier: dict[str, str]) -> None:
    with refuses("earlier: expected either session"):
        simulated(tmp_path, image_paths(["01"]), EARLIER | {"earlier": earlier})


def test_a_network_for_several_contrasts_knows_no_earlier_scan(tmp_path: Path) -> None:
    config = EARLIER | {"recipes": {"dctr": {"contrasts": "shared"}}, "dataset": {"contrast": ["T1w", "T2w"]}}
    with refuses("recipes.dctr.contrasts", "'shared'", "expected separate"):
        simulated(tmp_path, image_paths(["01"], ["01", "02"]), config)


def test_published_forms_are_planned_on_the_device_of_networks(tmp_path: Path) -> None:
    recipes = {"follow-up": {}, "dctr": {}, "nerp2023": {}, "fourier": None, "pretrained": None}
    config = EARLIER | {"recipes": recipes, "resources": {"device": "cuda"}}
    run = simulated(tmp_path, image_paths(["01"], ["01", "02"]), config)
    devices = {
        method: run.device("train", Wildcards(image=LATER, contrast="T2w", method=method))
        for method in run.methods
    }
    assert devices == {"followupseed0": "cpu", "dctrseed0": "cuda", "nerp2023seed0": "cuda"}
    assert set(run.followers) == {*devices}


def test_figures_call_a_follow_up_no_network(tmp_path: Path) -> None:
    run = simulated(tmp_path, image_paths(["01"], ["01", "02"]), EARLIER)
    assert {one["title"]: one["kind"] for one in run.compared}["follow-up"] == "follow-up"
    assert {one["title"]: one["kind"] for one in run.viewed}["follow-up"] == "follow-up"
    assert len({one["label"] for one in run.viewed}) == len(run.viewed)
