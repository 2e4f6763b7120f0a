"""Figures on bodies that weights learned from are named and never compared."""

import pandas as pd

from isospine.report.index import ONE_METHOD, reference_section
from isospine.statistics.paired import compare_methods, shown_comparisons
from isospine.statistics.seen import fair_rows, refused_notes, seen_notes


def table(seen: dict[str, str]) -> pd.DataFrame:
    """Two methods on seven persons, the first with two images; `seen` names bodies by image."""
    images = {f"sub-{n:02}": f"{n:02}" for n in range(1, 8)} | {"sub-01_ses-2": "01"}
    rows = [
        {
            "image": image, "subject": subject, "person": f"sub-{subject}", "contrast": "T2w", "method": method,
            "recipe": method, "seed": 0, "region": "whole", "psnr": 30.0 + (method == "pretrained"),
            "body_seen": seen.get(image) if method == "pretrained" else None,
        }
        for image, subject in images.items() for method in ("pretrained", "tv")
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_all_images_of_a_person_are_left_out_of_comparisons() -> None:
    metrics = table({"sub-01": "a.nii.gz"})
    assert len(fair_rows(metrics)) == len(metrics) - 2
    compared = compare_methods(metrics).set_index("method").loc["pretrained"]
    assert (compared["persons"], compared["images"]) == (6, 6)
    assert seen_notes(metrics) == [
        "pretrained: its weights learned from 1 person of this run (sub-01; a.nii.gz). Its figures there are no test of it, "
        "and no comparison counts them."
    ]


def test_nothing_is_said_where_nothing_was_seen() -> None:
    metrics = table({})
    assert seen_notes(metrics) == [] and len(fair_rows(metrics)) == len(metrics)
    earlier = metrics.drop(columns="body_seen")
    assert seen_notes(earlier) == [] and len(fair_rows(earlier)) == len(earlier)


def test_a_network_that_saw_every_person_is_in_the_table_and_in_no_comparison() -> None:
    metrics = table({f"sub-{n:02}": "a.nii.gz" for n in range(1, 8)}).assign(
        ssim=0.9, nrmse=0.1, train_seconds=1.0
    )
    compared = compare_methods(metrics)
    assert "pretrained" not in set(compared["method"])
    assert shown_comparisons(compared, metrics, ["tv"]).empty
    section = reference_section(metrics, compared, "")
    assert section["answer"]["opening"] == ONE_METHOD and section["networks"]["rows"] == []
    assert [name for name, _ in section["table"]["rows"]] == ["pretrained", "tv"]


def test_earlier_scans_that_were_refused_are_named() -> None:
    metrics = table({})
    follow = metrics[metrics["method"] == "pretrained"].assign(method="follow-up", earlier="sub-01_ses-00")
    known = pd.concat([metrics, follow.assign(earlier_verdict="used")], ignore_index=True)
    assert refused_notes(metrics) == refused_notes(known) == []
    last = known["method"].eq("follow-up") & known["image"].eq("sub-01_ses-2")
    known.loc[last, "earlier_verdict"] = "refused"
    assert refused_notes(known) == [
        "follow-up: did not use 1 earlier scan (sub-01_ses-00 of sub-01_ses-2), which did not fit. Its figures there are of the "
        "views alone; the page of each image says why."
    ]
