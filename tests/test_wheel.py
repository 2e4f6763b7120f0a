"""The wheel that strangers install: it carries its data, and runs away from the checkout."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from support.datasets import image_paths
from support.snakemake import RUN_PARTS, TINY, from_dataset, make_crops, plan, snakemake

ROOT = Path(__file__).parents[1]
DATA = {".yaml", ".bib", ".css", ".js", ".html"}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the archive of the sources."""
    target = tmp_path_factory.mktemp("source")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(target)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(target.glob("*.tar.gz"))


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel of the archive: what the archive lacks, the wheel lacks."""
    target = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--wheel-dir", str(target), str(source)], check=True)
    return next(target.glob("*.whl"))


def test_the_wheel_has_every_data_file_and_its_types(wheel: Path) -> None:
    carried = set(zipfile.ZipFile(wheel).namelist())
    library = ROOT / "src"
    expected = {path.relative_to(library).as_posix() for path in library.rglob("*") if path.suffix in DATA}
    assert any(name.endswith("recipes.yaml") for name in expected)
    assert any(name.endswith("references.bib") for name in expected)
    assert expected | {"isospine/py.typed"} <= carried


def test_the_wheel_has_the_workflow_and_every_package(wheel: Path) -> None:
    carried = set(zipfile.ZipFile(wheel).namelist())
    parts = [ROOT / part for part in RUN_PARTS if part != "src"]
    files = [path for part in parts for path in ([part] if part.is_file() else part.rglob("*"))]
    expected = {f"isospine/pipeline/{path.relative_to(ROOT)}" for path in files if path.is_file()}
    expected |= {
        str(path.parent.relative_to(ROOT / "src")) + "/__init__.py"
        for path in (ROOT / "src").glob("*/__init__.py")
    }
    assert {name for name in expected if "__pycache__" not in name} <= carried
    assert "isospine/pipeline/profiles/default/config.yaml" in carried


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a fresh environment with the wheel, and the dependencies of this one."""
    environment = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    python = str(environment / "bin" / "python")
    install = ["install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    # on a PYTHONPATH that shows the checkout, pip would find isospine installed already
    apart = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([sys.executable, "-m", "pip", "--python", python, *install], check=True, env=apart)
    folder = next(environment.glob("lib/python*/site-packages"))
    # the folder's own .pth files are not followed, so that the checkout cannot be seen
    (folder / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return environment


@pytest.mark.slow
def test_the_command_runs_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    views = {"ax.nii.gz": (12, 12, 3, 0.8, 0.8, 4.0), "sag.nii.gz": (3, 12, 12, 4.0, 0.8, 0.8)}
    for name, (*shape, x, y, z) in views.items():
        data = random.uniform(0, 100, shape).astype(np.float32)
        nib.Nifti1Image(data, np.diag([x, y, z, 1])).to_filename(tmp_path / name)
    command = [str(installed / "bin" / "isospine"), "reconstruct", *views, "-o", "iso.nii.gz"]
    command += ["--method", "fourier", "--no-alignment"]
    environment = {"PATH": str(installed / "bin") + ":/usr/bin:/bin", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert nib.load(tmp_path / "iso.nii.gz").shape == (12, 12, 12)
    where = [str(installed / "bin" / "python"), "-c", "import isospine; print(isospine.__file__)"]
    found = subprocess.run(where, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert Path(found.stdout.strip()).is_relative_to(installed)


@pytest.mark.workflow
def test_the_workflow_runs_outside_the_checkout_and_gives_the_same_results(
    installed: Path, tmp_path: Path
) -> None:
    config = from_dataset(make_crops(tmp_path / "data", image_paths(["01"])), TINY)
    folder = tmp_path / "work"
    pipeline = next(installed.glob("lib/python*/site-packages/isospine/pipeline"))
    python = str(installed / "bin" / "python")
    metrics = "results/metrics.tsv"
    done = snakemake(
        pipeline,
        folder,
        metrics,
        config=config,
        environment={"PYTHONPATH": ""},
        program=(python, "-m", "snakemake"),
    ).succeeded()
    assert (folder / metrics).is_file()
    assert "Using workflow specific profile" in done.output, "the default profile is found"
    # all that a result depends on, the hash of the library's code included, is in the params
    again = plan(ROOT, folder, metrics, config=config).succeeded()
    assert "Nothing to be done" in again.output, again.output
    refused = snakemake(
        pipeline,
        folder,
        *("-n", "--software-deployment-method", "conda"),
        config=config,
        environment={"PYTHONPATH": ""},
        program=(python, "-m", "snakemake"),
    )
    assert refused.code != 0 and "needs a checkout" in refused.output
    command = [str(installed / "bin" / "isospine"), "run", "data", "out", "participant", "-n", "--cores", "2"]
    environment = {"PATH": str(installed / "bin") + ":/usr/bin:/bin"}
    planned = subprocess.run(
        [*command, "--skip-bids-validation"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert planned.returncode == 0 and "1 T2w image of 1 subject" in planned.stderr + planned.stdout
