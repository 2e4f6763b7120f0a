"""The page of a follow-up answers first, and never takes a name for markup."""

from dataclasses import replace

import numpy as np
import pytest
from support.follow_ups import anatomy, session_grid, with_lesion

from isospine.models.earlier.maps import follow_up_maps
from isospine.models.earlier.model import FollowUpModel
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.kinds import settings_of
from isospine.report.follow_up import follow_up_page, follow_up_viewer


@pytest.fixture(scope="module")
def model() -> FollowUpModel:
    noise = np.random.default_rng(0).normal(scale=5, size=session_grid().shape)
    image, placed = with_lesion(anatomy()), (anatomy() + noise).astype(np.float32)
    zeros = np.zeros_like(image)
    verdict = {
        "used": True,
        "ratio": 0.2,
        "alone": 25.0,
        "with_earlier": 30.0,
        "reason": "used: it fits",
        "caution": None,
    }
    return FollowUpModel(
        image, image, placed, zeros, np.ones(image.shape, bool), np.zeros((3, *image.shape), np.float32), session_grid(),
        True, verdict, settings_of(known_recipes()["follow-up"]), {"method": "follow-up", "earlier": "sub-01_ses-01"},
    )  # fmt: skip


def test_the_page_says_what_changed_and_how_the_scan_was_judged(model: FollowUpModel) -> None:
    page = follow_up_page(model, follow_up_maps(model), "sub-01_ses-02")
    assert "Follow-up of sub-01_ses-02" in page and "was used: it fits" in page
    assert page.count('<tr><th scope="row"') == 1, "one cluster: the lesion"
    assert "25.00 dB without" in page and "0 voxels" in page


def test_nothing_changed_is_said(model: FollowUpModel) -> None:
    same = replace(model, image=model.placed)
    page = follow_up_page(same, follow_up_maps(same), "sub-01")
    assert "No cluster of voxels changed" in page


def test_a_refusal_and_a_caution_are_warnings(model: FollowUpModel) -> None:
    verdict = model.verdict | {
        "used": False,
        "alone": None,
        "with_earlier": None,
        "reason": "not used: too different",
    }
    refused = replace(model, verdict=verdict | {"caution": "one plane"})
    page = follow_up_page(refused, follow_up_maps(refused), "sub-01")
    assert '<p class="warning">The earlier scan sub-01_ses-01 was not used: too different.' in page
    assert '<p class="warning">one plane</p>' in page and "Held-out slices" not in page


def test_a_scan_that_was_not_used_says_nothing_of_what_changed(model: FollowUpModel) -> None:
    refused = replace(model, verdict=model.verdict | {"used": False, "reason": "not used: mirrored"})
    maps = follow_up_maps(refused)
    assert maps.clusters.empty and [*maps.clusters] == [*follow_up_maps(model).clusters]
    page = follow_up_page(refused, maps, "sub-01")
    assert "they are no findings" in page and "Not known: a scan that was not used" in page
    assert (
        '<tr><th scope="row"' not in page
        and "No cluster of voxels changed" not in page
        and "Connected voxels" not in page
    )
    assert "earlier scan, not used" in follow_up_viewer(refused, maps, "sub-01")


def test_names_are_text(model: FollowUpModel) -> None:
    evil = "<script>alert(1)</script>"
    named = replace(model, provenance=model.provenance | {"earlier": evil})
    maps = follow_up_maps(named)
    for page in (follow_up_page(named, maps, evil), follow_up_viewer(named, maps, evil)):
        assert evil not in page and page.isascii()


def test_the_viewer_speaks_of_differences(model: FollowUpModel) -> None:
    page = follow_up_viewer(model, follow_up_maps(model), "sub-01")
    assert "taken as the truth" not in page and "<label>difference" in page
