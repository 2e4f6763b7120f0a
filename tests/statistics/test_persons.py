"""Who counts: persons, not the subjects and sessions that a dataset gives them."""

import numpy as np
import pandas as pd
import pytest

from isospine.statistics.paired import compare_methods
from isospine.statistics.persons import say_persons, say_variation, with_persons
from isospine.statistics.ranking import image_scores, rank_methods
from isospine.statistics.summary import summarise

SITES = 7


def scores(persons: list[str]) -> pd.DataFrame:
    """Scores of two methods that differ by 0.02 dB with tiny noise, one image per subject."""
    noise = np.random.default_rng(0).normal(0, 1e-3, len(persons))
    rows = [
        {
            "image": f"sub-{n:02}", "subject": f"{n:02}", "method": method, "recipe": None, "seed": None,
            "region": "whole", "psnr": 30.0 + n + gain * (0.02 + noise[n]),
        }
        for n in range(len(persons))
        for method, gain in (("tv", 0), ("net", 1))
    ]  # fmt: skip
    return with_persons(pd.DataFrame(rows), {f"sub-{n:02}": person for n, person in enumerate(persons)})


def lead(metrics: pd.DataFrame) -> pd.Series:
    pairs = compare_methods(metrics)
    return pairs[(pairs["method"] == "net") & (pairs["measure"] == "psnr")].iloc[0]


def test_sites_of_one_person_are_no_witnesses() -> None:
    one, each = (lead(scores(persons)) for persons in (["A"] * SITES, [f"{n}" for n in range(SITES)]))
    assert (one["persons"], one["verdict"], one["images_won"]) == (1, "too few persons", SITES)
    assert np.isnan(one["low"]) and np.isnan(one["high"])
    assert (each["persons"], each["verdict"]) == (SITES, "better") and each["low"] > 0


def test_an_interval_is_over_persons() -> None:
    """As wide as that of one subject per person, who has the mean of both."""
    twice = scores([f"{n // 2}" for n in range(2 * SITES)])
    means = twice.groupby(["person", "method", "region"], sort=False)["psnr"].mean().reset_index()
    single = lead(means.assign(subject=means["person"], image=means["person"], recipe=None))
    found = lead(twice)
    assert (found["persons"], found["images"]) == (SITES, 2 * SITES)
    assert [found["low"], found["high"]] == pytest.approx([single["low"], single["high"]])


def test_tables_count_persons() -> None:
    table = scores(["A", "A", "B"]).assign(ssim=0.9, nrmse=0.1, train_seconds=1.0)
    assert summarise(table)["persons"].tolist() == [2, 2]
    trials = table.drop(columns="region").assign(session=None, contrast="T2w", view="v", slice=0)
    images = image_scores(trials)
    assert images["person"].tolist() == ["A", "A", "A", "A", "B", "B"]
    assert rank_methods(images)["persons"].tolist() == [2, 2]


def test_tables_of_earlier_versions_have_a_person_for_each_subject() -> None:
    table = scores(["A", "A", "B"])
    assert say_persons(table) == "2 persons (3 subjects)"
    assert say_persons(table.drop(columns="person")) == "3 persons"


def test_what_varies_is_said() -> None:
    assert say_variation(3, 3, 3) == ""
    assert "19 images are of one person" in say_variation(1, 19, 19) and "sites" in say_variation(1, 19, 19)
    assert "site" not in say_variation(1, 1, 2) and "sessions" in say_variation(1, 1, 2)
    assert "count as one" in say_variation(2, 3, 3)
