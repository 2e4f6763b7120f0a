"""The methods section: true settings from the records, only what was used is cited, and what is missing is named."""

import re
from html import unescape
from typing import Any

import pytest
import yaml
from pybtex.database import parse_string
from support.methods_text import DATASET, ENVIRONMENT, SETTINGS, paragraphs_of, record

from isospine import __version__
from isospine.recipes.baselines import BASELINES
from isospine.recipes.catalogue import known_recipes, recipe_citations
from isospine.report.citations import bibliography, cite_in_html, cited_keys, read_references
from isospine.report.methods.derived import derived_texts
from isospine.report.methods.page import (
    PLACE,
    commands,
    methods_markdown,
    methods_page,
    reproducibility_facts,
    run_config,
)

#: Settings of a run that makes more than images.
DERIVED = SETTINGS | {
    "segmentations": {"SC": {"kind": "soft"}},
    "planes": {
        "oblique": {"plane": "axial", "angles": [20, 0, 0], "thickness": 4},
        "slab": {"plane": "coronal", "thickness": 10.5, "project": "max"},
        "none": None,
    },
    "compression": {"bits": 10},
    "metrics": SETTINGS["metrics"] | {"fixed_point": [8, 12]},
}


def text_of(*records: dict[str, Any], **others: Any) -> str:
    return "\n".join(paragraphs_of(*records, **others))


def test_the_settings_are_those_of_the_records() -> None:
    own = record("fourier", L=77, bandwidth=0.021, width=96, epochs=3, batch=123, learning_rate=0.0015)
    slower = record("fourier", "fourier-L-8", L=8) | {"train_seconds": 20.0, "threads": 2}
    text = text_of(own, slower)
    for said in (
        "77 Gaussian Fourier features of bandwidth 0.021 cycles/mm", "3 hidden layers of 96 neurons",
        "3 epochs with batches of 123", "first learning rate 0.0015", "over 3 positions across its profile",
        "4321 weights", "seeds 0 and 1", "Ablations varied L of `fourier` at 8 and 16",
        "axial slices of 4 to 5 mm (5 voxels", "sagittal slices of 2 mm (2.5 voxels", "box slice profile",
        "No noise was added", "version r1 (commit `abc123`)", "DOI 10.1/2", "licence CC0", "16 s (median; 12 to 20 s)",
        "on cpu with 1 and 2 CPU threads", "NumPy 2.4", "Snakemake 9.1", "average of the linear interpolations",
    ):  # fmt: skip
        assert said in text, said
    assert "/home" not in text and "8 Gaussian" not in text  # a value of an ablation is not the recipe


def test_weights_from_before_are_told() -> None:
    plain, fourier = record("pretrained"), record("fourier")
    text = text_of(plain, fourier)
    assert "nothing was trained on the views" in text and "come with isospine, SHA-256 `0a1b2c`" in text
    assert "Every network but `pretrained`, which was trained beforehand, was trained per image with" in text
    alone = text_of(plain)
    assert "No network was trained on the views." in alone and "A training (ablations" not in alone
    slow = plain | {"train_seconds": 999.0}
    assert "999" not in text_of(slow, fourier)
    own = text_of(record("pretrained", weights="/home/someone/lab.safetensors", refine=500))
    assert "of the file `lab.safetensors`" in own and "refined for 500 steps" in own and "/home" not in own
    assert "Every network was trained per image with" in own


def test_only_what_was_used_is_cited() -> None:
    used = set(cited_keys(text_of()))
    assert {"tancik2020", "kingma2015", "rudin1992", "chambolle2011", "wang2004", "isospine"} <= used
    assert not used & {"sitzmann2020", "loshchilov2019", "irani1991", "gudbjartsson1995", "glasner2009"}
    noisy = SETTINGS | {"acquisition": SETTINGS["acquisition"] | {"noise": 0.02}, "baselines": ["ibp"]}
    used = set(cited_keys(text_of(record("siren2020"), record("self-prior"), settings=noisy)))
    assert {"sitzmann2020", "loshchilov2019", "irani1991", "gudbjartsson1995", "glasner2009"} <= used
    assert not used & {"rudin1992", "tancik2020"}
    bibtex = bibliography(sorted(used))
    assert set(re.findall(r"^@\w+\{([\w-]+),", bibtex, re.MULTILINE)) == used
    generic = cited_keys(text_of(dataset=DATASET | {"name": "spine-generic (single subject)"}))
    assert "cohenadad2021" in generic and "cohenadad2021" not in cited_keys(text_of())


def test_networks_that_start_from_others_are_told_from_those_that_do_not() -> None:
    own = record("fourier", "fourier-initial-mean", initial="mean")
    text = text_of(record("fourier"), own | {"population": ["sub-02", "sub-03"]})
    assert (
        "the weights of networks of other persons, 2 for each image and never of the one under test" in text
    )
    assert "tancik2021" in cited_keys(text) and "tancik2021" not in cited_keys(text_of(record("fourier")))


