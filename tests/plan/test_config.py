from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.datasets import refuses

from isospine.errors import InputError
from isospine.io.yaml import load_yaml
from isospine.plan.check import Config, check_config
from isospine.plan.contrasts import views_of
from isospine.plan.grids import alphanumeric, resolution_label
from isospine.plan.labels import describe_labels, view_label
from isospine.plan.methods import plan_methods
from isospine.plan.recipes import resolve_recipes, use_present_names
from isospine.plan.validation import from_text
from isospine.recipes.activations import ACTIVATIONS
from isospine.recipes.baselines import BASELINES
from isospine.recipes.catalogue import known_recipes
from isospine.recipes.kinds import KINDS, keys_of, kind_of, settings_of

ROOT = Path(__file__).parents[2]
SCHEMA = load_yaml(ROOT / "workflow/schemas/config.schema.yaml")
SHIPPED = load_yaml(ROOT / "config/config.yaml")

#: Stands for "take this key away".
REMOVED = object()


def merge(config: Config, overlay: Config) -> Config:
    """Lay one configuration over another as Snakemake does: mappings merge, everything else replaces."""
    merged = dict(config)
    for key, value in overlay.items():
        old = merged.get(key)
        merged[key] = merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def changed(path: str, value: Any) -> Config:
    """Give a small valid configuration with the key at a dotted path replaced, added or removed."""
    config: Config = {
        "dataset": {
            "source": "demo",
            "version": None,
            "contrast": "T2w",
            "subjects": "all",
            "exclude": [],
            "keep": True,
        },
        "views": [{"plane": "axial", "factor": 5}, {"plane": "sagittal", "factor": 2.5}],
        "acquisition": {"sampling": "profile", "slice_profile": "box", "noise": 0.0},
        "acquired": {"motion": "views", "field": "intersection", "axes": "view", "slice_profile": "stated"},
        "metrics": {"karthik2023": False, "fixed_point": []},
        "recipes": {"fourier": {"L": 64}},
        "ablations": {"sizes": {"recipe": "fourier", "hyperparameter": "L", "values": [32, 64]}},
        "seeds": [0, 1],
        "resolutions": ["reference", 0.5],
        "baselines": ["linear", "tv"],
        "resources": {"device": "auto"},
    }
    place: Any = config
    *parents, last = path.split(".")
    for key in parents:
        place = place[int(key) if isinstance(place, list) else key]
    if value is REMOVED:
        del place[last]
    else:
        place[int(last) if isinstance(place, list) else last] = value
    return config


def plan(config: Config) -> dict[str, Any]:
    check_config(config, SCHEMA)
    return plan_methods(config, SCHEMA)


@pytest.mark.parametrize("path", sorted((ROOT / "config").glob("*.yaml")), ids=lambda path: path.name)
def test_the_shipped_configurations_are_valid(path: Path) -> None:
    config = merge(SHIPPED, load_yaml(path))
    methods = plan(config)
    for method in methods.values():
        settings_of(method.hyperparameters)


def test_every_shipped_recipe_is_complete_and_valid() -> None:
    for name in known_recipes():
        config = changed("recipes", {name: {}, "fourier": {}})
        if kind_of(known_recipes()[name]).needs_earlier:
            config["earlier"] = {"session": "01"}
        methods = plan(config)
        assert name in {method.recipe for method in methods.values()}


def test_the_schema_knows_every_hyperparameter() -> None:
    known = {key for kind in KINDS for key in keys_of(kind)}
    assert set(SCHEMA["$defs"]["hyperparameters"]["properties"]) == known
    assert all(list(recipe) == keys_of(recipe["model"]) for recipe in known_recipes().values())


