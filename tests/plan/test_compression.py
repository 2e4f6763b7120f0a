"""What a run plans that codes its networks."""

from pathlib import Path

import pytest
from support.datasets import image_paths, refuses
from support.plans import Wildcards, simulated

from isospine.plan import check
from isospine.plan.check import check_codecs

CODED = {"compression": {"bits": 10}}
SEVERAL = {
    "recipes": {"fourier": {}, "self-prior": {}, "siren2020": {}},
    "seeds": [0, 1],
    "baselines": ["tv"],
    "ablations": {"mapping-size": None, "bandwidth": None},
}
ONE = Wildcards(image="sub-01/anat/sub-01", contrast="T2w")


def test_nothing_is_coded_without_being_asked_for(tmp_path: Path) -> None:
    run = simulated(tmp_path, image_paths(["01"]), SEVERAL)
    assert (run.bits, run.code_table(ONE), run.code_scores(ONE), run.network_codes(ONE)) == (None, [], [], [])
    assert not [path for path in [*run.asked_files(), *run.export_files()] if "compression" in path]


def test_coordinate_networks_are_coded_and_references_beside_them(tmp_path: Path) -> None:
    run = simulated(tmp_path, image_paths(["01", "02"]), SEVERAL, CODED)
    assert run.bits == 10
    names = ["fourierseed0", "fourierseed1", "siren2020seed0", "siren2020seed1"]
    stem = "results/compression/sub-01/anat/sub-01_desc-"
    assert run.network_codes(ONE) == [f"{stem}{name}_T2w.tsv" for name in names]
    scores = run.code_scores(ONE)
    assert len(scores) == 2 * (4 + 1) and f"{stem}codecs_T2w.tsv" in scores
    assert run.code_table(ONE) == "results/compression.tsv"
    assert "results/compression.tsv" in run.asked_files()
    exported = run.export_files()
    assert "results/models/sub-01/anat/sub-01_desc-siren2020seed1_T2w.inr" in exported
    assert run.cost("code_network", Wildcards(ONE, method="fourierseed0")).memory_mb > 300
    assert run.cost("code_reference", ONE).seconds > 0


def test_missing_codecs_are_found_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    check_codecs({"compression": None}, conda=True)
    with refuses("compression", "conda"):
        check_codecs(CODED, conda=True)
    monkeypatch.setattr(check, "find_spec", lambda name: None)
    check_codecs({}, conda=False)
    with refuses("compression", "imagecodecs", "pip install 'isospine[compression]'"):
        check_codecs(CODED, conda=False)
    monkeypatch.setattr(check, "find_spec", lambda name: name)
    check_codecs(CODED, conda=False)
