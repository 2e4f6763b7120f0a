"""Make the pictures of README.md and gallery.md from a run of the demo and its extras: `make docs-figures`.

Reads `results/` and `report.html` of the working directory. Chromium shows the pages.
"""

import io
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from isospine.figures.comparison import read_comparison
from isospine.figures.images import ERROR_COLOURS, comparison_figure, grids_figure
from isospine.figures.panels import Panel, Sheet, draw_letters, draw_scale_bar, show_slice, spacing_title
from isospine.figures.style import GREY, styled
from isospine.geometry.display_slices import (
    Frame,
    Slice,
    display_window,
    field_around_focus,
    image_frame,
    take_slice,
)
from isospine.geometry.grid import Grid, Volume
from isospine.geometry.planes import thick_axis
from isospine.geometry.resample import resample
from isospine.io.nifti import load_mask, load_volume
from isospine.io.png import write_png
from isospine.physics.virtual_slices import Slab, SlicePlanes, virtual_slices

IMAGES = Path(__file__).parent / "images"
RESULTS = Path("results")
REPORT = Path("report.html")

#: The demo's first image, and the methods that are drawn here: fewer than the report has.
IMAGE = "sub-demo01/anat/sub-demo01"
METHODS = [
    {"label": "cubic", "title": "cubic", "kind": "baseline"},
    {"label": "tv", "title": "tv", "kind": "baseline"},
    {"label": "fourierseed0", "title": "fourier", "kind": "network"},
    {"label": "pretrainedseed0", "title": "pretrained", "kind": "network"},
]
#: Slices that were never acquired: their plane, what their voxels hold, and both in words.
PLANES = {
    "oblique": ("axial", Slab(4.0), "axial,\nturned by 20\N{DEGREE SIGN},\n4 mm"),
    "myelogram": ("coronal", Slab(10.0, project="max"), "coronal,\nmaximum\nover 10 mm"),
}
#: Dots per inch of what is drawn here, and pixels across of the run's figures at most.
DPI, WIDTH = 150, 1000


def read_image() -> tuple[list[Panel], Frame]:
    """Reference and reconstructions of the image, and the frame of its slices."""
    files = [f"{IMAGE}_res-reference_desc-{one['label']}_T2w.nii.gz" for one in METHODS]
    tables = [f"metrics/{IMAGE}_desc-{one['label']}_T2w.tsv" for one in METHODS]
    panels, _ = read_comparison(
        str(RESULTS / f"{IMAGE}_desc-reference_T2w.nii.gz"),
        [str(RESULTS / file) for file in files],
        [str(RESULTS / table) for table in tables],
        METHODS,
    )
    volume, affine = panels[0].data, panels[0].affine
    cord = load_mask(RESULTS / f"{IMAGE}_label-SC_desc-T2w_mask.nii.gz", volume.shape, affine)
    return panels, image_frame(volume, affine, cord)


def read_panel(name: str, title: str) -> Panel:
    """Read a volume of the image; its note is the size of its voxels."""
    data, affine = load_volume(RESULTS / f"{IMAGE}_{name}_T2w.nii.gz")
    return Panel(title, data, affine, [spacing_title(affine)])