BAD = [
    # unknown keys
    ("recipies", {}, ["config", "'recipies'", "did you mean recipes?", "config/README.md"]),
    ("dataset.sorce", "x", ["dataset", "'sorce'", "did you mean source?"]),
    ("views.0.thickness", 4, ["views.0", "'thickness'", "factor, plane"]),
    ("acquisition.noize", 0.1, ["acquisition", "did you mean noise?"]),
    ("recipes.fourier.Ll", 3, ["recipes.fourier", "'Ll'", "did you mean L?"]),
    ("ablations.sizes.value", [1], ["ablations.sizes", "did you mean values?"]),
    # missing keys
    ("views", REMOVED, ["config", "'views'", "required", "add it"]),
    ("views.0.plane", REMOVED, ["views.0", "'plane'", "required"]),
    ("dataset.version", REMOVED, ["dataset", "'version'", "required"]),
    ("ablations.sizes.recipe", REMOVED, ["ablations.sizes", "'recipe'", "required"]),
    # wrong types
    ("dataset", None, ["dataset", "null", "keys with values"]),
    ("dataset.source", 3, ["dataset.source", "3", "path or URL", "in quotes"]),
    ("dataset.version", 20211115, ["dataset.version", "20211115", "tag or commit", "in quotes"]),
    ("dataset.contrast", "T2 w", ["dataset.contrast", '"T2 w"', "T2w"]),
    ("dataset.subjects", 3, ["dataset.subjects", "3", "the word all, or a list of subject labels"]),
    ("dataset.subjects", "amu01", ["dataset.subjects", '"amu01"', "the word all, or a list"]),
    ("dataset.subjects", [], ["dataset.subjects", "[]", "at least 1"]),
    ("dataset.subjects", [1, 2], ["dataset.subjects.0", "1", "text", "in quotes"]),
    ("dataset.exclude", 5, ["dataset.exclude", "5", "a list of subject labels"]),
    ("dataset.persons", 5, ["dataset.persons", "5", "{column: NAME}", "{mapping: {LABEL: PERSON}}"]),
    ("dataset.persons", "", ["dataset.persons", "at least 1"]),
    ("dataset.persons", True, ["dataset.persons", "true", "{column: NAME}"]),
    ("dataset.persons", ["01"], ["dataset.persons", "{column: NAME}"]),
    ("dataset.persons", {}, ["dataset.persons", "{column: NAME}"]),
    ("dataset.persons", {"columns": "body"}, ["dataset.persons", "columns"]),
    ("dataset.persons", {"column": 3}, ["dataset.persons", "3", "column"]),
    ("dataset.persons", {"column": "a", "mapping": {"01": "A"}}, ["dataset.persons"]),
    ("dataset.persons", {"mapping": {}}, ["dataset.persons", "{}"]),
    ("dataset.persons", {"mapping": {"01": 1}}, ["dataset.persons.mapping.01", "in quotes"]),
    ("dataset.persons", {"mapping": {1: "A"}}, ["dataset.persons.mapping", "in quotes"]),
    ("dataset.keep", "no", ["dataset.keep", '"no"', "true, or false to drop"]),
    ("dataset.exclude", [5], ["dataset.exclude.0", "5", "text", "in quotes"]),
    ("metrics.fixed_point", [4], ["metrics.fixed_point.0", "4", "8, 12, 16"]),
    ("metrics.fixed_point", 8, ["metrics.fixed_point", "8", "a list of bits, of 8, 12 and 16"]),
    ("metrics.fixed_point", [8, 8], ["metrics.fixed_point"]),
    ("metrics.fixed_point", REMOVED, ["metrics", "'fixed_point'", "required"]),
    ("planes", [4], ["planes", "[4]", "names of slices"]),
    ("planes", {"my-plane": {"plane": "axial", "thickness": 4}}, ["planes", "letters and digits"]),
    ("planes", {"a": {"plane": "axial"}}, ["planes.a", "'thickness' is a required key"]),
    ("planes", {"a": {"plane": "oblique", "thickness": 4}}, ["planes.a.plane", "axial, sagittal, coronal"]),
    ("planes", {"a": {"plane": "axial", "thickness": 0}}, ["planes.a.thickness", "0.1 to 1000"]),
    ("planes", {"a": {"plane": "axial", "thickness": 4, "angles": [20]}}, ["planes.a.angles", "[20]"]),
    ("planes", {"Reference": {"plane": "axial", "thickness": 4}}, ["resolution reference", "plane Reference", "label"]),
    ("views", {}, ["views", "{}", "a list of {plane, factor}"]),
    ("views.0", 5, ["views.0", "5", "keys with values"]),
    ("views.0.factor", "5", ["views.0.factor", '"5"', "a number above 1, up to 8", "write 5"]),
    ("acquisition.noise", "1e-2", ["acquisition.noise", "0 to 0.5", "YAML reads this as text: write 0.01"]),
    ("recipes", ["fourier"], ["recipes", '["fourier"]', "recipe names"]),
    ("recipes.fourier", 3, ["recipes.fourier", "3", "null, or keys with values"]),
    ("recipes.fourier.L", "64", ["recipes.fourier.L", '"64"', "write 64"]),
    ("recipes.fourier.L", True, ["recipes.fourier.L", "true", "integer"]),
    ("recipes.fourier.learning_rate", "4e-4", ["learning_rate", '"4e-4"', "a number", "write 0.0004"]),
    ("recipes.fourier.learning_rate", "fast", ["learning_rate", '"fast"', "a number"]),
    ("recipes.fourier.data_consistency", "sometimes", ["data_consistency", "true or false"]),
    ("ablations.sizes", 3, ["ablations.sizes", "3", "null, or keys with values"]),
    ("ablations.sizes.values", 3, ["ablations.sizes.values", "3", "a list"]),
    ("seeds", 3, ["seeds", "3", "a list of different non-negative integers"]),
    ("seeds", [0, 0], ["seeds", "[0, 0]", "different"]),
    ("seeds.0", 1.5, ["seeds.0", "1.5", "a whole number"]),
    ("baselines", "tv", ["baselines", '"tv"', "a list"]),
    # values out of range
    ("views", [], ["views", "[]", "a list of {plane, factor}"]),
    ("views.0.factor", 1, ["views.0.factor", "1", "above 1, up to 8"]),
    ("views.0.factor", 0, ["views.0.factor", "0", "above 1, up to 8"]),
    ("views.0.factor", 9, ["views.0.factor", "9", "above 1, up to 8"]),
    ("views.1.plane", "axial", ["views.1.plane", "a second axial view", "different planes"]),
    ("views.1.plane", "oblique", ["views.1.plane", '"oblique"', "axial, sagittal, coronal"]),
    ("acquisition.sampling", "box", ["acquisition.sampling", '"box"', "profile, point"]),
    ("acquisition.slice_profile", "sinc", ["acquisition.slice_profile", "box, gaussian"]),
    ("metrics.karthik2023", "yes please", ["metrics.karthik2023", "true", "or false"]),
    ("metrics.karthik2032", True, ["metrics", "did you mean karthik2023?"]),
    ("compression", {"bits": 9}, ["compression.bits", "9", "8, 10, 12, 16"]),
    ("compression", {"bits": "8"}, ["compression.bits", '"8"', "8, 10, 12, 16"]),
    ("compression", {}, ["compression", "'bits'", "add it"]),
    ("compression", 8, ["compression", "8", "null, or {bits: 8}"]),
    ("acquisition.noise", -0.1, ["acquisition.noise", "-0.1", "0 to 0.5"]),
    ("acquisition.noise", float("nan"), ["acquisition.noise", "NaN", "0 to 0.5"]),
    ("recipes.fourier.L", 0, ["recipes.fourier.L", "0", "an integer from 1 to 8192"]),
    ("recipes.fourier.L", 64.0, ["recipes.fourier.L", "64.0", "an integer from 1 to 8192"]),
    ("recipes.fourier.bandwidth", float("nan"), ["recipes.fourier.bandwidth", "NaN", "cycles per mm"]),
    ("recipes.fourier.encoding", "hash", ["recipes.fourier.encoding", '"hash"', "gaussian"]),
    ("recipes.fourier.activation", "step", ["recipes.fourier.activation", '"step"', ", ".join(ACTIVATIONS)]),
    ("recipes.siren2020", {"omega": 0}, ["recipes.siren2020.omega", "0", "a number above 0, up to 1000"]),
    ("recipes.wire2023", {"gabor_scale": -6}, ["recipes.wire2023.gabor_scale", "-6", "above 0, up to 1000"]),
    ("recipes.nerf2020", {"skip_every": -1}, ["recipes.nerf2020.skip_every", "-1", "0, or an integer up to 64"]),
    ("recipes.irem2021", {"hidden_layers": 0}, ["recipes.irem2021.hidden_layers", "0", "at least 1"]),
    ("seeds.0", -1, ["seeds.0", "-1", "at least 0"]),
    ("resolutions", ["fine"], ["resolutions.0", "fine", "the word reference, or a number from 0.1 to 10"]),
    ("resolutions.1", "fine", ["resolutions.1", '"fine"', "the word reference, or a number from 0.1 to 10"]),
    ("resolutions.1", 0, ["resolutions.1", "0", "at least 0.1"]),
    ("resolutions", [0.5], ["resolutions", "[0.5]", "the word reference"]),
    ("resolutions", ["reference", 0.5, 0.5000001], ["0.5", "0.5000001", "'0p5mm'", "remove one"]),
    ("baselines", ["none"], ["baselines.0", '"none"', ", ".join(BASELINES)]),
    ("baselines", ["tv", "tv"], ["baselines", "every item once"]),
    ("resources", {}, ["resources", "'device' is a required key"]),
    ("resources.device", "gpu", ["resources.device", '"gpu"', "auto, cpu, cuda"]),
    ("resources.gpus", 2, ["resources", "unknown key 'gpus'", "device"]),
    # recipes and ablations
    ("recipes.fuorier", {}, ["recipes.fuorier", "unknown recipe", "mcginnis2023, nerf2020, nerp2023, population-prior, pretrained, self-prior, siren2020", "missing: model, "]),
    ("recipes.mine", {"L": 3}, ["recipes.mine", "complete set", "missing: model, encoding, "]),
    ("recipes.self-prior", {"epochs": 3}, ["recipes.self-prior.epochs", "'prior'", "steps"]),
    ("recipes.fourier", {"model": "prior"}, ["recipes.fourier.encoding", "'prior'"]),
    ("recipes.Mine", {}, ["recipes", '"Mine"', "^[a-z][a-z0-9-]*$"]),
    ("recipes.fourier", None, ["ablations.sizes.recipe", "'fourier'", "null instead of the ablation"]),
    ("ablations.sizes.recipe", "siren", ["ablations.sizes.recipe", "'siren'", "fourier"]),
    ("ablations.sizes.hyperparameter", "size", ["ablations.sizes.hyperparameter", "'size'", "bandwidth"]),
    ("ablations.sizes.values", [32, 0], ["ablations.sizes.values.1", "0", "an integer from 1 to 8192"]),
    ("ablations.sizes.values", [32, "x"], ["ablations.sizes.values.1", '"x"', "an integer from 1 to 8192"]),
    # what would change nothing
    ("recipes.fourier.omega", 5, ["recipes.fourier.omega", "activation 'relu'", "leave it out", "sine or gabor"]),
    ("recipes.siren2020", {"gabor_scale": 3}, ["recipes.siren2020.gabor_scale", "activation 'sine'", "gabor"]),
    ("recipes.grid", {"L": 17}, ["recipes.grid.L", "17", "encoding 'grid'", "at most 16"]),
    ("recipes.fourier", {"encoding": "grid"}, ["recipes.fourier.L", "256", "at most 16"]),
    ("recipes.siren2020", {"L": 3}, ["recipes.siren2020.L", "encoding 'none'", "gaussian or positional or grid"]),
    ("recipes.mcginnis2023", {"encoding": "basic", "bandwidth": 1}, ["recipes.mcginnis2023.bandwidth", "'basic'"]),
    ("recipes.karthik2023", {"samples_per_slice": 3}, ["samples_per_slice", "supervision 'point'", "profile"]),
    ("ablations.sizes.hyperparameter", "omega", ["ablations.sizes.hyperparameter", "'omega'", "activation 'relu'"]),
    ("recipes.fourier.encoding", "none", ["'L' of recipe fourier", "'none'", "sizes: null"]),
    ("ablations.sizes.values", [], ["ablations.sizes.values", "[]", "at least 1"]),
    ("ablations.sizes.values", [32, 64, 32], ["ablations.sizes.values", "every item once"]),
]  # fmt: skip


