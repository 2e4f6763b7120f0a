from pathlib import Path

import pytest
from support.datasets import refuses

from isospine.views.contrasts import (
    UNNAMED,
    are_named,
    contrasts_of,
    distinct_names,
    distinct_stems,
)


def paths(*names: str) -> list[Path]:
    return [Path(name) for name in names]


@pytest.mark.parametrize(
    ("names", "contrasts"),
    [
        (["sub-01_acq-ax_T2w.nii.gz", "sub-01_acq-sag_T2w.nii"], ["T2w", "T2w"]),
        (["sub-01_T1w.nii.gz", "sub-01_acq-sag_T2w.NII.GZ"], ["T1w", "T2w"]),
        (["sub-01_T2w_ax.nii.gz", "sub-01_T2w_sag.nii.gz"], ["T2w", "T2w"]),
        (["sub-01_ax.nii.gz", "sub-01_sag.nii.gz"], [UNNAMED, UNNAMED]),
        (["sub-01_ax.nii.gz", "sub-01_acq-sag_T2w.nii.gz"], ["T2w", "T2w"]),
        (["ax.nii.gz", "sag.nii.gz"], [UNNAMED, UNNAMED]),
        (["A/T2w.nii.gz", "B/T2w.nii.gz"], ["T2w", "T2w"]),
        (["sub-01_T2W.nii.gz", "sub-01_t2w.nii.gz"], [UNNAMED, UNNAMED]),  # BIDS has cases
    ],
)
def test_a_contrast_is_a_bids_suffix(names: list[str], contrasts: list[str]) -> None:
    assert contrasts_of(paths(*names)) == contrasts


@pytest.mark.parametrize(
    "names",
    [
        ["sub-01_T1w_ax.nii.gz", "sub-01_T2w_sag.nii.gz"],
        ["T1w.nii.gz", "T2w.nii.gz"],
        ["sub-01_T1w.nii.gz", "sag-T2w.nii.gz"],
    ],
)
def test_names_that_hint_at_several_are_asked_about(names: list[str]) -> None:
    with refuses("T1w and T2w", "--contrasts T1w,T2w"):
        contrasts_of(paths(*names))
    assert contrasts_of(paths(*names), ["T1w", "T2w"]) == ["T1w", "T2w"]
    assert contrasts_of(paths(*names), ["T2w"]) == ["T2w", "T2w"]


def test_contrasts_are_stated_for_all_or_each() -> None:
    with refuses("states 2 contrasts of 3 views"):
        contrasts_of(paths("a.nii", "b.nii", "c.nii"), ["T1w", "T2w"])


def test_only_bids_names_pass_without_a_word() -> None:
    assert are_named(paths("sub-01_acq-ax_T2w.nii.gz", "sub-01_PDw.nii"))
    assert not are_named(paths("sub-01_acq-ax_T2w.nii.gz", "sub-01_T2w_sag.nii"))
    assert not are_named(paths("T2w.nii.gz"))


def test_names_that_tell_files_apart() -> None:
    assert distinct_names(paths("a/T2w.nii", "b/T1w.nii")) == ["T2w.nii", "T1w.nii"]
    assert distinct_names(paths("a/T2w.nii", "b/T2w.nii")) == ["a/T2w.nii", "b/T2w.nii"]
    assert distinct_names(paths("x/a/T2w.nii", "y/a/T2w.nii")) == ["x/a/T2w.nii", "y/a/T2w.nii"]
    assert distinct_stems(paths("a/T2w.nii", "b/T1w.NII.GZ")) == ["T2w", "T1w"]
    assert distinct_stems(paths("a/T2w.nii", "b/t2W.nii.gz", "c.nii")) == [
        "T2w_view-1",
        "t2W_view-2",
        "c_view-3",
    ]
