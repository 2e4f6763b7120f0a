"""A step of a run: one rule that makes files, and how steps of a kind are made."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

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


def log_of(path: str) -> str:
    """Pattern of a log."""
    return f"results/logs/{path}.log"


def volume_files(stem: str, name: str = "image") -> dict[str, str]:
    """Patterns of a volume and its sidecar."""
    return {name: f"{stem}.nii.gz", "sidecar": f"{stem}.json"}


def figure_files(stem: str) -> dict[str, str]:
    """Patterns of a figure, for screens and papers."""
    return {ending: f"results/figures/{stem}.{ending}" for ending in ("png", "pdf")}


def fetch_step(rule: str, name: str, over: tuple[str, ...], finished: str, only: Condition = "") -> Step:
    """Step that gets a file of the dataset; `finished` marks a finished job once that file is removed."""
    files = {"image": f"results/sourcedata/{name}.nii.gz"}
    return Step(rule, log_of(f"fetch/{name}"), files, over, only, finished=finished, cost="fetch")


def volumes_step(
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
    step = Step(rule, log_of(log), files, over, only, cost=cost or rule, checked=True, exported=True)
    return replace(step, grids=grids, asked=asked, asked_only=asked_only)


def image_figure_step(
    rule: str, files: Mapping[str, str], *over: str, only: Condition = "", grids: Grids = "main"
) -> Step:
    """Figure or page of an image; its log has the name of the figure."""
    shown = next(name for name in ("page", "png") if name in files)
    log = log_of("figures/" + files[shown].removeprefix("results/figures/").rsplit(".", 1)[0])
    step = Step(rule, log, files, ("image", "contrast", *over), only, cost=rule, checked=True)
    return replace(step, grids=grids, shown=(shown,), exported=True)


def run_figure_step(rule: str, name: str, only: Condition = "") -> Step:
    """Figure of the whole run."""
    return shown_step(rule, log_of(f"figures/{name}"), figure_files(name), "png", only)


def table_step(rule: str, name: str) -> Step:
    """Table of the whole run."""
    return Step(rule, log_of(name), {"table": f"results/{name}.tsv"}, exported=True)


def page_step(rule: str, stem: str, *endings: str) -> Step:
    """Page of the whole run, with the table that it shows."""
    kinds = {"html": "page", "tsv": "table"}
    return shown_step(rule, log_of(stem), {kinds[ending]: f"results/{stem}.{ending}" for ending in endings})


def shown_step(
    rule: str, log: str, files: Mapping[str, str], shown: str = "page", only: Condition = ""
) -> Step:
    """Figure, table or page of the whole run."""
    return Step(rule, log, files, only=only, shown=(shown,), exported=True)