#: Of two contrasts; an overlay, and what its refusal says.
BAD_CONTRASTS = [
    ({"dataset": {"contrast": []}}, ["dataset.contrast", "[]", "at least 1"]),
    ({"dataset": {"contrast": ["T1w", "T1w"]}}, ["dataset.contrast", "every item once"]),
    ({"dataset": {"contrast": ["T1 w"]}}, ["dataset.contrast", '"T1 w"', "T2w"]),
    ({"views": [{"plane": "axial", "factor": 5, "contrast": "PDw"}]}, ["views.0.contrast", "PDw", "T1w, T2w", "add it"]),
    ({"views": [{"plane": "axial", "factor": 5, "contrast": "T1w"}]}, ["views: contrast T2w has none", "add a view"]),
    (
        {"views": [{"plane": "axial", "factor": 5}, {"plane": "axial", "factor": 4, "contrast": "T2w"}]},
        ["views.1.plane", "a second axial view"],
    ),
    (
        {"views": [{"plane": "axial", "factor": 5}, {"plane": "coronal", "factor": 4, "contrast": "T2w"}], "recipes": {"self-prior": {}}},
        ["recipe self-prior", "at least two planes", "T1w has one"],
    ),
    ({"recipes": {"self-prior": {"contrasts": "shared"}}}, ["recipes.self-prior.contrasts", "'prior'", "no such"]),
    ({"recipes": {"fourier": {"contrasts": "both"}}}, ["recipes.fourier.contrasts", '"both"', "separate, shared"]),
    # what would change nothing
    ({"dataset": {"contrast": "T1w"}, "recipes": {"fourier": {"contrasts": "shared"}}}, ["recipes.fourier.contrasts", "one contrast", "list several"]),
    (
        {"dataset": {"contrast": ["T1w"]}, "ablations": {"sizes": {"recipe": "fourier", "hyperparameter": "contrasts", "values": ["shared"]}}},
        ["ablations.sizes.hyperparameter", "one contrast", "dataset.contrast"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("overlay", "words"), BAD_CONTRASTS)
def test_bad_contrasts_are_refused(overlay: Config, words: list[str]) -> None:
    config = merge(changed("dataset.contrast", ["T1w", "T2w"]), overlay)
    with refuses(*words):
        plan(config)


@pytest.mark.parametrize(
    "overlay",
    [
        {"dataset": {"contrast": "T2w\n"}},
        {"views": [{"entities": {"acq": "ax\n"}}], "resolutions": [1.0]},
        {"recipes": {"fourier\n": {}}},
        {"ablations": {"size\n": None}},
    ],
)
def test_a_name_does_not_end_in_a_line_break(overlay: Config) -> None:
    with pytest.raises(InputError, match=r"\\n"):
        check_config(merge(SHIPPED, overlay), SCHEMA)


def test_views_of_a_contrast() -> None:
    config = changed("dataset.contrast", ["T1w", "T2w"])
    config["views"] = [
        {"plane": "axial", "factor": 5, "contrast": "T1w"},
        {"plane": "axial", "factor": 5, "contrast": "T2w"},
        {"plane": "coronal", "factor": 2},
    ]
    plan(config)
    coronal = {"plane": "coronal", "factor": 2}
    assert views_of(config, "T1w") == views_of(config, "T2w") == [{"plane": "axial", "factor": 5}, coronal]


def test_a_recipe_that_shares_needs_no_second_contrast() -> None:
    config = changed("recipes", {"fourier": {}, "mcginnis2023": {}})
    assert {m.label for m in plan(config).values() if m.recipe == "mcginnis2023"} == {
        "mcginnis2023seed0",
        "mcginnis2023seed1",
    }
    shared = {m.recipe for m in plan(config).values() if m.hyperparameters.get("contrasts") == "shared"}
    assert shared == {"mcginnis2023"}


@pytest.mark.parametrize(("path", "value", "words"), BAD)
def test_a_bad_configuration_is_refused(path: str, value: Any, words: list[str]) -> None:
    config = changed(path, value)
    with refuses(*words):
        plan(config)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(sorted({path for path, _, _ in BAD if "." in path} | set(SHIPPED))),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=5,
    ),
)
def test_any_value_is_accepted_or_refused_by_name(path: str, value: Any) -> None:
    try:
        methods = plan(changed(path, value))
    except InputError as error:
        message = str(error)
        assert "\n" not in message
        assert (
            message.startswith(("config:", "recipes, baselines:", path.split(".")[0]))
            or "ablations" in message
        )
        assert "not valid under any" not in message
    else:
        assert all(label.isalnum() for label in methods)


