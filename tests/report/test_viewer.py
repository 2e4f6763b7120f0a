"""The page that shows volumes: what it holds, and what it does in a browser."""

import base64
import json
import re
import zlib
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page
from support.volumes import ORIENTATIONS, make_affine, smooth_image

from isospine.figures.comparison import comparison_panels
from isospine.figures.panels import Panel
from isospine.geometry.display_slices import Frame, canonical, image_frame
from isospine.geometry.grid import Volume
from isospine.plan.figures import viewed_methods
from isospine.plan.recipes import Method
from isospine.report.viewer.page import PAGE_BYTES, Coding, part_around, viewer_page

SHAPE = (30, 36, 42)


def content_of(page: str) -> dict[str, Any]:
    """What the page's script is given, with the codes unpacked along R-L, A-P and I-S."""
    content = json.loads(re.search(r"const volumes = (.*);\n", page)[1])
    differences = np.frombuffer(zlib.decompress(base64.b64decode(content["data"])), np.uint8)
    x, y, z = content["shape"]
    codes = np.cumsum(differences.reshape(-1, z, y, x), axis=1, dtype=np.uint8)
    return content | {"codes": np.cumsum(codes, axis=0, dtype=np.uint8).transpose(0, 3, 2, 1)}


def make_panels(
    affine: Any = None, shape: Sequence[int] = SHAPE, count: int = 2
) -> tuple[list[Panel], Frame]:
    """Panels of a smooth reference and of reconstructions that are off by noise, and their frame."""
    affine = make_affine((1, 2, 0), (-1, 1, 1)) if affine is None else affine
    reference = smooth_image(tuple(shape))
    rng = np.random.default_rng(1)
    images = [reference + rng.normal(0, 30, shape).astype(np.float32) for _ in range(count)]
    notes = ["PSNR of the whole:"]
    panels = [Panel("reference", reference, affine, notes)]
    panels += [Panel(f"method {n}", image, affine, ["30 dB"]) for n, image in enumerate(images)]
    return panels, image_frame(reference, affine)


# What the page holds


@pytest.mark.parametrize("rotation", [(0, 0, 0), (0.3, -0.2, 0.25)])
@pytest.mark.parametrize(("world_axes", "signs"), ORIENTATIONS[::7])
def test_codes_are_the_intensities_at_their_places(
    world_axes: tuple[int, ...], signs: tuple[int, ...], rotation: tuple[float, ...]
) -> None:
    affine = make_affine(world_axes, signs, 0.8, rotation)
    panels, frame = make_panels(affine)
    content = content_of(viewer_page("Volumes", panels, frame, limit=60_000))
    assert np.prod(content["shape"]) < np.prod(SHAPE)  # only a part fits
    focus = np.array(content["affine"]) @ [*content["focus"], 1]
    assert np.linalg.norm(focus - frame.focus) <= 0.8 * np.sqrt(3) / 2 + 1e-4
    for panel, codes in zip(panels, content["codes"], strict=True):
        for place in ([0, 0, 0], content["focus"], np.array(content["shape"]) - 1):
            world = np.array(content["affine"]) @ [*place, 1]
            voxel = np.linalg.solve(affine[:3, :3], world - affine[:3, 3])
            np.testing.assert_allclose(voxel, np.rint(voxel), atol=1e-3)
            value = panel.data[tuple(np.rint(voxel).astype(int))]
            shown = content["low"] + content["step"] * float(codes[tuple(place)])
            assert abs(shown - value) <= content["step"] / 2 + 1e-3


def test_rounding_is_by_half_a_step_and_what_is_far_outside_is_clipped() -> None:
    reference = smooth_image(SHAPE)  # from 0 to 1000
    coding = Coding.of(reference)
    assert coding.step == pytest.approx(1200 / 255)
    image = np.linspace(-100, 1100, 9999).astype(np.float32)
    error = np.abs(coding.low + coding.step * coding.encode(image).astype(np.float64) - image)
    assert error.max() <= coding.step / 2 * 1.001
    assert coding.encode(np.array([-1e6, 1e6], np.float32)).tolist() == [0, 255]


def test_a_part_is_around_its_centre_and_inside_the_volume() -> None:
    shape, spacing = (40, 50, 60), (1.0, 1.0, 0.5)
    part = part_around(shape, spacing, (20, 25, 30), 10)
    assert part == (slice(15, 25), slice(18, 32), slice(10, 50))
    assert part_around(shape, spacing, (0, 49, 59), 10) == (slice(0, 10), slice(36, 50), slice(20, 60))
    assert part_around(shape, spacing, (20, 25, 30), 500) == tuple(slice(0, n) for n in shape)
    assert part_around(shape, spacing, (20, 25, 30), 0.01) == (slice(20, 21), slice(25, 26), slice(30, 31))