@pytest.mark.parametrize("recipe", known_recipes())
def test_every_recipe_can_be_told(recipe: str) -> None:
    text = text_of(record(recipe))
    assert f"`{recipe}`" in text and "{" not in text
    assert set(cited_keys(text)) <= read_references().keys()
    assert (recipe in recipe_citations()) == (f"`{recipe}` [@" in text)
    if recipe == "population-prior":
        assert "at most 20 images of other persons, never of the one under test" in text


def acquired_text(motion: str, source: str = "sidecar", profile: str = "stated") -> str:
    """Methods section of a run on one body of two acquired views."""
    about = {"SliceThickness": 3.0, "SliceThicknessSource": source, "SlicesLeftOut": [4, 7]}
    views = [
        {"description": about | {"RotationDegrees": [0, turn, 0], "TranslationMillimetres": [shift, 0, 0]}}
        for turn, shift in ((0.0, 0.0), (-2.5, 1.5))
    ]
    acquired = {"motion": motion, "field": "union", "axes": "view", "slice_profile": profile}
    settings = SETTINGS | {
        "views": [{"entities": {"acq": "ax"}}],
        "acquired": acquired,
        "resolutions": [0.8],
    }
    return text_of(views=[{"T2w": {"views": views}}], settings=settings, cord=False)


def test_acquired_views_are_described() -> None:
    text = acquired_text("views")
    assert "2 T2w images of 1 person" in text and "slices of 3 mm with a box" in text
    assert "largest shift was 1.5 mm, the largest rotation 2.5 degrees" in text and "left out" not in text
    assert "0.8 mm voxels cover what any view" in text and "There is no reference." in text
    assert "4 of all slices" in acquired_text("slices")
    assert "no motion was estimated" in acquired_text("none")
    assert "slices of 3 mm, assumed contiguous in 2 views" in acquired_text("views", "affine")
    assert "were estimated" not in text
    assert "thickness and profile of 2 views were estimated" in acquired_text("views", "views", "estimated")


def test_every_entry_of_the_bibliography_can_be_used() -> None:
    references = read_references()
    texts = [text_of(record(recipe)) for recipe in known_recipes()]
    everything = DERIVED | {"baselines": list(BASELINES)}
    everything["acquisition"] = SETTINGS["acquisition"] | {"noise": 0.1}
    many = [record("fourier", image=f"sub-{number:02}") for number in range(8)]
    texts.append(text_of(*many, settings=everything, dataset=DATASET | {"name": "spine-generic"}))
    texts.append(acquired_text("slices"))
    texts.append(text_of(record("follow-up", field="network")))
    texts.append(text_of(record("fourier", initial="mean") | {"population": ["sub-02"]}))
    assert set(cited_keys("\n".join(texts))) == references.keys()
    for key, reference in references.items():
        assert {"title", "year"} <= reference.fields.keys(), key
        assert reference.bibtex.endswith("\n}") and reference.authors, key
        assert not re.search(r"[{}\\]", "".join(reference.fields.values())), key
    assert references["irani1991"].authors == "Irani and Peleg"
    assert references["wang2004"].authors == references["wang2004"].authors.split()[0] + " et al."
    assert references["hesterberg2015"].authors == "Hesterberg"


def test_what_is_missing_is_said() -> None:
    unknown = dict.fromkeys(DATASET) | {"kind": "bids", "source": "/home/someone/x"}
    text = text_of(dataset=unknown, settings=SETTINGS | {"seeds": [3]}, cord=False, left_out=["sub-07"])
    for said in (
        "its name is not recorded", "neither version nor commit is recorded", "without a recorded DOI",
        "without a recorded licence", "seed 3 alone", "No image has a segmentation", "1 person, fewer than 6",
        "Left out because a processing step failed: sub-07",
    ):  # fmt: skip
        assert said in text, said
    assert "DataLad" not in text and "bootstrap" not in text


def test_the_protocol_of_karthik2023_is_named_where_it_was_used() -> None:
    assert "karthik2023" not in text_of()
    asked = SETTINGS | {"metrics": {"karthik2023": True, "fixed_point": []}}
    assert "published numbers of karthik2023" in text_of(settings=asked)


def test_a_run_without_networks_has_its_methods() -> None:
    plain = {"image": "sub-01", "contrast": "T2w", "method": "tv", "train_seconds": 0.1}
    text = text_of(plain)
    assert "No network was trained" in text and "total variation" in text
    assert "@paszke2019" not in text and "@kingma2015" not in text


def test_intervals_are_described_where_there_are_some() -> None:
    text = text_of(*(record("fourier", image=f"sub-{number:02}") for number in range(6)))
    assert "95 % intervals are expanded percentile intervals [@hesterberg2015]" in text


