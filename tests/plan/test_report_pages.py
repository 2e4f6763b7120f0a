"""What the pages of the report show and link to, and which files they wait for."""

from pathlib import Path

from support.datasets import image_paths
from support.plans import Wildcards, acquired, simulated

ANAT = "results/figures/sub-01/anat"


def test_the_page_of_a_subject_waits_for_what_it_shows(tmp_path: Path) -> None:
    run = simulated(tmp_path, image_paths(["01", "02"]))
    wildcards = Wildcards(subject="01")
    (section,) = run.subject_sections(wildcards)
    assert (section["image"], section["participant"], section["session"]) == ("sub-01_T2w", "sub-01", "n/a")
    rules = [one["rule"] for one in section["figures"]]
    assert rules[:2] == ["figure_views", "figure_comparison"] and len(section["pages"]) == 1
    inputs = run.subject_inputs(wildcards)
    assert set(inputs) <= {*run.export_files(), *run.metric_files(None)}
    assert all("sub-02" not in path for path in inputs)
    assert {one["path"] for one in section["figures"]} <= set(inputs)
    assert not any(path.endswith(".nii.gz") for path in inputs), (
        "a page links to volumes, it does not read them"
    )
    assert "results/sub-01/anat/sub-01_desc-reference_T2w.nii.gz" in {
        one["path"] for one in section["volumes"]
    }
    assert len(section["records"]) == len(run.labels)


def test_findings_of_a_body_come_with_their_figures(tmp_path: Path) -> None:
    run = acquired(tmp_path, ["01"])
    (section,) = run.subject_sections(Wildcards(subject="01"))
    (found,) = section["findings"]
    assert found["figures"] == {
        "volumes_png": f"{ANAT}/sub-01_desc-volumes_T2w.png", "motion_png": f"{ANAT}/sub-01_desc-motion_T2w.png",
    }  # fmt: skip
    assert found["path"] in run.subject_inputs(Wildcards(subject="01"))


def test_the_first_page_links_to_every_subject_and_page_of_the_run(tmp_path: Path) -> None:
    run = simulated(tmp_path, image_paths(["01", "02"]))
    assert run.report_subjects(Wildcards()) == {"01": ["sub-01_T2w"], "02": ["sub-02_T2w"]}
    pages = dict(run.run_pages(Wildcards()))
    assert pages["methods"] == "results/report/methods.html" and "subject_page" not in pages
    assert not any("sub-" in path for path in pages.values())


def test_settings_have_a_name_without_folders_of_this_machine(tmp_path: Path) -> None:
    here, there = (simulated(tmp_path / name, image_paths(["01"])) for name in ("here", "there"))
    assert here.settings_hash == there.settings_hash and len(here.settings_hash) == 12
    assert (
        simulated(tmp_path / "else", image_paths(["01"]), {"seeds": [5]}).settings_hash != here.settings_hash
    )