@styled
def hero_figure() -> Figure:
    """Show views, reconstructions with their errors, and truth in the coronal plane, which no view shows sharply."""
    (_, *others), frame = read_image()
    views = [read_panel(f"desc-{plane}5", f"{plane} view") for plane in ("axial", "sagittal")]
    made = [panel for panel in others if panel.title != "INR fourier"]
    truth = read_panel("desc-reference", "reference")
    groups = [
        ("two thick-slice views", views),
        ("isotropic volumes made of them", made),
        ("the truth", [truth]),
    ]

    plane, largest_error = "coronal", 20
    goal = take_slice(truth.data, truth.affine, frame, plane)
    window = display_window(truth.data)
    data_range = np.ptp(truth.data)
    limits = field_around_focus(goal.extent, 60)
    width, gap, between, margin, top = 1.1, 0.06, 0.4, 0.1, 0.75
    height = width * (limits[3] - limits[2]) / (limits[1] - limits[0])
    below = top + height + gap
    sheet = Sheet(2 * margin + 6 * width + 3 * gap + 2 * between, below + height + margin)
    left = margin
    for title, panels in groups:
        if panels is made:
            style = {"ha": "center", "va": "center", "fontsize": 16, "color": GREY}
            sheet.text(left - (between + gap) / 2, top + height / 2, "\N{RIGHTWARDS ARROW}", **style)
        start = left
        for panel in panels:
            middle = left + width / 2
            sheet.text(middle, 0.42, panel.title, ha="center", va="center", fontsize=9, weight="bold")
            note = panel.notes[0].split(",")[0]  # of a reconstruction its PSNR in the whole volume
            sheet.text(middle, 0.62, note, ha="center", va="center", fontsize=8)
            shown = take_slice(panel.data, panel.affine, frame, plane)
            axes = sheet.axes(left, top, width, height)
            show_slice(axes, shown, window, limits)
            if panel is views[0]:
                draw_letters(axes, plane)
                draw_scale_bar(axes)
            if panels is made:
                error = Slice(plane, _percent(shown.pixels - goal.pixels, data_range), shown.extent)
                axes = sheet.axes(left, below, width, height)
                show_slice(axes, error, (0, largest_error), limits, ERROR_COLOURS)
            left += width + gap
        sheet.text((start + left - gap) / 2, 0.16, title, ha="center", va="center", fontsize=9, color=GREY)
        left += between - gap
    bar = sheet.axes(margin + 5 * width + 3 * gap + between + 0.08, below + 0.1, 0.1, height - 0.2)
    colours = ScalarMappable(Normalize(0, largest_error), ERROR_COLOURS)
    sheet.figure.colorbar(colours, cax=bar, label="absolute error\n(% of the reference's range)")
    return sheet.figure


def _percent(difference: Volume, data_range: float) -> Volume:
    """Absolute value in percent of the reference's range."""
    return np.abs(difference) * np.float32(100 / data_range)


def comparison() -> Figure:
    """Draw the comparison of reconstructions as the report has it."""
    panels, frame = read_image()
    return comparison_figure(panels, frame, 120, 32)


def finer_grid() -> Figure:
    """Draw the finer grid as the report has it, of one recipe."""
    frame = read_image()[1]
    names = ["desc-reference", "res-reference_desc-pretrainedseed0", "res-0p5mm_desc-pretrainedseed0"]
    volumes = [read_panel(name, "reference" if name == names[0] else "INR pretrained") for name in names]
    titled = [Panel(f"{one.title}, {one.notes[0]}", one.data, one.affine) for one in volumes]
    return grids_figure(titled[0], [(titled[1], titled[2])], frame, 64)


@styled
def virtual_slices_figure() -> Figure:
    """Draw slices that were never acquired, of the reference and of two networks."""
    reference, affine = load_volume(RESULTS / f"{IMAGE}_desc-reference_T2w.nii.gz")
    grid, window = Grid(reference.shape, affine), display_window(reference)
    width, side, left, top = 1.45, 1.9, 1.2, 0.35
    sheet = Sheet(left + 3 * (width + 0.1), top + len(PLANES) * (side + 0.1))
    for row, (name, (plane, slab, words)) in enumerate(PLANES.items()):
        made = {
            f"INR {method}": load_volume(RESULTS / f"{IMAGE}_res-{name}_desc-{method}seed0_T2w.nii.gz")
            for method in ("pretrained", "fourier")
        }
        shape, own = made["INR fourier"][0].shape, made["INR fourier"][1]
        planes = SlicePlanes.of_slices(
            Grid(shape, own), thick_axis(own, plane), slab, float(grid.spacing.min())
        )
        truth, _ = virtual_slices(partial(resample, reference, grid), grid, planes, slab)
        frame, above = image_frame(truth, own), top + row * (side + 0.1)
        sheet.text(left - 0.1, above + side / 2, words, ha="right", va="center", fontsize=8)
        for column, (title, image) in enumerate(
            {"reference": truth, **{k: v for k, (v, _) in made.items()}}.items()
        ):
            shown, start = take_slice(image, own, frame, plane), left + column * (width + 0.1)
            if not row:
                sheet.text(
                    start + width / 2, 0.17, title, ha="center", va="center", fontsize=9, weight="bold"
                )
            axes = sheet.axes(start, above, width, side)
            show_slice(axes, shown, window, field_around_focus(shown.extent, 48))
            if not column:
                draw_letters(axes, plane)
                draw_scale_bar(axes)
    return sheet.figure


#: Figures with slices: drawn again, since a slice that is resampled makes a large file.
DRAWN: dict[str, Callable[[], Figure]] = {
    "hero": hero_figure,
    "gallery-comparison": comparison,
    "gallery-finer-grid": finer_grid,
    "gallery-slices": virtual_slices_figure,
}

