"""The front page: who wins and when nobody does, the headline table, and what is said where something is missing."""

import base64
import re
from collections.abc import Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread, imsave

from isospine.evaluation.audit import audit_run
from isospine.figures.thumbnail import data_uri
from isospine.io.tables import read_table, write_table
from isospine.report.facts import dataset_facts, run_facts
from isospine.report.index import index_page
from isospine.statistics.paired import compare_methods
from isospine.statistics.persons import MINIMUM_PERSONS
from isospine.statistics.winners import Lead, contenders, find_lead, headline, say_lead

RECORD = {
    "kind": "datalad", "source": "/home/someone/data", "name": "spines", "licence": "CC0", "doi": None,
    "version": "r1", "commit": "abc123", "datalad_id": None,
}  # fmt: skip
SETTINGS: dict[str, Any] = {
    "contrasts": ["T2w"],
    "views": [{"plane": "axial", "factor": 5}, {"plane": "sagittal", "factor": 2.5}],
    "acquisition": {"sampling": "profile", "slice_profile": "box", "noise": 0.0},
    "recipes": ["net"],
    "ablations": {"size": {"recipe": "net", "hyperparameter": "L", "values": [8, 16]}, "other": None},
    "seeds": [0, 1],
    "resolutions": ["reference", 0.5],
    "baselines": ["tv"],
}
GAINS = np.array([0.4, 0.6, 0.5, 0.9, 0.2, 0.5, 0.7, 0.3])


def table(
    psnr: Mapping[str, Sequence[float]],
    regions: Sequence[str] = ("whole", "mask", "cord"),
    seeds: Sequence[int] = (0,),
    networks: Sequence[str] = ("net", "other-net"),
) -> pd.DataFrame:
    """Metrics of one image per subject, from the PSNR of each method and subject."""
    rows = [
        {
            "image": f"sub-{subject:02}", "subject": f"{subject:02}", "method": method,
            "recipe": method.split("-L-")[0] if method.split("-L-")[0] in networks else None,
            "seed": seed, "region": region, "psnr": value, "ssim": value / 50, "nrmse": 0.1, "train_seconds": 2.0,
        }
        for method, values in psnr.items()
        for subject, value in enumerate(values)
        for seed in (seeds if method.split("-L-")[0] in networks else [None])
        for region in regions
    ]  # fmt: skip
    return pd.DataFrame(rows)


def lead_of(metrics: pd.DataFrame, region: str = "whole", measure: str = "psnr") -> Lead:
    lead = find_lead(metrics, compare_methods(metrics), region, measure)
    assert lead is not None
    return lead


def page_of(metrics: pd.DataFrame, **others: Any) -> str:
    arguments: dict[str, Any] = {"facts": [], "left_out": {}, "hero": None} | others
    return index_page(metrics, compare_methods(metrics), **arguments)


def text_of(page: str) -> str:
    """What a reader sees, in one line."""
    body = page.split("<body>")[1]
    return " ".join(unescape(re.sub("<[^>]*>", " ", body)).split())