def test_a_configuration_that_is_valid_plans_every_method() -> None:
    methods = plan(changed("seeds", [0, 3]))
    assert sorted(methods) == [
        "fourierL32seed0",
        "fourierL32seed3",
        "fourierseed0",
        "fourierseed3",
    ]  # L 64 is the recipe itself
    assert methods["fourierL32seed3"].hyperparameters == known_recipes()["fourier"] | {"L": 32}
    assert methods["fourierseed0"].hyperparameters["L"] == 64
    assert methods["fourierL32seed3"].seed == 3
    assert {method.recipe for method in methods.values()} == {"fourier"}


def test_equal_settings_are_planned_once() -> None:
    config = changed("seeds", [0])
    for name, values in {"again": [64, 32], "wide": [1, 2]}.items():
        config["ablations"][name] = {"recipe": "fourier", "hyperparameter": "L", "values": values}
    config["ablations"]["band"] = {"recipe": "fourier", "hyperparameter": "bandwidth", "values": [1, 0.5]}
    config["ablations"]["band-again"] = config["ablations"]["band"] | {"values": [1.0, 0.50]}
    names = [method.name for method in plan(config).values()]
    assert sorted(names) == sorted(
        [
            "fourier",
            "fourier-L-32",
            "fourier-L-1",
            "fourier-L-2",
            "fourier-bandwidth-1",
            "fourier-bandwidth-0.5",
        ]
    )


