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
from playwright.sync_api import Browser, Locator, Page
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
    masks = {
        one["name"]: np.unpackbits(np.frombuffer(zlib.decompress(base64.b64decode(one["data"])), np.uint8))[
            : x * y * z
        ]
        .reshape(z, y, x)
        .transpose(2, 1, 0)
        for one in content["outlines"]
    }
    return content | {"codes": np.cumsum(codes, axis=0, dtype=np.uint8).transpose(0, 3, 2, 1), "masks": masks}


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
        "ibp",
        "tv",
        "fourierseed3",
        "selfpriorseed3",
    ]


@pytest.mark.parametrize("limit", [60_000, PAGE_BYTES])
def test_an_outline_is_that_of_the_mask_in_the_part_that_is_shown(limit: int) -> None:
    panels, frame = make_panels()
    mask = (np.random.default_rng(3).uniform(size=SHAPE) > 0.8).astype(np.uint8)
    content = content_of(viewer_page("Volumes", panels, frame, outlines={"cord": mask}, limit=limit))
    whole, affine = canonical(mask, panels[0].affine)
    first = np.array(content["affine"])[:, 3] - affine[:3, 3]
    start = np.rint(np.linalg.solve(affine[:3, :3], first)).astype(int)
    part = tuple(slice(low, low + size) for low, size in zip(start, content["shape"], strict=True))
    np.testing.assert_array_equal(content["masks"]["cord"], whole[part])


def test_a_mask_that_is_not_in_the_part_has_no_switch() -> None:
    panels, frame = make_panels()
    page = viewer_page("Volumes", panels, frame, outlines={"cord": np.zeros(SHAPE, np.uint8)})
    assert content_of(page)["outlines"] == [] and 'id="outline0"' not in page


# What it does


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    panels, frame = make_panels(count=3)
    path = tmp_path_factory.mktemp("viewer") / "page.html"
    mask = np.zeros(SHAPE, np.uint8)
    mask[8:20, 10:30, 12:28] = 1
    path.write_text(viewer_page("Volumes of sub-01", panels, frame, second=1, outlines={"cord": mask}))
    return path


@pytest.fixture(params=[1280, 390])
def viewer(request: pytest.FixtureRequest, file: Path, page: Page) -> Page:
    page.set_viewport_size({"width": request.param, "height": 800})
    page.goto(file.as_uri())
    page.locator("body[data-ready=yes]").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.locator("#cross").uncheck()
    page.locator("#outline0").uncheck()
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


def test_the_outline_runs_around_the_mask(viewer: Page) -> None:
    before = {side: pixels(canvas(viewer, "axial", side)) for side in ("left", "right")}
    viewer.locator("#outline0").check()
    for side, image in before.items():
        changed = np.argwhere(pixels(canvas(viewer, "axial", side)) != image)
        rows, columns = image.shape
        inside = viewer.evaluate(
            """() => {
              const found = [];
              for (let row = 0; row < ny; row++) for (let column = 0; column < nx; column++) {
                const [first, step] = rowOf(planes[2], row);
                if (outlines[0][first + step * column]) found.push([row, column]);
              }
              return found;
            }"""
        )
        low, high = np.min(inside, axis=0), np.max(inside, axis=0) + 1
        voxel = np.array([rows, columns]) / np.array(viewer.evaluate("[ny, nx]"))
        np.testing.assert_allclose(changed.min(axis=0), low * voxel, atol=3)
        np.testing.assert_allclose(changed.max(axis=0), high * voxel, atol=3)
    viewer.keyboard.press("c")
    np.testing.assert_array_equal(pixels(canvas(viewer, "axial")), before["left"])


def test_zoom_is_around_the_crosshair_and_fit_brings_all_back(viewer: Page) -> None:
    before = pixels(canvas(viewer, "sagittal", "right"))
    for press in (
        lambda: viewer.get_by_role("button", name="zoom in").click(),
        lambda: viewer.keyboard.press("+"),
    ):
        zoom = viewer.evaluate("view.zoom")
        press()
        assert viewer.evaluate("view.zoom") == pytest.approx(1.25 * zoom)
    assert viewer.locator("#zoom").inner_text() == "156 %"
    assert (pixels(canvas(viewer, "sagittal", "right")) != before).any()
    for plane in ("sagittal", "coronal", "axial"):
        assert_in_sight(viewer, plane)
    viewer.get_by_role("button", name="zoom out").click()
    assert viewer.evaluate("view.zoom") == pytest.approx(1.25)
    viewer.keyboard.press("0")
    np.testing.assert_array_equal(pixels(canvas(viewer, "sagittal", "right")), before)


def assert_in_sight(page: Page, plane: str) -> None:
    """The crosshair lies within the canvas."""
    x, y, width, height = canvas(page, plane).evaluate(
        """c => {
          const [, across, up] = c.plane.axes;
          const lies = layout(c);
          return [
            lies.left + (volumes.shape[across] - place[across] - 0.5) * lies.across,
            lies.top + (volumes.shape[up] - place[up] - 0.5) * lies.up, c.clientWidth, c.clientHeight];
        }"""
    )
    assert 0 < x < width and 0 < y < height


