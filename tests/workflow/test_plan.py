"""Plans over datasets of empty files: which jobs a run would have, and how long it takes to say so."""

import os
import re
import resource
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.version import Version
from support import datasets
from support.datasets import image_paths, make_bids
from support.plans import PER_IMAGE
from support.snakemake import REPOSITORY, TINY, Outcome, from_dataset, plan, snakemake

MANIFEST, METRICS = "results/manifest.tsv", "results/metrics.tsv"

pytestmark = pytest.mark.workflow

#: Addresses at which nothing answers, for whatever tries the network.
NO_NETWORK = {f"{name}_proxy": "http://127.0.0.1:9" for name in ("http", "https", "HTTP", "HTTPS")}


def say(capsys: pytest.CaptureFixture[str], text: str) -> None:
    with capsys.disabled():
        print(f"\n{text}")


def test_one_volume_needs_what_it_is_made_of(repository: Path, tmp_path: Path) -> None:
    images = image_paths(["01", "02"], ["pre", "post"], ["", "hires"], ["", "2"])
    config = from_dataset(make_bids(tmp_path / "data", images), TINY)
    before = plan(repository, tmp_path, METRICS, config=config).succeeded()
    assert before.jobs == {"clone": 1, "index": 1, "metrics": 1}, "what follows from the manifest comes later"
    snakemake(repository, tmp_path, MANIFEST, config=config).succeeded()
    one = "results/sub-01/ses-pre/anat/sub-01_ses-pre_acq-hires_run-2_res-reference_desc-linear_T2w.nii.gz"
    jobs = plan(repository, tmp_path, one, config=config).succeeded().jobs
    assert jobs == {"fetch": 1, "reference": 1, "view": 2, "record_views": 1, "baseline": 1}
    absent = plan(repository, tmp_path, one.replace("run-2", "run-3"), config=config)
    assert absent.code != 0