def test_a_hyperparameter_may_be_there_for_an_ablation_alone() -> None:
    config = changed("recipes.fourier.omega", 5)
    config["ablations"]["activation"] = {
        "recipe": "fourier",
        "hyperparameter": "activation",
        "values": ["sine"],
    }
    assert plan(config)["fourieractivationsineseed0"].hyperparameters["omega"] == 5


def test_the_shipped_value_of_an_idle_hyperparameter_may_be_repeated() -> None:
    complete = known_recipes()["fourier"]
    assert plan(changed("recipes.fourier", complete))["fourierseed0"].hyperparameters == complete


def test_a_recipe_or_ablation_set_to_null_is_dropped() -> None:
    config = changed("ablations.sizes", None)
    config["recipes"] = {"fourier": None, "karthik2023": {}}
    assert sorted(plan(config)) == ["karthik2023seed0", "karthik2023seed1"]
    config["recipes"] = {"fourier": None}
    assert plan(config) == {}
    config["baselines"] = []
    with refuses("recipes, baselines", "both are empty", "at least one"):
        plan(config)


def test_a_prior_needs_two_views() -> None:
    config = changed("recipes.self-prior", {}) | {"views": [{"plane": "axial", "factor": 5}]}
    with refuses("views", "recipe self-prior", "two planes", "self-prior: null"):
        plan(config)
    config["recipes"]["self-prior"] = None
    assert plan(config)


