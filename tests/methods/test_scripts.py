"""The scripts of the one path from views to volume, in both modes, without Snakemake."""

import runpy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from support.acquired_pairs import make_body, write_pair
from support.quick_training import quick_settings
from support.resumable import PRIOR
from support.volumes import make_affine, make_views, smooth_image

from isospine.geometry.grid import Grid
from isospine.io.atomic import read_json, write_json
from isospine.io.nifti import load_volume, save_volume
from isospine.io.tables import read_table
from isospine.methods.baselines import baseline_method
from isospine.models.load import load_model
from isospine.models.train import train
from isospine.recipes.hyperparameters import FollowUpHyperparameters, PretrainedHyperparameters
from isospine.recipes.kinds import KINDS, keys_of, settings_of
from isospine.training.files import save_model
from isospine.training.session import Session
from isospine.views.acquired import load_acquired
from isospine.views.place import place_contrasts
from isospine.views.record import placement_record
from isospine.views.view_set import ViewSet, read_view_sets

SCRIPTS = Path(__file__).parents[2] / "workflow/scripts"
LAYOUT = {"spacing": 2.0, "field": "intersection", "axes": "view"}
GRID = Grid((24, 24, 24), make_affine())
SETTINGS: dict[str, dict[str, Any]] = {
    "coordinate": quick_settings(epochs=1, width=8, L=8).as_dict(),
    "prior": {key: getattr(PRIOR, key) for key in keys_of("prior")} | {"model": "prior", "steps": 3},
    "population": PRIOR.as_dict() | {"steps": 3, "population_steps": 2},
    "follow-up": FollowUpHyperparameters("follow-up", "rigid", "tv", 0.7, "isospine").as_dict(),
    "follow-up-network": quick_settings(epochs=1, width=8, L=8).as_dict()
    | {"model": "follow-up-network", "field": "rigid", "use": "embed", "earlier_epochs": 1}
    | {"earlier_learning_rate": 1e-3},
    "pretrained": PretrainedHyperparameters("pretrained", "isospine", 2, True, "float32").as_dict(),
}


class Output(list[str]):
    """Files of a job, by number and by name."""

    def __init__(self, files: dict[str, Path]) -> None:
        super().__init__(map(str, files.values()))
        for name, path in files.items():
            setattr(self, name, str(path))


@dataclass
class Image:
    """Files of the views of one image, and their record."""

    images: list[str]
    record: str
    contrasts: list[str]
    layout: dict[str, Any] | None
    seen: list[Any] = field(default_factory=list)

    def sets(self) -> dict[str, ViewSet]:
        return read_view_sets(self.images, [self.record], self.contrasts, self.layout)


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log takes the output of its process, and the guard stays to its end."""

    @contextmanager
    def no_log(path: str) -> Iterator[None]:
        yield

    monkeypatch.setattr("isospine.jobs.job.job_log", no_log)


def run(script: str, image: Image, output: dict[str, Path], inputs: dict[str, Any], **params: Any) -> None:
    """Run a script as a job."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("isospine.jobs.guard.see_views_only", lambda *about: image.seen.append(about))
        snakemake = SimpleNamespace(
            input=SimpleNamespace(images=image.images, records=[image.record], **inputs),
            output=Output(output),
            log=[str(next(iter(output.values())).with_name("log"))],
            params=SimpleNamespace(code="", **params),
            threads=1,
            resources={},
            wildcards=SimpleNamespace(image="sub-01"),
        )
        runpy.run_path(str(SCRIPTS / script), {"snakemake": snakemake})


