"""The table of outputs: the files and log of each rule, over what it runs, and who uses the files.

The jobs of an image, the files of an export and of the report, and the jobs that are checked against memory are read
off this table; a rule that makes files and is not in it fails a test.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from isospine.plan.labels import FOLLOW_UP_MAPS
from isospine.plan.segmentation_outputs import drawn_labels, segmentations, simulated_labels
from isospine.plan.steps import (
    Condition,
    Step,
    fetch_step,
    figure_files,
    image_figure_step,
    log_of,
    page_step,
    run_figure_step,
    shown_step,
    table_step,
    volume_files,
    volumes_step,
)

#: The viewer of an image.
VIEWER = {"page": "results/figures/{image}_desc-viewer_{contrast}.html"}


def steps_of(acquired: bool, main: str, contrasts: Sequence[str]) -> dict[str, Step]:
    """List the steps of a mode by the names of their rules, in the order in which an image goes through them.

    Parameters
    ----------
    acquired : bool
        Whether views are images of the dataset.
    main : str
        Label of the grid that methods are measured on.
    contrasts : sequence of str
        Those of the run.
    """
    own = _acquired(main, contrasts) if acquired else _simulated(main, contrasts)
    return {step.rule: step for step in (*_source(), *own, *_pages())}


def _source() -> Iterator[Step]:
    """Steps of the dataset as a whole."""
    yield Step(
        "demo_dataset", log_of("demo_dataset"), {"record": "results/sourcedata/demo.json"}, only="demo"
    )
    yield Step("clone", log_of("clone"), {"record": "results/sourcedata/dataset.json"})
    yield Step("index", log_of("index"), {"manifest": "results/manifest.tsv"}, exported=True)
    description = {
        "description": "results/dataset_description.json",
        "labels": "results/descriptions.tsv",
        "ignore": "results/.bidsignore",
    }
    yield Step("dataset_description", log_of("dataset_description"), description, exported=True)


def _simulated(main: str, contrasts: Sequence[str]) -> Iterator[Step]:
    """Steps of views that are simulated from references."""
    image, name = ("image", "contrast"), "{image}_{contrast}"
    reference = volume_files("results/{image}_desc-reference_{contrast}")
    mask = volume_files("results/{image}_label-SC_desc-{contrast}_mask", "mask")
    segmentation = f"{name}_label-SC_seg"
    yield fetch_step("fetch", name, image, finished=reference["image"])
    yield fetch_step("fetch_segmentation", segmentation, image, only="segmented", finished=mask["mask"])
    yield volumes_step("reference", f"reference/{name}", reference, image)
    yield volumes_step("cord_mask", f"cord_mask/{name}", mask, image, only="segmented", cost="reference")
    view = "{image}_desc-{view}_{contrast}"
    yield volumes_step("view", f"view/{view}", volume_files(f"results/{view}"), (*image, "view"))
    record = {"record": f"results/views/{name}.json"}
    yield Step("record_views", log_of(f"record_views/{name}"), record, image, cost="view", exported=True)
    yield _train("train")
    yield _train_shared(contrasts)
    yield from _reconstructions(main, asked_only="other grid")
    yield _follow_up()
    metrics = {"metrics": "results/metrics/{image}_desc-{label}_{contrast}.tsv"}
    log = log_of("evaluate/{image}_desc-{label}_{contrast}")
    over = ("image", "label", "contrast")
    # a network of coordinates is evaluated again, alone
    yield Step("evaluate", log, metrics, over, cost="evaluate", checked=True, runs_networks=True)
    yield _fixed_point()
    yield _virtual_slices()
    yield _slice_scores()
    step = page_step("planes_table", "tables/planes", "html", "tsv")
    yield replace(step, only="planes", asked=("table",))
    yield from simulated_labels()
    yield from segmentations(main)
    yield image_figure_step("figure_views", figure_files("{image}_desc-views_{contrast}"))
    yield image_figure_step("figure_comparison", figure_files("{image}_desc-comparison_{contrast}"))
    yield image_figure_step("figure_viewer", VIEWER)
    page = {"page": "results/figures/{image}_desc-alongcord_{contrast}.html"}
    yield image_figure_step("figure_along_cord", page, only="segmented")
    for rule, figure in (("figure_error_anatomy", "erroranatomy"), ("figure_profiles", "profiles")):
        table = {"table": f"results/tables/{{image}}_desc-{figure}_{{contrast}}.tsv"}
        yield image_figure_step(rule, table | figure_files(f"{{image}}_desc-{figure}_{{contrast}}"))
    finer = figure_files("{image}_res-{resolution}_desc-planes_{contrast}")
    yield image_figure_step("figure_finer", finer, "resolution", only="networks", grids="finer")
    yield table_step("metrics", "metrics")
    ablation = {
        kind: f"results/figures/ablation_{{ablation}}.{ending}"
        for kind, ending in (("screen", "png"), ("paper", "pdf"), ("page", "html"))
    }
    log, shown = log_of("figures/ablation_{ablation}"), ("screen", "page")
    yield Step("figure_ablation", log, ablation, ("ablation",), shown=shown, exported=True)
    yield run_figure_step("figure_training", "training", only="trainings")
    yield run_figure_step("figure_cost", "cost")
    yield from _compression()
    yield run_figure_step("figure_rate", "rate_distortion", only="networks")
    yield page_step("summary_table", "tables/summary", "html", "tsv")
    yield page_step("metrics_table", "tables/metrics", "html")
    yield replace(page_step("inference_table", "tables/inference", "html", "tsv"), only="coordinates")
    notebook = {"page": "results/report/ablation.html", "notebook": "results/report/ablation.ipynb"}
    step = shown_step("ablation_notebook", log_of("report/ablation"), notebook, only="ablations")
    yield replace(step, asked=("notebook",))


def _compression() -> Iterator[Step]:
    """Steps that code networks, and references beside them."""
    name, contrast = "{image}_desc-{method}_{contrast}", ("image", "contrast")
    files = {"code": f"results/models/{name}.inr", "scores": f"results/compression/{name}.tsv"}
    log, over = log_of(f"code_network/{name}"), (*contrast, "method")
    step = Step("code_network", log, files, over, "compressed", cost="evaluate", checked=True, exported=True)
    yield replace(step, coordinates=True, runs_networks=True)
    name = "{image}_desc-codecs_{contrast}"
    files = {"scores": f"results/compression/{name}.tsv"}
    log = log_of(f"code_reference/{name}")
    yield Step("code_reference", log, files, contrast, "compressed", cost="code_reference", checked=True)
    table = {"table": "results/compression.tsv"}
    log = log_of("compression")
    yield Step("code_table", log, table, only="compressed", asked=("table",), exported=True)


def _acquired(main: str, contrasts: Sequence[str]) -> Iterator[Step]:
    """Steps of views that a scanner acquired."""
    body, view = ("image", "contrast"), ("image", "contrast", "view_image")
    # one for all contrasts, which are placed together
    record, source = {"record": "results/views/{image}.json"}, "{view_image}_{contrast}"
    yield fetch_step("fetch", source, view, finished=record["record"])
    log = log_of("place/{image}")
    yield Step("place", log, record, ("image",), cost="place", checked=True, exported=True)
    placed = "{view_image}_desc-placed_{contrast}"
    files = volume_files(f"results/{placed}") | {"transform": f"results/views/{source}_xfm.tfm"}
    yield volumes_step("view", f"view/{placed}", files, view, asked=("image",))
    disagreement = volume_files("results/{image}_res-{resolution}_desc-disagreement_{contrast}")
    log, over = "disagreement/{image}_res-{resolution}_{contrast}", (*body, "resolution")
    yield volumes_step("disagreement", log, disagreement, over, only="several views", asked=("image",))
    yield _train("train")
    yield _train_shared(contrasts)
    yield from _reconstructions(main, baseline_asked=("image",))
    yield _follow_up()
    yield _virtual_slices()
    yield _scores("held_out", "held_out", "{image}_desc-{label}_{contrast}", "label")
    yield _scores("trial", "trials", "{image}_desc-{label}_{contrast}_view-{number}", "label", "number")
    yield from drawn_labels()
    yield from segmentations(main, drawn=True)
    yield _body()
    yield image_figure_step("figure_viewer", VIEWER)
    yield table_step("held_out_table", "held_out")
    yield table_step("trials_table", "trials")
    ranking = {"images": "results/tables/trial_images.tsv", "table": "results/tables/ranking.tsv"}
    ranking |= {"page": "results/tables/ranking.html"}
    yield shown_step("ranking", log_of("tables/ranking"), ranking)
    yield page_step("trials_page", "tables/trials", "html")
    yield page_step("held_out_page", "tables/held_out", "html")


def _pages() -> Iterator[Step]:
    """Tables and pages that both modes have."""
    yield page_step("paired_table", "tables/paired", "html", "tsv")
    yield page_step("status_table", "tables/status", "html", "tsv")
    yield page_step("report_index", "report/index", "html")
    page = {"page": "results/report/sub-{subject}.html"}
    log, over = log_of("report/sub-{subject}"), ("subject",)
    yield Step("subject_page", log, page, over, shown=("page",), exported=True)
    files = {"page": "methods.html", "text": "methods.md", "references": "references.bib"}
    pages = {name: f"results/report/{file}" for name, file in files.items()}
    yield replace(shown_step("methods", log_of("report/methods"), pages), asked=("text", "references"))


def _model(contrast: str) -> dict[str, str]:
    stem = f"results/models/{{image}}_desc-{{method}}_{contrast}"
    return {"model": f"{stem}.safetensors", "curve": f"{stem}.tsv", "record": f"{stem}.json"}


def _train(rule: str) -> Step:
    log, over = log_of("train/{image}_desc-{method}_{contrast}"), ("image", "contrast", "method")
    files = _model("{contrast}")
    step = Step(rule, log, files, over, trains=True, cost="train", checked=True, exported=True)
    return replace(step, runs_networks=True)


def _train_shared(contrasts: Iterable[str]) -> Step:
    """Training of one network for all contrasts; a cached rule needs a name for each file."""
    models = {contrast: _model(contrast) for contrast in contrasts}
    endings = {"model": "safetensors", "curve": "tsv", "record": "json"}
    files = {
        f"{contrast}_{ending}": model[kind]
        for kind, ending in endings.items()
        for contrast, model in models.items()
    }
    step = replace(_train("train_shared"), shared=True, files=files)
    return replace(step, log=log_of("train/{image}_desc-{method}"), over=("image", "method"))


def _reconstructions(
    main: str, asked_only: Condition = "", baseline_asked: tuple[str, ...] = ()
) -> Iterator[Step]:
    image, name = ("image", "contrast"), "{image}_res-{resolution}_desc-{method}_{contrast}"
    files, over = volume_files(f"results/{name}"), (*image, "method", "resolution")
    step = volumes_step("reconstruct", f"reconstruct/{name}", files, over, grids="planned")
    yield replace(step, asked=("image",), asked_only=asked_only, runs_networks=True)
    name = "{image}_desc-{baseline}_{contrast}"
    files = volume_files(f"results/{{image}}_res-{main}_desc-{{baseline}}_{{contrast}}")
    files |= {"record": f"results/models/{name}.json"}
    yield volumes_step("baseline", f"baseline/{name}", files, (*image, "baseline"), asked=baseline_asked)


def _body() -> Step:
    """Findings and figures of a body: its volumes, and the motion of its views."""
    files = {"findings": "results/tables/{image}_desc-findings_{contrast}.json"}
    for kind in ("volumes", "motion"):
        for ending, path in figure_files(f"{{image}}_desc-{kind}_{{contrast}}").items():
            files[f"{kind}_{ending}"] = path
    log, over, shown = (
        log_of("figures/{image}_desc-volumes_{contrast}"),
        ("image", "contrast"),
        ("volumes_png", "motion_png"),
    )
    step = Step("figure_acquired", log, files, over, cost="figure_acquired", checked=True, exported=True)
    return replace(step, shown=shown)


def _follow_up() -> Step:
    """Maps, tables, figure and viewer of what changed since an earlier scan."""
    files: dict[str, str] = {}
    for kind in FOLLOW_UP_MAPS:
        stem = f"results/{{image}}_desc-{{method}}{kind}_{{contrast}}"
        files |= {kind: f"{stem}.nii.gz", f"{kind}_sidecar": f"{stem}.json"}
    name = "{image}_desc-{method}clusters_{contrast}"
    files["clusters"] = f"results/tables/{name}.tsv"
    files["findings"] = "results/tables/{image}_desc-{method}followup_{contrast}.json"
    files |= figure_files("{image}_desc-{method}followup_{contrast}")
    files["viewer"] = "results/figures/{image}_desc-{method}flicker_{contrast}.html"
    log, over = log_of("follow_up/{image}_desc-{method}_{contrast}"), ("image", "contrast", "method")
    return Step(
        "follow_up",
        log,
        files,
        over,
        earlier=True,
        cost="follow_up_maps",
        checked=True,
        shown=("png", "viewer"),
        exported=True,
    )


def _fixed_point() -> Step:
    """Scores of networks of coordinates alone, in floating and in fixed point."""
    name = "{image}_desc-{method}_{contrast}"
    files, over = {"scores": f"results/fixed_point/{name}.tsv"}, ("image", "contrast", "method")
    step = Step("fixed_point", log_of(f"fixed_point/{name}"), files, over, "fixed point", cost="fixed_point")
    return replace(step, coordinates=True, checked=True, runs_networks=True)


def _virtual_slices() -> Step:
    """Slices of trained models that were never acquired."""
    name, over = "{image}_res-{plane}_desc-{method}_{contrast}", ("image", "contrast", "method", "plane")
    step = volumes_step(
        "virtual_slices", f"slices/{name}", volume_files(f"results/{name}"), over, asked=("image",)
    )
    return replace(step, runs_networks=True)


def _slice_scores() -> Step:
    """Scores of such slices against those of the reference."""
    name = "{image}_res-{plane}_desc-{method}_{contrast}"
    files, over = {"scores": f"results/metrics/{name}.tsv"}, ("image", "contrast", "method", "plane")
    return Step(
        "score_slices", log_of(f"score_slices/{name}"), files, over, cost="score_slices", checked=True
    )


def _scores(rule: str, folder: str, name: str, *over: str) -> Step:
    """Step that scores a method on slices of acquired views."""
    files, wildcards = {"scores": f"results/{folder}/{name}.tsv"}, ("image", "contrast", *over)
    step = Step(rule, log_of(f"{folder}/{name}"), files, wildcards, cost=rule, checked=True)
    return replace(step, runs_networks=True)