def test_records_of_several_versions_are_all_named() -> None:
    other = record("self-prior")
    other["software"] = other["software"] | {"torch": "2.14"}
    assert "PyTorch 2.13 and 2.14" in text_of(record("fourier"), other)
    facts = dict(reproducibility_facts([record("fourier"), other], ENVIRONMENT, None, False))
    assert facts["Instructions"].startswith("chosen by the libraries")
    assert facts["torch (trainings)"] == "2.13, 2.14" and facts["Code"].endswith(
        f"{__version__}, commit not recorded"
    )
    assert facts["snakemake (now)"] == "9.1" and facts["Device (trainings)"] == "cpu"


def test_the_configuration_repeats_the_run_and_names_no_folder() -> None:
    config = yaml.safe_load(run_config(SETTINGS, DATASET, "datalad"))
    assert config["dataset"] == {"source": PLACE} | SETTINGS["dataset"]
    assert {key: config[key] for key in SETTINGS if key != "dataset"} == {
        key: SETTINGS[key] for key in SETTINGS if key != "dataset"
    }
    url = "https://example.org/spines.git"
    assert (
        yaml.safe_load(run_config(SETTINGS, DATASET | {"source": url}, "datalad"))["dataset"]["source"] == url
    )
    assert yaml.safe_load(run_config(SETTINGS, DATASET, "demo"))["dataset"]["source"] == "demo"
    assert "git checkout f00\n" in commands("f00", False)
    assert f"git checkout v{__version__}  # its commit is not recorded\n" in commands(None, False)
    assert "changes that are not committed" in commands("f00", True)


def test_page_and_text_have_the_same_content_and_labels_are_escaped() -> None:
    evil = "<script>alert(1)</script>"
    paragraphs = paragraphs_of(dataset=DATASET | {"name": evil})
    config = run_config(SETTINGS, DATASET, "datalad")
    keys = cited_keys("\n".join(paragraphs))
    page = methods_page(paragraphs, [(evil, evil)], commands("f00", False), config, bibliography(keys))
    assert "<script" not in page and evil in unescape(page) and page.isascii()
    assert all(f'id="{key}"' in page for key in keys) and "[@" not in page
    assert set(re.findall('href="#([^"]+)"', page)) == set(keys)
    markdown = methods_markdown(paragraphs, commands("f00", False), config)
    assert "<script" not in markdown.replace("\\<", "") and "[@tancik2020]" in markdown and config in markdown


def test_a_reference_ends_its_sentences_with_one_full_stop() -> None:
    references = read_references()
    assert references["glasner2009"].text == (
        "Glasner et al. Super-resolution from a single image. IEEE International Conference on Computer Vision, 2009."
    )
    assert references["isospine"].text.startswith("The isospine developers. isospine: isotropic")
    assert references["vanderwalt2014"].authors == "van der Walt et al."
    assert references["molder2021"].authors == "M\u00f6lder et al."
    for key, reference in references.items():
        assert not re.search(r"\.\.|\. ?,|[{}\\]", reference.text), key


def test_bibtex_is_read_as_it_was_written() -> None:
    references = read_references()
    again = parse_string(bibliography(list(references)), "bibtex").entries
    assert {key: reference.entry for key, reference in references.items()} == dict(again)


def test_citations_become_names_and_years() -> None:
    text = cite_in_html("see `x<y` [@irani1991; @wang2004] & more")
    assert text == (
        'see <code>x&lt;y</code> (<a href="#irani1991">Irani and Peleg 1991</a>; '
        '<a href="#wang2004">Wang et al. 2004</a>) &amp; more'
    )


def test_what_was_made_beside_the_images_is_said_and_cited() -> None:
    plain = text_of()
    assert (
        "segmented" not in plain
        and "never acquired" not in plain
        and "entropy" not in plain
        and "fixed point" not in plain
    )
    text = text_of(settings=DERIVED)
    for said in (
        "soft ones, which say what part of a voxel is inside", "signed distances interpolated between slices (of the axial labels, where there are any) [@raya1990]",
        "against the dataset's segmentation", "`oblique` (axial, turned by 20, 0 and 0 degrees",
        "4 mm thick, the mean over a box profile)", "`slab` (coronal; 10.5 mm thick, the largest value over the thickness).",
        "PSNR and bias are against the same slices", "rounded to 10 bits", "activations of 8 and 12 bits",
    ):  # fmt: skip
        assert said in text
    assert {"raya1990", "chan2006", "bernard2009", "li2023", "alakuijala2019"} <= set(cited_keys(text))
    assert not {"raya1990", "li2023"} & set(cited_keys(plain))
    (drawn,) = derived_texts(
        SETTINGS | {"views": [{"entities": {"acq": "ax"}}], "segmentations": {"SC": {"kind": "binary"}}}
    )
    assert (
        "labels that were drawn on the views (binary ones" in drawn
        and "There is no true segmentation" in drawn
    )