@pytest.fixture(params=["simulated", "acquired"])
def image(request: pytest.FixtureRequest, tmp_path: Path) -> Image:
    record = tmp_path / "sub-01.json"
    if request.param == "acquired":
        paths, _ = write_pair(tmp_path)
        placed = place_contrasts({"T2w": [load_acquired(path) for path in paths]}, False, False)
        write_json(record, {name: placement_record(own) for name, own in placed.items()})
        return Image([*map(str, paths)], str(record), ["T2w"], LAYOUT)
    specs = [("axial", 4.0), ("sagittal", 4.0)]
    paths = []
    for (plane, _), view in zip(specs, make_views(smooth_image(GRID.shape), GRID, specs), strict=True):
        paths.append(str(tmp_path / f"sub-01_desc-{plane}4_T2w.nii.gz"))
        about = {"Plane": plane, "SliceThickness": view.thickness, "SliceProfile": view.profile}
        save_volume(paths[-1], view.data, view.grid.affine, about)
    found = Image(paths, str(record), ["T2w"], None)
    run("record_views.py", found, {"record": record}, {}, views={"T2w": 2})
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_any_kind_is_trained(image: Image, kind: str, tmp_path: Path) -> None:
    """To the bytes of the library; the guard is on where there is a truth, and only there."""
    provenance = {"image": "sub-01_T2w", "contrast": "T2w", "method": kind, "recipe": kind}
    reference = tmp_path / "reference.nii.gz"
    body, grid = make_body() if image.layout else (smooth_image(GRID.shape, seed=1), GRID)
    save_volume(reference, body, grid.affine)
    others = {"sub-02/anat/sub-02": "02"} if KINDS[kind].needs_references else {}
    endings = {"model": "safetensors", "curve": "tsv", "record": "json"}
    outputs = {name: tmp_path / f"out/model.{ending}" for name, ending in endings.items()}
    run(
        "train.py",
        image,
        outputs,
        {
            "references": [str(reference)] * len(others),
            "starts": [],
            "earlier": [str(reference)] * KINDS[kind].needs_earlier,
        },
        contrasts=image.contrasts,
        grid=image.layout,
        population=others | (others and {"sub-01": "01"}),
        earlier="sub-01_ses-0" if KINDS[kind].needs_earlier else None,
        provenance=provenance,
        hyperparameters=SETTINGS[kind],
        seed=1,
    )
    known = {"sub-02": load_volume(reference)} if others else {}
    if KINDS[kind].needs_earlier:
        known = {"sub-01_ses-0": load_volume(reference)}
    models, curve = train(
        [*image.sets().values()], settings_of(SETTINGS[kind]), Session(1, provenance), known
    )
    save_model(models["T2w"], tmp_path / "expected.safetensors")
    assert outputs["model"].read_bytes() == (tmp_path / "expected.safetensors").read_bytes()
    assert len(read_table(outputs["curve"])) == len(curve) and read_json(outputs["record"])["method"] == kind
    assert bool(image.seen) == (image.layout is None)


def test_contrasts_share_a_network(image: Image, tmp_path: Path) -> None:
    """Outputs are the models of all contrasts, then their curves, then their records."""
    record = read_json(Path(image.record))
    write_json(Path(image.record), record | {"T1w": record["T2w"]})
    both = Image([*image.images, *image.images], image.record, ["T2w", "T1w"], image.layout)
    endings = ("safetensors", "tsv", "json")
    outputs = {f"{name}_{end}": tmp_path / f"out/{name}.{end}" for end in endings for name in both.contrasts}
    run(
        "train.py",
        both,
        outputs,
        {"references": [], "starts": [], "earlier": []},
        contrasts=both.contrasts,
        grid=both.layout,
        population={},
        earlier=None,
        provenance={"image": "sub-01", "method": "fourier"},
        hyperparameters=SETTINGS["coordinate"],
        seed=0,
    )
    for name in both.contrasts:
        assert load_model(outputs[f"{name}_safetensors"]).provenance["contrast"] == name
        assert read_json(outputs[f"{name}_json"])["contrasts"] == both.contrasts


def test_a_baseline(image: Image, tmp_path: Path) -> None:
    outputs = {"image": tmp_path / "out/image.nii.gz", "record": tmp_path / "out/record.json"}
    about = {"image": "sub-01", "contrast": "T2w", "method": "cubic"}
    params = {"contrast": "T2w", "grid": image.layout, "sources": ["bids::a", "bids::b"], "provenance": about}
    run("baseline.py", image, outputs, {}, **params)
    view_set = image.sets()["T2w"]
    found, affine = load_volume(outputs["image"])
    np.testing.assert_array_equal(found, baseline_method("cubic")(view_set))
    np.testing.assert_allclose(affine, view_set.grid.affine, atol=1e-5)
    assert read_json(outputs["record"])["train_seconds"] > 0 and bool(image.seen) == (image.layout is None)
    sidecar = read_json(tmp_path / "out/image.json")
    assert sidecar["Resolution"].startswith(view_set.grid_name) and sidecar["Sources"] == params["sources"]


@pytest.mark.parametrize("script", ["held_out.py", "trial.py"])
@pytest.mark.parametrize("kind", [None, "coordinate", "prior"])
def test_methods_are_scored_in_both_modes(
    image: Image, script: str, kind: str | None, tmp_path: Path
) -> None:
    """On slices of all views, or in a trial on one view alone."""
    number = 1 if script == "trial.py" else None
    params: dict[str, Any] = {"number": number} if script == "trial.py" else {"grid": image.layout}
    run(
        script,
        image,
        {"scores": tmp_path / "out/scores.tsv"},
        {},
        contrast="T2w",
        contrasts=["T2w"],
        hyperparameters=SETTINGS[kind] if kind else None,
        seed=0 if kind else None,
        provenance={"image": "sub-01", "contrast": "T2w", "method": kind or "linear"},
        **params,
    )
    table = read_table(tmp_path / "out/scores.tsv")
    sources = image.sets()["T2w"].sources
    assert set(table["view"]) == {sources[number]} if number else set(sources)
    assert table["psnr"].notna().all() and set(table["method"]) == {kind or "linear"}
    assert bool(image.seen) == (image.layout is None)
