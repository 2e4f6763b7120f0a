"""Who is one person: nobody else, one name, a column of participants.tsv, or a mapping; errors name the remedy."""

import os
from pathlib import Path
from typing import Any

import pytest
from support.datasets import image_paths, make_bids, refuses

from isospine.dataset.index import index_dataset
from isospine.dataset.persons import name_persons

LABELS = ["01", "02", "03"]


def persons_of(root: Path, persons: Any, **chosen: Any) -> dict[str, str]:
    table = index_dataset(root, ["T2w"], **chosen, persons=persons)
    return dict(zip(table["image"], table["person"], strict=True))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two sessions of three subjects."""
    return make_bids(tmp_path / "data", image_paths(LABELS, ["a", "b"]))


def participants(root: Path, *rows: str) -> None:
    (root / "participants.tsv").write_text("\n".join(["participant_id\tage\tbody", *rows, ""]), "utf-8")


def each(first: str, second: str, third: str) -> dict[str, str]:
    found = zip(LABELS, (first, second, third), strict=True)
    return {f"sub-{label}_ses-{session}": person for label, person in found for session in "ab"}


def test_each_subject_is_a_person_in_all_its_sessions(root: Path) -> None:
    assert persons_of(root, None) == each("01", "02", "03")


def test_all_subjects_may_be_one_person(root: Path) -> None:
    assert persons_of(root, "one  volunteer") == each(*["one volunteer"] * 3)


@pytest.mark.parametrize(
    "mapping", [{"02": "01"}, {"sub-02": "sub-01"}, {"01": "01", "02": "01", "03": "03"}]
)
def test_a_mapping_names_who_is_another_one(root: Path, mapping: dict[str, str]) -> None:
    assert persons_of(root, {"mapping": mapping}) == each("01", "01", "03")


@pytest.mark.parametrize(
    "mapping",
    [{"03": "02", "02": "01"}, {"01": "02", "02": "03", "03": "01"}, {"01": "A", "02": "01", "03": "02"}],
)
def test_a_mapping_is_followed_to_its_end(root: Path, mapping: dict[str, str]) -> None:
    assert len(set(persons_of(root, {"mapping": mapping}).values())) == 1


def test_names_of_a_column_are_no_labels(root: Path) -> None:
    participants(root, "sub-01\t7\t02", "sub-02\t7\t03", "sub-03\t7\t03")
    assert persons_of(root, {"column": "body"}) == each("02", "03", "03")


def test_a_mapping_may_name_subjects_that_are_not_taken(root: Path) -> None:
    found = persons_of(root, {"mapping": {"02": "A", "03": "A"}}, subjects=["01", "02"])
    assert set(found.values()) == {"01", "A"}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_column_names_the_person_of_every_subject(root: Path, end: str, mark: str) -> None:
    rows = ["participant_id\tage\tbody", "sub-03\t7\tanna", "sub-01\t7\t Ben  B.", "sub-02\t7\tanna", ""]
    (root / "participants.tsv").write_bytes((mark + end.join(rows)).encode())
    assert persons_of(root, {"column": "body"}) == each("Ben B.", "anna", "anna")
    assert persons_of(root, {"column": "participant_id"}) == each("01", "02", "03")


@pytest.mark.parametrize(
    "nobody", ["", "n/a", "N/A", "n.a.", "#N/A", "NaN", "-", "?", "Unknown", " ", "\u200b"]
)
def test_what_stands_for_nobody_is_no_person(root: Path, nobody: str) -> None:
    participants(root, "sub-01\t7\tA", f"sub-02\t7\t{nobody}", f"sub-03\t7\t{nobody}")
    with refuses("dataset.persons.column", "no body of 02, 03"):
        persons_of(root, {"column": "body"})


@pytest.mark.parametrize(
    ("one", "other"),
    [("Jos\u00e9", "Jose\u0301"), ("A", "A\u200b"), ("A", "\ufeffA"), ("P1", "\uff301"), ("a b", "a\u00a0b")],
)
def test_what_looks_the_same_is_one_person(root: Path, one: str, other: str) -> None:
    participants(root, f"sub-01\t7\t{one}", f"sub-02\t7\t{other}", "sub-03\t7\tB")
    assert len(set(persons_of(root, {"column": "body"}).values())) == 2
    assert len(set(persons_of(root, {"mapping": {"01": one, "02": other, "03": "B"}}).values())) == 2


@pytest.mark.parametrize(("one", "other"), [("P1", "p1"), ("7", "07"), ("7", "7.0")])
def test_names_that_may_be_one_person_or_two(root: Path, one: str, other: str) -> None:
    participants(root, f"sub-01\t7\t{one}", f"sub-02\t7\t{other}", "sub-03\t7\tB")
    for persons in ({"column": "body"}, {"mapping": {"01": one, "02": other}}):
        with refuses("dataset.persons", repr(one), repr(other), "one person or two"):
            persons_of(root, persons)
        assert persons_of(root, persons, exclude=["02"])


@pytest.mark.parametrize("slip", ["1", "1.0", "A01"])
def test_a_name_that_may_mean_a_subject(tmp_path: Path, slip: str) -> None:
    root = make_bids(tmp_path / "data", image_paths(["01", "a01", "02"]))
    with refuses("dataset.persons", repr(slip), "one person or two"):
        persons_of(root, {"mapping": {"02": slip}})
    assert persons_of(root, {"mapping": {"02": "B", "01": "C"}})


def test_a_column_that_is_there_twice(root: Path) -> None:
    (root / "participants.tsv").write_text("participant_id\tbody\tbody\nsub-01\tA\tB\n")
    with refuses("dataset.persons.column", "participants.tsv", "two columns 'body'"):
        persons_of(root, {"column": "body"})


def test_names_are_text_in_tables_and_terminals(root: Path) -> None:
    participants(root, "sub-01\t7\t=1+1", "sub-02\t7\ta\x1b[2Jb", "sub-03\t7\t<b>")
    assert persons_of(root, {"column": "body"}) == each("'=1+1", "a\\x1b[2Jb", "<b>")


def test_subjects_that_are_not_taken_need_no_person(root: Path) -> None:
    participants(root, "sub-01\t7\tA", "sub-02\t7\tn/a")
    found = persons_of(root, {"column": "body"}, exclude=["02", "03/ses-a", "03/ses-b"])
    assert set(found.values()) == {"A"}


@pytest.mark.parametrize(
    ("persons", "words"),
    [
        ({"mapping": {"02": "A", "04": "A", "sub-05": "B"}}, ["04, 05 not in the dataset", "01, 02, 03"]),
        ({"mapping": {"02": " "}}, ["dataset.persons.mapping.02", "names nobody"]),
        ({"mapping": {"02": "A", "sub-02": "B"}}, ["02 is given two persons, A and B"]),
        ({"column": "person"}, ["participants.tsv has no column 'person'", "participant_id, age, body"]),
        ({"column": "body"}, ["has no body of 02, 03", "dataset.exclude", "mapping"]),
        ({"column": "age"}, ["gives sub-01 two values of age, 7 and 8"]),
        ("n/a", ["dataset.persons", "names nobody"]),
    ],
)
def test_persons_that_are_not_known(root: Path, persons: Any, words: list[str]) -> None:
    participants(root, "sub-01\t7\tA", "sub-02\t7\tn/a", "sub-03\t7", "sub-01\t8\tA")
    with refuses("dataset.persons", *words):
        persons_of(root, persons)


def test_a_column_of_no_table(root: Path) -> None:
    with refuses("dataset.persons.column", "participants.tsv: there is no such file", "mapping"):
        persons_of(root, {"column": "body"})
    (root / "participants.tsv").write_bytes(b"participant_id\tbody\nsub-01\t\xff\n")
    with refuses("dataset.persons.column", "UTF-8"):
        persons_of(root, {"column": "body"})
    (root / "participants.tsv").write_bytes(b"")
    with refuses("dataset.persons.column", "no column 'participant_id'"):
        persons_of(root, {"column": "body"})


def test_a_table_that_is_no_file(root: Path) -> None:
    os.mkfifo(root / "participants.tsv")
    with refuses("dataset.persons.column", "participants.tsv", "named pipe"):
        persons_of(root, {"column": "body"})


def test_a_table_outside_of_the_dataset_is_not_read(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.tsv").write_text("participant_id\tbody\nsub-01\tA\n")
    (root / "participants.tsv").symlink_to(tmp_path / "elsewhere.tsv")
    with refuses("participants.tsv"):
        name_persons(root, {"column": "body"}, LABELS, LABELS)


def test_the_name_of_a_person_is_text_in_a_table(root: Path) -> None:
    rows = ["participant_id\tbody", "sub-01\t=1+1", "sub-02\t\x1b[31mred", "sub-03\t-3"]
    (root / "participants.tsv").write_text("\n".join(rows), "utf-8")
    assert persons_of(root, {"column": "body"}) == each("'=1+1", "\\x1b[31mred", "-3")
