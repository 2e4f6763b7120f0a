"""The records of the measures, and the descriptions of the table that are written from them."""

import os
import re
from pathlib import Path

import pytest
from support.golden import UPDATE

from isospine.evaluation.measures import (
    MEASURES,
    REGIONS,
    Measure,
    compared_measures,
    measure_headings,
    region_place,
    summarised_measures,
)
from isospine.io.yaml import load_yaml

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "workflow/schemas/metrics.schema.yaml"
PAGE = ROOT / "docs/outputs.md"
ROW = re.compile(r"^\| (.*) \| Quality in that region \|$", re.MULTILINE)


def measured() -> list[Measure]:
    """Measures of a reconstruction in a region."""
    return [measure for measure in MEASURES.values() if measure.function]


def with_measures(schema: str) -> str:
    """Schema of the table with every measure, each that is new after the one before it."""
    names = [measure.name for measure in measured()]
    for before, new in zip(names, measured()[1:], strict=False):
        if f"\n  {new.name}:\n" not in schema:
            schema = schema.replace(f"  - {before}\n", f"  - {before}\n  - {new.name}\n", 1)
            rule = f"  {new.name}:\n    description: {new.description}\n    type: number\n"
            schema = re.sub(
                rf"^  {before}:\n(?:    .*\n)+", lambda own, rule=rule: own[0] + rule, schema, flags=re.M
            )
    return schema


def row_of(measures: list[Measure]) -> str:
    return ", ".join(f"`{measure.name}`" for measure in measures)


def test_the_table_is_described_with_every_measure() -> None:
    """ISOSPINE_UPDATE_GOLDEN=1 adds a new one to its schema and to its row of docs/outputs.md."""
    if os.environ.get(UPDATE):
        SCHEMA.write_text(with_measures(SCHEMA.read_text("utf-8")), "utf-8")
        page = PAGE.read_text("utf-8")
        PAGE.write_text(ROW.sub(f"| {row_of(measured())} | Quality in that region |", page), "utf-8")
    schema = load_yaml(SCHEMA)
    for measure in measured():
        assert schema["properties"][measure.name]["description"] == measure.description, UPDATE
        assert measure.name in schema["required"]
    assert ROW.findall(PAGE.read_text("utf-8")) == [row_of(measured())], UPDATE


def test_a_new_measure_is_written_into_the_schema(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = SCHEMA.read_text("utf-8")
    assert with_measures(text) == text
    new = Measure("error", "Error", description="An error.", function="a:b")
    monkeypatch.setitem(MEASURES, "error", new)
    (tmp_path / "schema.yaml").write_text(with_measures(text), "utf-8")
    schema, before = load_yaml(tmp_path / "schema.yaml"), load_yaml(SCHEMA)
    assert schema["properties"].pop("error") == {"description": "An error.", "type": "number"}
    last = measured()[-2].name
    assert schema["required"][schema["required"].index(last) + 1] == "error"
    schema["required"].remove("error")
    assert schema == before


def test_every_other_measure_is_a_column_too() -> None:
    assert set(MEASURES) <= set(load_yaml(SCHEMA)["properties"])


def test_headings_and_axes_have_the_unit() -> None:
    assert {name: MEASURES[name].axis for name in ("psnr", "ssim", "nrmse")} == {
        "psnr": "PSNR (dB)",
        "ssim": "SSIM",
        "nrmse": "NRMSE (of the range)",
    }
    assert measure_headings()["train_seconds"] == "time (s)" and MEASURES["ssim"].heading == "SSIM"
    assert MEASURES["psnr"].say(29.123) == "29.12 dB" and MEASURES["ssim"].say(0.98765, 3) == "0.988"
    assert {"psnr", "ssim"} <= {measure.name for measure in compared_measures()}
    assert {"psnr", "nrmse", "train_seconds"} <= {measure.name for measure in summarised_measures()}


def test_places_of_regions() -> None:
    assert [region_place(name) for name in REGIONS] == [
        "in the whole volume",
        "in tissue",
        "in the spinal cord",
    ]
    assert region_place("trials") == "in trials"