@pytest.mark.parametrize("limit", [50_000, 120_000, 400_000])
def test_a_page_is_as_large_as_the_limit_allows_and_no_larger(limit: int) -> None:
    rng = np.random.default_rng(0)  # noise: hardly compressible
    affine = make_affine()
    panels = [Panel(str(n), rng.uniform(0, 1, (70, 70, 70)).astype(np.float32), affine) for n in range(3)]
    page = viewer_page("Volumes", panels, image_frame(panels[0].data, affine), limit=limit)
    assert 0.85 * limit < len(page) <= limit


def test_a_small_image_is_shown_whole() -> None:
    panels, frame = make_panels()
    page = viewer_page("Volumes", panels, frame)
    content = content_of(page)
    assert tuple(content["shape"]) == canonical(panels[0].data, panels[0].affine)[0].shape
    assert "All of the volumes" in page and len(page) < PAGE_BYTES
    assert "<script src" not in page and "http" not in page and page.isascii()
    assert content["notes"][1] == "PSNR of the whole: 30 dB"


def test_names_are_escaped() -> None:
    panels, frame = make_panels(count=0)
    hostile = Panel("</script><b>", panels[0].data, panels[0].affine)
    page = viewer_page("<i>&", [*panels, Panel("</script><b>", hostile.data, hostile.affine, ["x"])], frame)
    assert page.count("</script>") == 2 and "<i>&" not in page
    assert content_of(page)["names"][1] == "</script><b>"


def test_every_recipe_as_configured_is_viewed_with_the_first_seed() -> None:
    plans = [
        Method("fourier-L-8", "fourier", {"model": "coordinate", "L": 8}, 3),
        Method("fourier", "fourier", {"model": "coordinate", "L": 16}, 3),
        Method("fourier", "fourier", {"model": "coordinate", "L": 16}, 4),
        Method("self-prior", "self-prior", {"model": "prior", "L": None}, 3),
    ]
    methods = {method.label: method for method in plans}
    ablation = {"recipe": "fourier", "hyperparameter": "L", "values": [8, 16]}
    config = {"baselines": ["cubic", "ibp", "tv"], "seeds": [3, 4], "ablations": {"mapping-size": ablation}}
    assert [one["label"] for one in viewed_methods(config, methods)] == [
        "cubic",
        "tv",
        "fourierseed3",
        "selfpriorseed3",
    ]


# What it does


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    panels, frame = make_panels(count=3)
    path = tmp_path_factory.mktemp("viewer") / "page.html"
    path.write_text(viewer_page("Volumes of sub-01", panels, frame, second=1))
    return path


@pytest.fixture(params=[1280, 390])
def viewer(request: pytest.FixtureRequest, file: Path, page: Page) -> Page:
    page.set_viewport_size({"width": request.param, "height": 800})
    page.goto(file.as_uri())
    page.locator("body[data-ready=yes]").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.locator("#cross").uncheck()
    return page


def canvas(page: Page, plane: str, side: str = "left") -> Locator:
    return page.get_by_role("img", name=f"{plane} slice, {side}")


def pixels(shown: Locator) -> Volume:
    """Grey of a canvas, (height, width)."""
    picture = base64.b64decode(shown.evaluate("c => c.toDataURL()").split(",")[1])
    return np.asarray(Image.open(BytesIO(picture)).convert("RGB"), np.float32).mean(axis=-1)


def centres(image: Volume, shape: tuple[int, int]) -> Volume:
    """Pixels at the centres of voxels."""
    rows, columns = (
        ((np.arange(n) + 0.5) * size / n).astype(int) for n, size in zip(shape, image.shape, strict=True)
    )
    return image[np.ix_(rows, columns)]


def test_each_plane_shows_the_volume_with_the_window_and_letters(viewer: Page) -> None:
    panels, _ = make_panels(count=3)
    for side, panel in (("left", panels[0]), ("right", panels[1])):
        data, _ = canonical(panel.data, panel.affine)
        focus = viewer.evaluate("place")
        low, high = viewer.evaluate("volumes.window")
        step = viewer.evaluate("volumes.step")
        for plane, normal in (("sagittal", 0), ("coronal", 1), ("axial", 2)):
            expected = np.take(data, focus[normal], axis=normal).T[::-1, ::-1]
            grey = np.clip((expected - low) / (high - low), 0, 1) * 255
            found = centres(pixels(canvas(viewer, plane, side)), expected.shape)
            wrong = np.abs(found - grey) > 255 * step / (high - low) + 1
            assert wrong.mean() < 0.15  # letters and the scale bar lie over the image
            middle = (
                slice(8, -14),
                slice(8, -8),
            )  # and not over its middle, but for the letters at the sides
            assert wrong[middle].mean() < 0.02, (plane, side)