def test_a_complete_recipe_of_a_new_name_is_known() -> None:
    complete = known_recipes()["karthik2023"] | {"width": 64}
    config = changed("recipes.mine", complete)
    assert resolve_recipes(config)["mine"] == complete
    assert plan(config)["mineseed0"].recipe == "mine"


def test_methods_that_would_write_the_same_files_are_refused() -> None:
    complete = known_recipes()["fourier"]
    config = changed("recipes", {"a-b": complete, "ab": complete, "fourier": {}})
    with refuses("method a-b with seed 0", "method ab with seed 0", "'abseed0'", "rename"):
        plan(config)
    config = changed("recipes", {"fourier": {}, "fourierl32": complete})  # the same where case does not count
    with refuses("fourier-L-32", "fourierl32", "rename"):
        plan(config)
    config = changed("recipes", {"fourier": {}, "fourier-width-5": complete})
    config["ablations"]["width"] = {"recipe": "fourier", "hyperparameter": "width", "values": [5]}
    with refuses("fourier-width-5", "rename"):
        plan(config)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(1e-9, 10, exclude_min=True), min_size=1, max_size=20, unique=True))
def test_labels_are_unique_and_alphanumeric(values: list[float]) -> None:
    config = changed(
        "ablations.sizes", {"recipe": "fourier", "hyperparameter": "bandwidth", "values": values}
    )
    methods = plan(config)
    expected = {value for value in values} | {known_recipes()["fourier"]["bandwidth"]}
    assert len(methods) == 2 * len(expected)
    assert all(label.isascii() and label.isalnum() for label in methods)
    assert len({label.casefold() for label in methods}) == len(methods)


def test_labels_by_hand() -> None:
    assert view_label({"plane": "axial", "factor": 5}) == view_label({"plane": "axial", "factor": 5.0})
    assert view_label({"plane": "sagittal", "factor": 2.5}) == "sagittal2p5"
    assert [resolution_label(size) for size in ("reference", 0.5, 1, 1.0)] == [
        "reference",
        "0p5mm",
        "1mm",
        "1mm",
    ]
    assert alphanumeric("fourier-learning_rate-1e-05") == "fourierlearningrate1em05"
    assert alphanumeric("fourier-learning_rate-0.002") == "fourierlearningrate0p002"


