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

ROOT = Path(__file__).parents[1]
DATA = {".yaml", ".bib", ".css", ".js", ".html"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel of what git knows of, in a folder of its own."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        (source / name).write_bytes((ROOT / name).read_bytes())
    for path in (ROOT / "src").rglob("*"):
        if path.is_file() and path.suffix != ".pyc" and ".egg-info" not in str(path):
            copy = source / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
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