def test_a_click_moves_the_crosshair_of_all_planes(viewer: Page) -> None:
    viewer.locator("#cross").check()
    place, told = viewer.evaluate("[...place]"), viewer.locator("#place").inner_text()
    before = {plane: pixels(canvas(viewer, plane, "right")) for plane in ("sagittal", "coronal", "axial")}
    box = canvas(viewer, "sagittal").bounding_box()
    canvas(viewer, "sagittal").click(position={"x": box["width"] * 0.25, "y": box["height"] * 0.25})
    moved = viewer.evaluate("[...place]")
    shape = viewer.evaluate("volumes.shape")
    assert moved[0] == place[0]
    assert moved[1] == pytest.approx(0.75 * shape[1], abs=1)  # anterior is on the left
    assert moved[2] == pytest.approx(0.75 * shape[2], abs=1)  # superior is at the top
    assert viewer.locator("#place").inner_text() != told
    for plane, image in before.items():
        assert (pixels(canvas(viewer, plane, "right")) != image).any()


def test_the_coordinates_are_those_of_the_scanner(viewer: Page) -> None:
    _, frame = make_panels()
    world = np.array(viewer.evaluate("volumes.affine")) @ [*viewer.evaluate("place"), 1]
    assert np.abs(world - frame.focus).max() <= 0.4 + 1e-4
    letters = [pair[0] if mm >= 0 else pair[1] for pair, mm in zip(("RL", "AP", "SI"), world, strict=True)]
    expected = ", ".join(f"{letter} {abs(mm):.1f}" for letter, mm in zip(letters, world, strict=True))
    assert viewer.locator("#place").inner_text() == f"crosshair at {expected} mm"


def test_wheel_and_keys_change_the_slice(viewer: Page) -> None:
    place, before = viewer.evaluate("[...place]"), pixels(canvas(viewer, "axial"))
    canvas(viewer, "axial").scroll_into_view_if_needed()
    canvas(viewer, "axial").hover()
    viewer.mouse.wheel(0, -100)
    viewer.wait_for_function("z => place[2] === z", arg=place[2] + 1)
    assert (pixels(canvas(viewer, "axial")) != before).any()
    canvas(viewer, "axial").focus()
    viewer.keyboard.press("PageDown")
    viewer.keyboard.press("ArrowLeft")
    assert viewer.evaluate("[...place]") == [place[0] + 1, place[1], place[2]]


def test_window_and_level_change_the_pixels_and_reset_brings_them_back(viewer: Page) -> None:
    before = pixels(canvas(viewer, "sagittal"))
    viewer.locator("#level").fill(str(viewer.evaluate("volumes.low + volumes.span")))
    assert pixels(canvas(viewer, "sagittal")).mean() < before.mean() - 20
    viewer.locator("#width").fill(str(viewer.evaluate("volumes.span / 100")))
    assert np.median(pixels(canvas(viewer, "sagittal"))) == 0
    viewer.locator("#reset").click()
    np.testing.assert_array_equal(pixels(canvas(viewer, "sagittal")), before)


def test_flicker_toggles_two_volumes_at_one_place(viewer: Page) -> None:
    reference, other = pixels(canvas(viewer, "coronal")), pixels(canvas(viewer, "coronal", "right"))
    assert (reference != other).any()
    name = viewer.locator(".side h2").first
    for image, title in ((other, "method 0"), (reference, "reference")):
        viewer.get_by_role("button", name="Flicker").click()
        assert name.inner_text() == title
        np.testing.assert_array_equal(pixels(canvas(viewer, "coronal")), image)
    viewer.locator("#third").select_option(label="method 2")
    shown = []
    for _ in range(4):
        viewer.keyboard.press("f")
        shown.append(name.inner_text())
    assert shown == ["method 0", "method 2", "reference", "method 0"]
    viewer.keyboard.press("4")
    assert name.inner_text() == "method 2"
    viewer.keyboard.press("r")
    viewer.wait_for_function("document.querySelector('.side h2').textContent === 'method 0'")
    viewer.keyboard.press("r")
    assert viewer.get_by_role("button", name="repeat").get_attribute("aria-pressed") == "false"


def test_one_panel_or_two(viewer: Page) -> None:
    narrow = canvas(viewer, "sagittal").bounding_box()["width"]
    assert canvas(viewer, "sagittal", "right").is_visible()
    viewer.locator("#beside").uncheck()
    assert not canvas(viewer, "sagittal", "right").is_visible()
    assert canvas(viewer, "sagittal").bounding_box()["width"] >= narrow


def test_errors_are_those_of_what_is_shown(viewer: Page) -> None:
    before = pixels(canvas(viewer, "axial", "right"))
    viewer.locator("#error").select_option("over")
    assert viewer.locator("#legend").is_visible()
    over = pixels(canvas(viewer, "axial", "right"))
    assert (over != before).mean() > 0.3
    viewer.locator("#error").select_option("alone")
    assert np.median(pixels(canvas(viewer, "axial", "left"))) <= 2  # the reference has none
    assert np.median(pixels(canvas(viewer, "axial", "right"))) > 5


def test_comparison_panels_fit_the_viewer() -> None:
    panels, frame = make_panels(count=0)
    reference, affine = panels[0].data, panels[0].affine
    page = viewer_page("Volumes", comparison_panels(reference, affine, [], []), frame)
    assert content_of(page)["names"] == ["reference"]