def test_ctrl_and_wheel_keep_what_is_under_the_pointer(viewer: Page) -> None:
    shown = canvas(viewer, "sagittal")
    shown.scroll_into_view_if_needed()
    box = shown.bounding_box()
    place = (box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.6)
    point = dict(zip(("clientX", "clientY"), map(round, place), strict=True))  # as events of a mouse have it
    before = shown.evaluate("(c, p) => voxelAt(c, p)", point)
    viewer.mouse.move(point["clientX"], point["clientY"])
    viewer.keyboard.down("Control")
    viewer.mouse.wheel(0, -40)
    viewer.wait_for_function("view.zoom > 1")
    viewer.keyboard.up("Control")
    assert shown.evaluate("(c, p) => voxelAt(c, p)", point) == pytest.approx(before, abs=1e-6)
    assert viewer.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_shift_and_drag_or_arrows_pan_and_stop_at_the_edge(viewer: Page) -> None:
    for _ in range(3):
        viewer.keyboard.press("+")
    shown, place = canvas(viewer, "sagittal"), viewer.evaluate("[...place]")
    shown.scroll_into_view_if_needed()
    box, middle = shown.bounding_box(), viewer.evaluate("[...view.middle]")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    viewer.keyboard.down("Shift")
    viewer.mouse.move(x, y)
    viewer.mouse.down()
    viewer.mouse.move(x + 20, y + 10)
    viewer.mouse.up()
    moved = viewer.evaluate("[...view.middle]")
    step = shown.evaluate("c => [layout(c).across, layout(c).up]")
    assert (np.array(moved) - middle)[1:] == pytest.approx([20 / step[0], 10 / step[1]], abs=0.05)
    assert viewer.evaluate("[...place]") == place  # a pan leaves the crosshair
    shown.focus()
    for _ in range(9):
        viewer.keyboard.press("ArrowUp")
    viewer.keyboard.up("Shift")
    assert shown.evaluate("c => layout(c).top") == pytest.approx(0, abs=1e-6)
    viewer.keyboard.press("ArrowDown")
    assert_in_sight(viewer, "sagittal")  # the crosshair is followed


def test_sliders_change_the_slices(viewer: Page) -> None:
    before = pixels(canvas(viewer, "coronal"))
    viewer.locator("#slice1").fill("3")
    assert viewer.evaluate("place[1]") == 3
    assert (pixels(canvas(viewer, "coronal")) != before).any()


def test_fingers_zoom_pan_and_point(file: Path, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(file.as_uri())
    page.locator("body[data-ready=yes]").wait_for()
    shown = canvas(page, "sagittal")
    shown.scroll_into_view_if_needed()
    box = shown.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touches = context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        named = [{"x": a, "y": b, "id": number} for number, (a, b) in enumerate(points)]
        touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": named})

    touch("touchStart", (x - 20, y), (x + 20, y))
    for reach in (25, 30, 35, 40):
        touch("touchMove", (x - reach, y), (x + reach, y))
    touch("touchEnd")
    page.wait_for_function("view.zoom > 1.9")
    assert page.evaluate("view.zoom") == pytest.approx(2, abs=0.05)
    assert page.evaluate("window.visualViewport.scale") == 1  # the page itself is not zoomed
    middle, place, scroll = page.evaluate("[[...view.middle], [...place], window.scrollY]")
    touch("touchStart", (x, y))
    for lower in (5, 10, 15, 20):
        touch("touchMove", (x, y + lower))
    touch("touchEnd")
    assert page.evaluate("view.middle[2]") > middle[2] + 0.5
    assert page.evaluate("[[...place], window.scrollY]") == [place, scroll]
    page.touchscreen.tap(x + 25, y)
    assert page.evaluate("place[1]") != place[1]
    context.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_planes_of_a_thin_slab_have_room_for_letters(tmp_path: Path, page: Page, width: int) -> None:
    panels, frame = make_panels(np.diag([1.0, 1, 1, 1]), (90, 100, 12))
    path = tmp_path / "slab.html"
    path.write_text(viewer_page("Slab", panels, frame))
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(path.as_uri())
    page.locator("body[data-ready=yes]").wait_for()
    sizes = page.evaluate(
        "[...document.querySelectorAll('.planes canvas')].map(c => [c.clientWidth, c.clientHeight])"
    )
    assert np.min(sizes) >= 96
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_comparison_panels_fit_the_viewer() -> None:
    panels, frame = make_panels(count=0)
    reference, affine = panels[0].data, panels[0].affine
    page = viewer_page("Volumes", comparison_panels(reference, affine, [], []), frame)
    assert content_of(page)["names"] == ["reference"]
