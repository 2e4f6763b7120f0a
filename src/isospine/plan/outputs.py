"""The table of outputs: the files and log of each rule, over what it runs, and who uses the files.

The jobs of an image, the files of an export and of the report, and the jobs that are checked against memory are read
off this table; a rule that makes files and is not in it fails a test.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from isospine.plan.labels import FOLLOW_UP_MAPS

#: Grids that a step runs on: the one that methods are measured on; that of every method and the others of recipes as
#: they are configured; finer ones, of which only the spacing is given.
Grids = Literal["main", "planned", "finer"]
#: A condition for a job, or for requesting its files.
Condition = Literal[
    "",
    "demo",
    "networks",
    "trainings",
    "coordinates",
    "fixed point",
    "ablations",
    "segmented",
    "labelled",
    "several views",
    "other grid",
    "compressed",
    "planes",
]

#: The viewer of an image.
VIEWER = {"page": "results/figures/{image}_desc-viewer_{contrast}.html"}


@dataclass(frozen=True)
class Step:
    """One rule that makes files.

    Attributes
    ----------
    rule : str
        Its name.
    log : str
        Pattern of its log.
    files : mapping
        Pattern of each file that it makes, by its name; the first one marks a finished job.
    over : tuple of str
        Wildcards that it runs over, the slowest first; without `image` it is a step of the whole run.
    only : Condition
        Under which it runs.
    trains : bool
        Whether it trains networks; its methods are those that it trains.
    shared : bool
        Whether it trains the networks that serve all contrasts, or those of one contrast.
    runs_networks : bool
        Whether jobs of it run networks, which may compute on a GPU.
    earlier : bool
        Whether its methods are those that know an earlier scan.
    coordinates : bool
        Whether its methods are networks of coordinates.
    grids : Grids
        That it runs on, of a step that runs over `resolution`.
    finished : str
        Pattern of the file that marks a finished job, where its own files are removed after their last use.
    cost : str
        Step of the cost model, "" of steps that gather from the whole run.
    checked : bool
        Whether its memory grows with the image, so that it is compared with what there is.
    shown : tuple of str
        Names of the files that the report shows; a run asks for them.
    asked : tuple of str
        Names of the others that a run asks for.
    asked_only : Condition
        Under which it does.
    exported : bool
        Whether an export takes its files.
    """

    rule: str
    log: str
    files: Mapping[str, str]
    over: tuple[str, ...] = ()
    only: Condition = ""
    trains: bool = False
    shared: bool = False
    runs_networks: bool = False
    earlier: bool = False
    coordinates: bool = False
    grids: Grids = "main"
    finished: str = ""
    cost: str = ""
    checked: bool = False
    shown: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    asked_only: Condition = ""
    exported: bool = False

    @property
    def product(self) -> str:
        """Pattern of the file that marks a finished job."""
        return self.finished or next(iter(self.files.values()))


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
    yield Step("demo_dataset", _log("demo_dataset"), {"record": "results/sourcedata/demo.json"}, only="demo")
    yield Step("clone", _log("clone"), {"record": "results/sourcedata/dataset.json"})
    yield Step("index", _log("index"), {"manifest": "results/manifest.tsv"}, exported=True)
    description = {
        "description": "results/dataset_description.json",
        "labels": "results/descriptions.tsv",
        "ignore": "results/.bidsignore",
    }
    yield Step("dataset_description", _log("dataset_description"), description, exported=True)


def _simulated(main: str, contrasts: Sequence[str]) -> Iterator[Step]:
    """Steps of views that are simulated from references."""
    image, name = ("image", "contrast"), "{image}_{contrast}"
    reference = _volume("results/{image}_desc-reference_{contrast}")
    mask = _volume("results/{image}_label-SC_desc-{contrast}_mask", "mask")
    segmentation = f"{name}_label-SC_seg"
    yield _fetch("fetch", name, image, finished=reference["image"])
    yield _fetch("fetch_segmentation", segmentation, image, only="segmented", finished=mask["mask"])
    yield _volumes("reference", f"reference/{name}", reference, image)
    yield _volumes("cord_mask", f"cord_mask/{name}", mask, image, only="segmented", cost="reference")
    view = "{image}_desc-{view}_{contrast}"
    yield _volumes("view", f"view/{view}", _volume(f"results/{view}"), (*image, "view"))
    record = {"record": f"results/views/{name}.json"}
    yield Step("record_views", _log(f"record_views/{name}"), record, image, cost="view", exported=True)
    yield _train("train")
    yield _train_shared(contrasts)
    yield from _reconstructions(main, asked_only="other grid")
    yield _follow_up()
    metrics = {"metrics": "results/metrics/{image}_desc-{label}_{contrast}.tsv"}
    log = _log("evaluate/{image}_desc-{label}_{contrast}")
    over = ("image", "label", "contrast")
    # a network of coordinates is evaluated again, alone
    yield Step("evaluate", log, metrics, over, cost="evaluate", checked=True, runs_networks=True)
    yield _fixed_point()
    yield _virtual_slices()
    yield _slice_scores()
    step = _page("planes_table", "tables/planes", "html", "tsv")
    yield replace(step, only="planes", asked=("table",))
    yield from _segmentations(main)
    yield _image_figure("figure_views", _figure("{image}_desc-views_{contrast}"))
    yield _image_figure("figure_comparison", _figure("{image}_desc-comparison_{contrast}"))
    yield _image_figure("figure_viewer", VIEWER)
    page = {"page": "results/figures/{image}_desc-alongcord_{contrast}.html"}
    yield _image_figure("figure_along_cord", page, only="segmented")
    for rule, figure in (("figure_error_anatomy", "erroranatomy"), ("figure_profiles", "profiles")):
        table = {"table": f"results/tables/{{image}}_desc-{figure}_{{contrast}}.tsv"}
        yield _image_figure(rule, table | _figure(f"{{image}}_desc-{figure}_{{contrast}}"))
    finer = _figure("{image}_res-{resolution}_desc-planes_{contrast}")
    yield _image_figure("figure_finer", finer, "resolution", only="networks", grids="finer")
    yield _table("metrics", "metrics")
    ablation = {
        kind: f"results/figures/ablation_{{ablation}}.{ending}"
        for kind, ending in (("screen", "png"), ("paper", "pdf"), ("page", "html"))
    }
    log, shown = _log("figures/ablation_{ablation}"), ("screen", "page")
    yield Step("figure_ablation", log, ablation, ("ablation",), shown=shown, exported=True)
    yield _run_figure("figure_training", "training", only="trainings")
    yield _run_figure("figure_cost", "cost")
    yield from _compression()
    yield _run_figure("figure_rate", "rate_distortion", only="networks")
    yield _page("summary_table", "tables/summary", "html", "tsv")
    yield _page("metrics_table", "tables/metrics", "html")
    yield replace(_page("inference_table", "tables/inference", "html", "tsv"), only="coordinates")
    notebook = {"page": "results/report/ablation.html", "notebook": "results/report/ablation.ipynb"}
    step = _shown("ablation_notebook", _log("report/ablation"), notebook, only="ablations")
    yield replace(step, asked=("notebook",))


def _compression() -> Iterator[Step]:
    """Steps that code networks, and references beside them."""
    name, contrast = "{image}_desc-{method}_{contrast}", ("image", "contrast")
    files = {"code": f"results/models/{name}.inr", "scores": f"results/compression/{name}.tsv"}
    log, over = _log(f"code_network/{name}"), (*contrast, "method")
    step = Step("code_network", log, files, over, "compressed", cost="evaluate", checked=True, exported=True)
    yield replace(step, coordinates=True, runs_networks=True)
    name = "{image}_desc-codecs_{contrast}"
    files = {"scores": f"results/compression/{name}.tsv"}
    log = _log(f"code_reference/{name}")
    yield Step("code_reference", log, files, contrast, "compressed", cost="code_reference", checked=True)
    table = {"table": "results/compression.tsv"}
    log = _log("compression")
    yield Step("code_table", log, table, only="compressed", asked=("table",), exported=True)


def _segmentations(main: str) -> Iterator[Step]:
    """Steps of labels of the cord on simulated views, which become one segmentation by each method."""
    image, name = ("image", "contrast"), "{image}_label-SC_desc-{view}{contrast}_probseg"
    files, over = _volume(f"results/{name}"), (*image, "view")
    yield _volumes("label_view", f"label_view/{name}", files, over, only="labelled", cost="view")
    stem = f"{{image}}_res-{main}_label-SC_desc-{{segmenter}}{{contrast}}"
    files, over = _volume(f"results/{stem}_probseg"), (*image, "segmenter")
    files |= {"mask": f"results/{stem}_mask.nii.gz", "mask_sidecar": f"results/{stem}_mask.json"}
    yield _volumes("segment", f"segment/{stem}", files, over, only="labelled")
    table = {"table": "results/tables/{image}_desc-cord_{contrast}.tsv"}
    table |= _figure("{image}_desc-cord_{contrast}")
    yield _image_figure("figure_segmentation", table, only="labelled")
    table = {"table": "results/segmentation.tsv", "columns": "results/segmentation.json"}
    table |= {"page": "results/tables/segmentation.html"}
    yield _shown("segmentation_table", _log("segmentation"), table, only="labelled")


def _acquired(main: str, contrasts: Sequence[str]) -> Iterator[Step]:
    """Steps of views that a scanner acquired."""
    body, view = ("image", "contrast"), ("image", "contrast", "view_image")
    # one for all contrasts, which are placed together
    record, source = {"record": "results/views/{image}.json"}, "{view_image}_{contrast}"
    yield _fetch("fetch", source, view, finished=record["record"])
    log = _log("place/{image}")
    yield Step("place", log, record, ("image",), cost="place", checked=True, exported=True)
    placed = "{view_image}_desc-placed_{contrast}"
    files = _volume(f"results/{placed}") | {"transform": f"results/views/{source}_xfm.tfm"}
    yield _volumes("view", f"view/{placed}", files, view, asked=("image",))
    disagreement = _volume("results/{image}_res-{resolution}_desc-disagreement_{contrast}")
    log, over = "disagreement/{image}_res-{resolution}_{contrast}", (*body, "resolution")
    yield _volumes("disagreement", log, disagreement, over, only="several views", asked=("image",))
    yield _train("train")
    yield _train_shared(contrasts)
    yield from _reconstructions(main, baseline_asked=("image",))
    yield _follow_up()
    yield _virtual_slices()
    yield _scores("held_out", "held_out", "{image}_desc-{label}_{contrast}", "label")
    yield _scores("trial", "trials", "{image}_desc-{label}_{contrast}_view-{number}", "label", "number")
    yield _body()
    yield _image_figure("figure_viewer", VIEWER)
    yield _table("held_out_table", "held_out")
    yield _table("trials_table", "trials")
    ranking = {"images": "results/tables/trial_images.tsv", "table": "results/tables/ranking.tsv"}
    ranking |= {"page": "results/tables/ranking.html"}
    yield _shown("ranking", _log("tables/ranking"), ranking)
    yield _page("trials_page", "tables/trials", "html")
    yield _page("held_out_page", "tables/held_out", "html")


def _pages() -> Iterator[Step]:
    """Tables and pages that both modes have."""
    yield _page("paired_table", "tables/paired", "html", "tsv")
    yield _page("status_table", "tables/status", "html", "tsv")
    yield _page("report_index", "report/index", "html")
    page = {"page": "results/report/sub-{subject}.html"}
    log, over = _log("report/sub-{subject}"), ("subject",)
    yield Step("subject_page", log, page, over, shown=("page",), exported=True)
    files = {"page": "methods.html", "text": "methods.md", "references": "references.bib"}
    pages = {name: f"results/report/{file}" for name, file in files.items()}
    yield replace(_shown("methods", _log("report/methods"), pages), asked=("text", "references"))


def _log(path: str) -> str:
    return f"results/logs/{path}.log"


def _volume(stem: str, name: str = "image") -> dict[str, str]:
    return {name: f"{stem}.nii.gz", "sidecar": f"{stem}.json"}


def _figure(stem: str) -> dict[str, str]:
    return {ending: f"results/figures/{stem}.{ending}" for ending in ("png", "pdf")}


def _fetch(rule: str, name: str, over: tuple[str, ...], finished: str, only: Condition = "") -> Step:
    files = {"image": f"results/sourcedata/{name}.nii.gz"}
    return Step(rule, _log(f"fetch/{name}"), files, over, only, finished=finished, cost="fetch")


def _volumes(
    rule: str,
    log: str,
    files: Mapping[str, str],
    over: tuple[str, ...],
    *,
    only: Condition = "",
    grids: Grids = "main",
    cost: str = "",
    asked: tuple[str, ...] = (),
    asked_only: Condition = "",
) -> Step:
    """Step that makes volumes of an image; an export takes them."""
    step = Step(rule, _log(log), files, over, only, cost=cost or rule, checked=True, exported=True)
    return replace(step, grids=grids, asked=asked, asked_only=asked_only)


def _model(contrast: str) -> dict[str, str]:
    stem = f"results/models/{{image}}_desc-{{method}}_{contrast}"
    return {"model": f"{stem}.safetensors", "curve": f"{stem}.tsv", "record": f"{stem}.json"}


def _train(rule: str) -> Step:
    log, over = _log("train/{image}_desc-{method}_{contrast}"), ("image", "contrast", "method")
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
    return replace(step, log=_log("train/{image}_desc-{method}"), over=("image", "method"))


def _reconstructions(
    main: str, asked_only: Condition = "", baseline_asked: tuple[str, ...] = ()
) -> Iterator[Step]:
    image, name = ("image", "contrast"), "{image}_res-{resolution}_desc-{method}_{contrast}"
    files, over = _volume(f"results/{name}"), (*image, "method", "resolution")
    step = _volumes("reconstruct", f"reconstruct/{name}", files, over, grids="planned")
    yield replace(step, asked=("image",), asked_only=asked_only, runs_networks=True)
    name = "{image}_desc-{baseline}_{contrast}"
    files = _volume(f"results/{{image}}_res-{main}_desc-{{baseline}}_{{contrast}}")
    files |= {"record": f"results/models/{name}.json"}
    yield _volumes("baseline", f"baseline/{name}", files, (*image, "baseline"), asked=baseline_asked)


def _body() -> Step:
    """Findings and figures of a body: its volumes, and the motion of its views."""
    files = {"findings": "results/tables/{image}_desc-findings_{contrast}.json"}
    for kind in ("volumes", "motion"):
        for ending, path in _figure(f"{{image}}_desc-{kind}_{{contrast}}").items():
            files[f"{kind}_{ending}"] = path
    log, over, shown = (
        _log("figures/{image}_desc-volumes_{contrast}"),
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
    files |= _figure("{image}_desc-{method}followup_{contrast}")
    files["viewer"] = "results/figures/{image}_desc-{method}flicker_{contrast}.html"
    log, over = _log("follow_up/{image}_desc-{method}_{contrast}"), ("image", "contrast", "method")
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
    step = Step("fixed_point", _log(f"fixed_point/{name}"), files, over, "fixed point", cost="fixed_point")
    return replace(step, coordinates=True, checked=True, runs_networks=True)


def _virtual_slices() -> Step:
    """Slices of trained models that were never acquired."""
    name, over = "{image}_res-{plane}_desc-{method}_{contrast}", ("image", "contrast", "method", "plane")
    step = _volumes("virtual_slices", f"slices/{name}", _volume(f"results/{name}"), over, asked=("image",))
    return replace(step, runs_networks=True)


def _slice_scores() -> Step:
    """Scores of such slices against those of the reference."""
    name = "{image}_res-{plane}_desc-{method}_{contrast}"
    files, over = {"scores": f"results/metrics/{name}.tsv"}, ("image", "contrast", "method", "plane")
    return Step("score_slices", _log(f"score_slices/{name}"), files, over, cost="score_slices", checked=True)


def _scores(rule: str, folder: str, name: str, *over: str) -> Step:
    """Step that scores a method on slices of acquired views."""
    files, wildcards = {"scores": f"results/{folder}/{name}.tsv"}, ("image", "contrast", *over)
    step = Step(rule, _log(f"{folder}/{name}"), files, wildcards, cost=rule, checked=True)
    return replace(step, runs_networks=True)


def _image_figure(
    rule: str, files: Mapping[str, str], *over: str, only: Condition = "", grids: Grids = "main"
) -> Step:
    """Figure or page of an image; its log has the name of the figure."""
    shown = next(name for name in ("page", "png") if name in files)
    log = _log("figures/" + files[shown].removeprefix("results/figures/").rsplit(".", 1)[0])
    step = Step(rule, log, files, ("image", "contrast", *over), only, cost=rule, checked=True)
    return replace(step, grids=grids, shown=(shown,), exported=True)


def _run_figure(rule: str, name: str, only: Condition = "") -> Step:
    return _shown(rule, _log(f"figures/{name}"), _figure(name), "png", only)


def _table(rule: str, name: str) -> Step:
    return Step(rule, _log(name), {"table": f"results/{name}.tsv"}, exported=True)


def _page(rule: str, stem: str, *endings: str) -> Step:
    kinds = {"html": "page", "tsv": "table"}
    return _shown(rule, _log(stem), {kinds[ending]: f"results/{stem}.{ending}" for ending in endings})


def _shown(rule: str, log: str, files: Mapping[str, str], shown: str = "page", only: Condition = "") -> Step:
    """Figure, table or page of the whole run."""
    return Step(rule, log, files, only=only, shown=(shown,), exported=True)