@pytest.fixture(scope="module")
def single_subject(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a working directory in which the real dataset's bundle is cloned and indexed."""
    if not datasets.SINGLE_SUBJECT_BUNDLE.exists():
        pytest.skip("no test data of spine-generic")
    directory = tmp_path_factory.mktemp("single")
    config = from_dataset(datasets.SINGLE_SUBJECT_BUNDLE, version="r20211115")
    snakemake(repository, directory, MANIFEST, config=config).succeeded()
    return directory


def test_spine_generic_single_subject(repository: Path, single_subject: Path) -> None:
    config = from_dataset(datasets.SINGLE_SUBJECT_BUNDLE, TINY, version="r20211115")
    jobs = plan(repository, single_subject, METRICS, config=config).succeeded().jobs
    assert jobs == {rule: 19 * count for rule, count in PER_IMAGE.items()} | {"metrics": 1}


@pytest.mark.skipif(
    Version(version("snakemake")) < Version("9.27"),
    reason="an error of Snakemake before 9.27, after the index",
)
def test_graph_of_jobs(repository: Path, single_subject: Path) -> None:
    config = from_dataset(datasets.SINGLE_SUBJECT_BUNDLE, TINY, version="r20211115")
    target = "results/sub-unf/anat/sub-unf_res-reference_desc-linear_T2w.nii.gz"
    for kind, nodes in {"--dag": 6, "--rulegraph": 5}.items():
        answer = snakemake(repository, single_subject, target, kind, config=config, merged=False).succeeded()
        assert answer.output.startswith("digraph snakemake_dag {")
        if shutil.which("dot"):
            drawn = subprocess.run(
                ["dot", "-Tsvg"], input=answer.output, capture_output=True, text=True, check=True
            )
            assert drawn.stdout.count('class="node"') == nodes


def test_configuration_of_the_real_data(repository: Path, tmp_path: Path) -> None:
    overlays = [str(repository / "config" / name) for name in ("spine-generic.yaml", "two-contrasts.yaml")]
    arguments = ("-n", "--configfile", *overlays)
    planned = snakemake(repository, tmp_path, *arguments, environment=NO_NETWORK).succeeded()
    assert planned.jobs.keys() >= {"clone", "index", "metrics", "dataset_description"}
    assert not (tmp_path / "results").exists()


def test_overrides_on_the_command_line(repository: Path, tmp_path: Path) -> None:
    config = from_dataset(make_bids(tmp_path / "data", image_paths(["01", "02"])), TINY)
    one = ("--config", "dataset={'subjects': ['02']}")
    snakemake(repository, tmp_path, MANIFEST, *one, config=config).succeeded()
    jobs = plan(repository, tmp_path, METRICS, *one, config=config).succeeded().jobs
    assert jobs == PER_IMAGE | {"metrics": 1}
    again = plan(repository, tmp_path, METRICS, config=config).succeeded()
    assert "index" in again.jobs, "without the override, the manifest is out of date"
    refused = plan(repository, tmp_path, METRICS, "--config", "recipes={'fourier': {'epochs': 'two'}}")
    assert refused.code != 0 and "recipes.fourier.epochs" in refused.output


def test_numbers_on_the_command_line(repository: Path, tmp_path: Path) -> None:
    config = from_dataset(make_bids(tmp_path / "data", image_paths(["01"])), TINY)
    snakemake(repository, tmp_path, MANIFEST, config=config).succeeded()
    ablation = "{'widths': {'recipe': 'fourier', 'hyperparameter': 'width', 'values': [8, 12]}}"
    changes = ("--config", "seeds=[0, 1, 2]", f"ablations={ablation}", "baselines=[tv, ibp]")
    jobs = plan(repository, tmp_path, METRICS, *changes, config=config).succeeded().jobs
    assert (jobs["train"], jobs["baseline"]) == (9, 2)


def test_demo_is_the_default(repository: Path, tmp_path: Path) -> None:
    planned = plan(repository, tmp_path).succeeded()
    assert (
        planned.jobs.items() >= {"demo_dataset": 1, "clone": 1, "index": 1, "train": 30, "metrics": 1}.items()
    )
    assert "sub-demo01: T2w 48 x 81 x 113 voxels of 0.8 x 0.8 x 0.8 mm" in planned.output
    assert not (tmp_path / "results").exists()


def test_snakemake_finds_nothing_to_lint(repository: Path, tmp_path: Path) -> None:
    outcome = snakemake(repository, tmp_path, "--lint").succeeded()
    assert "Congratulations" in outcome.output


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def parse(
    repository: Path, directory: Path, environment: dict[str, str] | None = None
) -> tuple[float, Outcome]:
    before = cpu_seconds()
    outcome = snakemake(repository, directory, "--list-rules", environment=environment).succeeded()
    return cpu_seconds() - before, outcome


def test_time_to_parse(repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "Snakefile").write_text("rule all:\n")
    empty = min(parse(tmp_path / "empty", tmp_path)[0] for _ in range(2))
    own = min(parse(repository, tmp_path)[0] for _ in range(2))
    say(
        capsys,
        f"parsing the Snakefile: {own - empty:.2f} s of processor time beside Snakemake's {empty:.2f} s",
    )
    assert own - empty < 1
    imports = parse(repository, tmp_path, os.environ | {"PYTHONPROFILEIMPORTTIME": "1"})[1].output
    imported = {
        line.split("|")[-1].strip() for line in imports.splitlines() if line.startswith("import time:")
    }
    assert "isospine.plan.run" in imported
    assert not imported & {
        "torch",
        "bids",
        "scipy",
        "skimage",
        "nibabel",
        "datalad",
        "matplotlib",
    }


def test_labels_that_a_shell_would_run(repository: Path, tmp_path: Path) -> None:
    """Subjects, the dataset's folder and the working directory; nobody is missed without a word."""
    labels = ["a;touch x", "$(touch x)", "`touch x`", "<script>", "a b", "a'b", "ä"]
    dataset = make_bids(tmp_path / "data;touch x", image_paths(["01", *labels]))
    config, folder = from_dataset(dataset, TINY), tmp_path / "run $(touch x) 'b'"
    outcome = snakemake(repository, folder, MANIFEST, config=config).succeeded()
    assert "the names of 7 images are not those of BIDS, such as" in outcome.output
    assert plan(repository, folder, METRICS, config=config).succeeded().jobs == PER_IMAGE | {"metrics": 1}
    assert not [path for path in tmp_path.rglob("x")] and sorted(os.listdir(tmp_path)) == sorted(
        [dataset.name, folder.name]
    )


def test_no_rule_hands_anything_to_a_shell() -> None:
    rules = [REPOSITORY / "Snakefile", *(REPOSITORY / "workflow/rules").glob("*.smk")]
    for path in rules:
        assert not re.search(r"\bshell\b", path.read_text(encoding="utf-8")), path.name