def rows_of(page: str, name: str) -> list[list[str]]:
    """Cells of a table of the page."""
    body = page.split(f'<table id="{name}">')[1].split("</table>")[0]
    rows = re.findall("<tr>(.*?)</tr>", body, re.DOTALL)
    return [re.findall("<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]


def test_a_winner_is_named_with_its_numbers() -> None:
    values = np.random.default_rng(1).normal(30, 3, 8)
    lead = lead_of(table({"net": values + GAINS, "tv": values, "linear": values - 2}))
    assert (lead.leader, lead.rival, lead.verdict, lead.equals) == ("net", "tv", "better", ())
    assert lead.difference == pytest.approx(GAINS.mean())
    verdict, why = say_lead(lead)
    assert verdict == "net wins"
    interval = f"95 % interval {lead.low:.2f} to {lead.high:.2f}"
    assert f"0.51 dB ({interval}) above that of tv" in why and "on 8 of 8 images" in why


def test_a_winner_has_to_be_told_apart_from_every_other_method() -> None:
    values = np.random.default_rng(1).normal(30, 3, 8)
    near = values + GAINS - [0.9, -0.8, 0.9, -0.8, 0.9, -0.8, 0.9, -0.8]
    metrics = table({"net": values + GAINS, "tv": values, "ibp": near})
    lead = lead_of(metrics)
    assert (lead.leader, lead.rival, lead.verdict, lead.equals) == ("net", "ibp", "undecided", ("ibp",))
    verdict, why = say_lead(lead)
    assert (
        verdict == "No winner"
        and "interval includes zero" in why
        and "does not clearly differ from ibp." in why
    )
    answer = text_of(page_of(metrics))
    assert "net wins" not in answer and answer.count("No winner is declared.") == 1


@pytest.mark.slow
def test_equal_methods_are_seldom_declared_different(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of four equal methods, the one that happens to lead must not be called the winner."""
    monkeypatch.setattr("isospine.statistics.paired.RESAMPLES", 999)
    random = np.random.default_rng(0)
    named = 0
    for _ in range(40):
        values = {name: random.normal(30, 1, 8) for name in ("net", "tv", "ibp", "cubic")}
        named += lead_of(table(values, regions=["whole"])).verdict == "better"
    assert named <= 2


def test_a_tie_is_a_tie() -> None:
    values = np.linspace(25, 40, 9)
    lead = lead_of(table({"net": values, "tv": values}))
    verdict, why = say_lead(lead)
    assert verdict == "No winner" and "net and tv have the same mean PSNR" in why
    cells = rows_of(page_of(table({"net": values, "tv": values})), "headline")
    assert all("<b>" in cell for row in cells[1:] for cell in row[1:])  # bold both


def test_sites_of_one_person_have_no_interval_and_no_winner() -> None:
    values = np.linspace(28, 33, 8)
    metrics = table({"net": values + GAINS, "tv": values})
    assert "net wins" in text_of(page_of(metrics.assign(person=metrics["subject"])))
    text = text_of(page_of(metrics.assign(person="A")))
    assert (
        "wins" not in text
        and "95 % interval" not in text
        and "better" not in text.split("Which method is better?")[1]
    )
    assert text.count("With 1 person (8 subjects)") == 2 and "say nothing about other persons" in text
    facts = dict(run_facts(metrics.assign(person="A"), SETTINGS, None, False))
    assert facts["Images"].startswith("8 T2w images of 1 person (8 subjects): 00, 01")
    assert "A (00, 01" in facts["Persons"]


def test_a_difference_that_cannot_be_shown_wins_nothing() -> None:
    values = np.linspace(25, 40, 8)
    metrics = table({"net": values + 0.001 + GAINS / 1e5, "tv": values})
    metrics = pd.concat([metrics.assign(seed=0), metrics.assign(seed=1)])
    assert lead_of(metrics).verdict == "better"
    page = page_of(metrics)
    text = text_of(page)
    assert "equal within rounding" in text and "wins" not in text and "No winner is declared." in text
    assert "0.00 dB" not in text and "± 0.00" not in text and "seeds equal within rounding" in text
    rows = {(row[0], row[1]): row for row in rows_of(page, "networks")[1:]}
    own = rows["whole volume", "PSNR"]
    assert (
        own[4].startswith("equal within rounding (95 % interval 0.00 to 0.00")
        and own[-1] == "equal within rounding"
    )


def test_a_network_that_is_behind_has_a_negative_interval() -> None:
    values = np.linspace(28, 33, 8)
    page = page_of(table({"net": values - GAINS, "tv": values}))
    found = re.match(r"-\d.*interval (-\S+) to (-\S+)\)", rows_of(page, "networks")[1][4])
    assert found is not None and float(found[1]) < float(found[2]) < 0


@pytest.mark.parametrize("subjects", [1, 2, MINIMUM_PERSONS - 1])
def test_too_few_subjects_give_counts_and_no_winner(subjects: int) -> None:
    metrics = table({"net": [40.0 + s for s in range(subjects)], "tv": [30.0] * subjects})
    page = page_of(metrics)
    text = text_of(page)
    assert "wins" not in text and "95 % interval" not in text
    images = "1 image" if subjects == 1 else f"{subjects} images"
    assert f"is higher on {subjects} of {images}." in text
    assert "may be chance" in text and "there are no intervals" in text
    assert {row[-1] for row in rows_of(page, "networks")[1:]} == {"no verdict: fewer than 6 persons"}
    assert "not corrected" not in text_of(page), "there are no intervals"
    assert "<small>" not in page.split("<body>")[1]


def test_each_region_and_measure_is_answered() -> None:
    values = np.linspace(28, 33, 8)
    whole = table({"net": values + GAINS, "tv": values}, ["whole", "mask"])
    cord = table({"net": values - GAINS, "tv": values}, ["cord"])
    text = text_of(page_of(pd.concat([whole, cord])))
    assert "PSNR in the whole volume: net wins" in text and "SSIM in tissue: net wins" in text
    assert "PSNR in the spinal cord: tv wins" in text
    page = page_of(pd.concat([whole, cord]))
    verdicts = {(row[0], row[1]): (row[4][0], row[-1]) for row in rows_of(page, "networks")[1:]}
    assert verdicts["whole volume", "PSNR"] == ("+", "the network is better")
    assert verdicts["spinal cord", "SSIM"] == ("-", "the network is worse")


def test_other_values_of_an_ablation_do_not_compete() -> None:
    values = np.linspace(28, 33, 8)
    metrics = table({"net": values, "net-L-8": values + 3, "tv": values - GAINS})
    assert set(contenders(metrics)["method"]) == {"net", "tv"}
    page = page_of(metrics)
    assert [row[0] for row in rows_of(page, "headline")] == ["method", "net", "tv"]
    assert "net wins" in text_of(page) and "Intervals are not corrected" in text_of(page)
    assert "Not compared here, but in the summary table: 1 other setting of the ablations." in text_of(page)


def test_the_headline_table_has_intervals_over_subjects_and_the_spread_of_seeds() -> None:
    values = np.linspace(28, 33, 8)
    metrics = table({"net": values + GAINS, "tv": values}, seeds=[0, 1])
    network = metrics["recipe"].notna() & (metrics["seed"] == 1)
    metrics.loc[network, ["psnr", "ssim"]] += [0.2, 0.01]
    columns, rows = headline(metrics)
    assert [column.title for column in columns] == ["SSIM", "PSNR (dB)", "cord PSNR (dB)", "time (s)"]
    cell, other = rows["net"][1], rows["tv"][1]
    assert cell.mean == pytest.approx((values + GAINS).mean() + 0.1)
    assert cell.low < cell.mean < cell.high
    assert cell.sd_seeds == pytest.approx(0.2 / np.sqrt(2)) and np.isnan(other.sd_seeds)
    assert cell.best and not other.best
    assert rows["net"][3].best and rows["tv"][3].best  # equally fast
    text = text_of(page_of(metrics))
    assert f"{cell.mean:.2f} {cell.low:.2f} to {cell.high:.2f} seeds ± 0.14" in text


def test_the_fastest_is_the_best_of_the_times() -> None:
    metrics = table({"net": [33.0], "tv": [30.0]})
    metrics.loc[metrics["method"] == "tv", "train_seconds"] = 0.5
    _, rows = headline(metrics)
    assert [cell.best for cell in rows["net"]] == [True, True, True, False]
    assert [cell.best for cell in rows["tv"]] == [False, False, False, True]


def test_without_cord_and_with_one_seed_the_page_says_so() -> None:
    text = text_of(page_of(table({"net": [33.0, 34.0], "tv": [30.0, 31.0]}, ["whole", "mask"])))
    assert "No image has a segmentation of the spinal cord" in text and "cord PSNR" not in text
    assert "Only one seed" in text
    some = table({"net": [33.0, 34.0], "tv": [30.0, 31.0]})
    some = some[(some["region"] != "cord") | (some["image"] == "sub-00")]
    text = text_of(page_of(some))
    assert "The cord is segmented on 1 of 2 images." in text
    assert "highest mean PSNR in the spinal cord" in text and text.count("No winner is declared.") == 1


@pytest.mark.parametrize(
    ("methods", "said"),
    [
        ({"tv": [30.0, 31.0]}, "nothing to compare"),
        ({"tv": [30.0, 31.0], "ibp": [31.0, 30.0]}, "has no network."),
        ({"net": [30.0, 31.0]}, "has no classical method."),
    ],
)
def test_a_page_without_networks_or_without_rivals(methods: dict[str, list[float]], said: str) -> None:
    assert said in text_of(page_of(table(methods)))


def test_a_perfect_reconstruction_has_no_winner() -> None:
    text = text_of(page_of(table({"net": [float("inf")] * 7, "tv": [30.0] * 7})))
    assert "No winner is declared." in text and "infinite" in text


def test_labels_are_escaped() -> None:
    evil = "<script>alert(1)</script>&\u00fc"
    metrics = table({evil: [33.0, 34.0], "net": [30.0, 31.0], "tv": [30.0, 31.0]}, networks=["net", evil])
    page = page_of(
        metrics,
        facts=[(evil, evil)],
        left_out={evil: (evil, evil)},
        hero=(evil, "data:image/png;base64,AAAA"),
    )
    assert "<script" not in page and evil in unescape(page) and page.isascii()


def test_networks_that_saw_a_reference_are_accused_above_all_else() -> None:
    shares = pd.DataFrame(
        [("sub-01", "tv", 0.3), ("sub-01", "net", 0.35), ("sub-02", "tv", -0.1), ("sub-02", "net", 0.99)],
        columns=["image", "method", "value"],
    )
    guessed, accusations = audit_run(shares, ["net", "not-shown"])
    assert guessed.endswith("recovered: networks up to 99%, baselines up to 30%; 1 accused, above")
    assert len(accusations) == 1 and accusations[0].startswith(
        "sub-02: net recovered 99% of the detail that no view shows"
    )
    page = page_of(table({"tv": [30.0], "net": [40.0]}), accusations=["<b>sub-02</b>"])
    assert "&lt;b&gt;sub-02&lt;/b&gt;" in page.split("Which method is better?")[0]
    guessed, accusations = audit_run(shares[shares["value"] < 0.9], ["net"])
    assert guessed.endswith("none is accused of having seen a reference") and not accusations


def test_images_that_are_left_out_are_named() -> None:
    metrics = table({"net": [33.0], "tv": [30.0]})
    text = text_of(page_of(metrics, left_out={"sub-07": ("the file is damaged", "results/logs/x.log")}))
    assert "1 image left out" in text and "sub-07: the file is damaged" in text
    assert "left out" not in text_of(page_of(metrics))


def test_the_page_can_be_made_from_the_tables_of_a_run(tmp_path: Path) -> None:
    for methods in ({"tv": [30.0]}, {"net": [33.0] * 7, "tv": [30.0] * 7}):
        metrics = table(methods)
        write_table(metrics, tmp_path / "metrics.tsv")
        write_table(compare_methods(metrics), tmp_path / "paired.tsv")
        compared = read_table(tmp_path / "paired.tsv")
        page = index_page(read_table(tmp_path / "metrics.tsv"), compared, [], {})
        assert page == page_of(metrics)


def test_facts_name_data_and_code_but_no_folder() -> None:
    metrics = table({"net": [33.0, 34.0], "tv": [30.0, 31.0]})
    facts = dict(dataset_facts(RECORD, "datalad") + run_facts(metrics, SETTINGS, "f00", True))
    assert facts["Version"] == "r1, commit abc123" and facts["Licence"] == "CC0" and "DOI" not in facts
    assert facts["Images"] == "2 T2w images of 2 persons: 00, 01"
    assert facts["Views"].startswith(
        "axial slices 5 times as thick; sagittal slices 2.5 times as thick; box slice"
    )
    assert facts["Recipes"] == "net; seeds 0, 1" and facts["Ablation size"] == "L of net at 8, 16"
    assert "commit f00, with changes" in facts["Code"] and "Ablation other" not in facts
    assert "/home" not in str(facts)
    plain = dict(dataset_facts(RECORD | {"commit": None, "version": None, "name": None}, "bids"))
    assert plain["Version"].startswith("none") and plain["Dataset"] == "without a name"
    assert dict(dataset_facts(RECORD | {"source": "https://x.org/d.git"}, "datalad"))["Source"]
    assert "Source" not in dict(dataset_facts(RECORD | {"source": "https://me@x.org/d.git"}, "datalad"))
    assert "synthetic" in dict(dataset_facts(RECORD, "demo"))["Dataset"]
    noisy = SETTINGS | {
        "acquisition": {"sampling": "point", "slice_profile": "box", "noise": 0.02},
        "recipes": [],
    }
    facts = dict(run_facts(metrics, noisy, None, False))
    assert "point sampling" in facts["Views"] and "Rician noise of 0.02" in facts["Views"]
    assert "Recipes" not in facts and "commit unknown" in facts["Code"]


def test_a_figure_is_made_small(tmp_path: Path) -> None:
    picture = np.zeros((90, 200, 3))
    picture[:, 100:] = 1
    imsave(tmp_path / "large.png", picture)
    address = data_uri(tmp_path / "large.png", 50)
    (tmp_path / "small.png").write_bytes(base64.b64decode(address.removeprefix("data:image/png;base64,")))
    small = imread(tmp_path / "small.png")[..., :3]
    assert small.shape == (22, 50, 3)
    assert small[:, :20].max() < 0.05 and small[:, 30:].min() > 0.95
    imsave(tmp_path / "narrow.png", picture[:, :40])
    same = base64.b64decode(data_uri(tmp_path / "narrow.png", 50).split(",")[1])
    (tmp_path / "same.png").write_bytes(same)
    assert imread(tmp_path / "same.png").shape[:2] == (90, 40)