def test_every_label_of_a_run_is_described() -> None:
    config = changed("seeds", [0])
    labels = describe_labels(config["views"], plan(config), config["baselines"])
    assert list(labels) == [
        "reference", "axial5", "sagittal2p5", "fourierseed0", "fourierL32seed0", "linear", "tv",
    ]  # fmt: skip
    assert labels["sagittal2p5"] == "sagittal thick-slice view, factor 2.5"
    assert labels["fourierL32seed0"] == "Method fourier-L-32, seed 0"


def test_checking_leaves_the_configuration_as_it_is() -> None:
    config = deepcopy(SHIPPED)
    plan(config)
    assert config == SHIPPED


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ({"seeds": ["0", "7"]}, {"seeds": [0, 7]}),
        ({"resolutions": ["reference", "0.5", "1"]}, {"resolutions": ["reference", 0.5, 1]}),
        ({"dataset": {"subjects": ["01", "all"]}}, {"dataset": {"subjects": ["01", "all"]}}),
        (
            {"dataset": {"subjects": "all", "version": "null"}},
            {"dataset": {"subjects": "all", "version": None}},
        ),
        ({"dataset": {"version": "1.0"}}, {"dataset": {"version": "1.0"}}),
        ({"views": [{"plane": "axial", "factor": "2.5"}]}, {"views": [{"plane": "axial", "factor": 2.5}]}),
        ({"recipes": {"fourier": "null"}}, {"recipes": {"fourier": None}}),
        (
            {"recipes": {"fourier": {"L": "64", "data_consistency": "false", "encoding": "none"}}},
            {"recipes": {"fourier": {"L": 64, "data_consistency": False, "encoding": "none"}}},
        ),
        (
            {"ablations": {"a": {"recipe": "1", "hyperparameter": "L", "values": ["32", "relu", "true"]}}},
            {"ablations": {"a": {"recipe": "1", "hyperparameter": "L", "values": [32, "relu", True]}}},
        ),
        # what is wrong stays so, to be refused by name
        ({"seeds": ["zero", "[1"]}, {"seeds": ["zero", "[1"]}),
        ({"sedes": ["0"], "views": 3}, {"sedes": [0], "views": 3}),
    ],
)
def test_texts_become_what_their_keys_expect(text: Config, value: Config) -> None:
    assert from_text(text, SCHEMA) == value


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(SHIPPED)), inner),
        max_leaves=5,
    )
)
def test_any_text_can_be_read(value: Any) -> None:
    from_text(value, SCHEMA)


def test_yaml_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "exclude.yml"
    path.write_text("a: [1\nb: 2")
    with refuses(str(path), "not valid YAML", "fix"):
        load_yaml(path)
    path.write_bytes(b"\xff\xfe\x00")
    with refuses(str(path), "UTF-16", "UTF-8"):
        load_yaml(path)


def test_former_names_of_recipes_are_understood() -> None:
    config = changed("seeds", [0])
    config["recipes"]["isospine"] = {"steps": 7}  # as an overlay adds it beside the shipped name
    config["recipes"]["isospine-population"] = {}
    config["ablations"]["old"] = {"recipe": "isospine", "hyperparameter": "steps", "values": [7, 9]}
    notes = use_present_names(config)
    assert [note.split(":")[0] for note in notes] == [
        "recipes.isospine", "recipes.isospine-population", "ablations.old.recipe"
    ]  # fmt: skip
    assert "'self-prior'" in notes[0] and "'population-prior'" in notes[1]
    assert config["recipes"]["self-prior"]["steps"] == 7 and "isospine" not in config["recipes"]
    methods = plan_methods(config, SCHEMA)
    assert {"self-prior", "self-prior-steps-9", "population-prior"} <= {m.name for m in methods.values()}
    assert use_present_names(config) == []


def test_a_former_name_leaves_its_recipe_out() -> None:
    config = changed("seeds", [0])
    config["recipes"]["isospine"] = None
    assert len(use_present_names(config)) == 1
    assert config["recipes"]["self-prior"] is None
