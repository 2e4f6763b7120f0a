import re

import pytest
from bidsschematools.schema import load_schema
from support.plans import SCHEMA

from isospine.plan.entities import ENTITIES, IMAGE_PATTERN, read_image_name


def test_the_entities_are_those_of_raw_files_in_bids() -> None:
    schema = load_schema()
    raw = {
        entity
        for rules in schema.rules.files.raw.values()
        for rule in rules.values()
        for entity in rule.get("entities", {})
    }
    names = {
        schema.objects.entities[entity].name: entity for entity in schema.rules.entities if entity in raw
    }
    assert names == ENTITIES and list(names) == list(ENTITIES)


def test_views_can_be_selected_by_all_but_the_subject() -> None:
    properties = SCHEMA["$defs"]["entities"]["properties"]
    assert ["sub", *properties] == list(ENTITIES)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("sub-01", {"subject": "01"}),
        ("sub-a+b_mt-on_flip-1", {"subject": "a+b", "mtransfer": "on", "flip": "1"}),
        ("sub-01_res-1", None),
        ("sub-01_acq-a_acq-b", None),
        ("sub-01_acq", None),
        ("01", None),
        ("sub-01\n", None),
    ],
)
def test_names(name: str, read: dict[str, str] | None) -> None:
    assert read_image_name(name) == read
    if read is not None:
        assert re.fullmatch(IMAGE_PATTERN, f"sub-{read['subject']}/anat/{name}")