#: Figures of the run, as they are but smaller.
COPIED = {
    "gallery-error-anatomy": f"figures/{IMAGE}_desc-erroranatomy_T2w.png",
    "gallery-cord": f"figures/{IMAGE}_desc-cord_T2w.png",
    "gallery-profiles": f"figures/{IMAGE}_desc-profiles_T2w.png",
    "gallery-ablation": "figures/ablation_mapping-size.png",
    "gallery-training": "figures/training.png",
    "gallery-cost": "figures/cost.png",
    "gallery-rate-distortion": "figures/rate_distortion.png",
}


@dataclass(frozen=True)
class Shot:
    """A page to take a picture of.

    Attributes
    ----------
    path : Path
        The page.
    height : int
        Pixels from its top that are shown.
    prepare : callable
        What a reader does before.
    width : int
        Pixels of the window.
    """

    path: Path
    height: int
    prepare: Callable[[Page], object] = lambda page: page.locator("h1").first.wait_for()
    width: int = WIDTH


def wait_for_results(page: Page) -> None:
    """Wait for the first page within the report."""
    page.frame_locator("iframe").locator(".verdict").wait_for()


def scroll_to(heading: str) -> Callable[[Page], object]:
    """Give what brings a heading to the top."""
    return lambda page: page.get_by_role("heading", name=heading).evaluate("h => h.scrollIntoView()")


def wait_for_volumes(page: Page) -> None:
    """Wait for the slices along the cord."""
    page.locator("body[data-ready=yes]").wait_for()


def show_error(page: Page) -> None:
    """Lay the error over the reconstruction in the viewer."""
    page.locator("body[data-ready=yes]").wait_for()
    page.locator("#error").select_option("over")


def point_at_a_run(page: Page) -> None:
    """Ask what the last value of the first run of an ablation is."""
    page.locator("body[data-ready=yes]").wait_for()
    page.locator("svg[tabindex]").first.press("ArrowRight")
    page.locator("svg[tabindex]").first.press("ArrowLeft")


SHOTS = {
    "report": Shot(REPORT, 876, wait_for_results, width=1280),
    "gallery-overview": Shot(RESULTS / "report/index.html", 860, scroll_to("Every method")),
    "gallery-methods": Shot(RESULTS / "report/methods.html", 640),
    "gallery-viewer": Shot(RESULTS / f"figures/{IMAGE}_desc-viewer_T2w.html", 640, show_error),
    "gallery-along-cord": Shot(RESULTS / f"figures/{IMAGE}_desc-alongcord_T2w.html", 640, wait_for_volumes),
    "gallery-inference": Shot(RESULTS / "tables/inference.html", 320, width=1160),
    "gallery-ablation-page": Shot(RESULTS / "figures/ablation_mapping-size.html", 800, point_at_a_run),
    "gallery-notebook": Shot(RESULTS / "report/ablation.html", 700, scroll_to("Does a value make")),
    "gallery-paired": Shot(RESULTS / "tables/paired.html", 500),
}

#: Every picture that is made here.
PICTURES = [*DRAWN, *COPIED, *SHOTS]


def save(image: Image.Image, name: str) -> None:
    """Write a picture of the documentation."""
    write_png(np.asarray(image.convert("RGB")), IMAGES / f"{name}.png")


def take_pictures(chromium: str) -> None:
    """Take the pictures of the pages, without network."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(offline=True)
        for name, shot in SHOTS.items():
            page = context.new_page()
            page.set_viewport_size({"width": shot.width, "height": shot.height})
            page.goto(shot.path.resolve().as_uri())
            shot.prepare(page)
            save(Image.open(io.BytesIO(page.screenshot(animations="disabled"))), name)
            page.close()
        browser.close()


def main() -> None:
    """Make every picture."""
    missing = [str(path) for path in (RESULTS / "metrics.tsv", REPORT) if not path.is_file()]
    if missing:
        sys.exit(f"{' and '.join(missing)} not found; run `make demo` here first")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("no Chromium found, which the pictures of pages need; install chromium")
    for name, draw in DRAWN.items():
        buffer = io.BytesIO()
        draw().savefig(buffer, format="png", dpi=DPI, facecolor="white")
        save(Image.open(buffer), name)
    for name, path in COPIED.items():
        figure = Image.open(RESULTS / path).convert("RGB")
        size = (WIDTH, round(figure.height * WIDTH / figure.width))
        save(figure.resize(size, Image.Resampling.HAMMING) if figure.width > WIDTH else figure, name)
    take_pictures(chromium)


if __name__ == "__main__":
    main()
