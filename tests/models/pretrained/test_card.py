"""The model card says what the file of weights says."""

import re

from support.snakemake import REPOSITORY

from isospine.models.pretrained.weights import shipped_weights

TEXT = (REPOSITORY / "docs" / "model-card.md").read_text(encoding="utf-8")


def test_the_card_is_that_of_the_file() -> None:
    weights = shipped_weights()
    assert f"`{weights.sha256}`" in TEXT
    bodies = dict(re.findall(r"^\| `(\S+\.nii\.gz)` \|.*\| `([0-9a-f]{64})` \|$", TEXT, re.MULTILINE))
    assert bodies == weights.card["bodies"] and bodies.keys() == weights.bodies.keys()


def test_the_card_has_the_settings_of_both_trainings() -> None:
    card = shipped_weights().card
    told = {
        key: (two, one)
        for key, two, one in re.findall(r"^\|[^`|]*`(\w+)`[^|]*\| ([\d.]+) \| ([\d.]+) \|$", TEXT, re.M)
    }
    trainings = [card["trainings"][name] for name in ("two_views", "one_view")]
    own = [
        one | one["fitting"] | {"loss": round(card["loss"][name], 5)}
        for one, name in zip(trainings, ("two_views", "one_view"), strict=True)
    ]
    assert told.keys() == own[0].keys() - {"fitting", "precision"}
    for key, values in told.items():
        assert [float(value) for value in values] == [settings[key] for settings in own], key
