"""The page of slices that follow the cord: what it holds, and what it does in a browser."""

import base64
import json
import re
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, Page

from isospine.figures.panels import Panel
from isospine.geometry.grid import Volume
from isospine.plan.figures import followed_methods
from isospine.plan.recipes import Method
from isospine.report.viewer.along_cord import along_cord_page

SHAPE = (60, 64, 70)


def bent_cord() -> tuple[Volume, NDArray[np.uint8]]:
    """A bright cord that bends to anterior and back, brighter to the right and above, and its mask."""
    x, y, z = np.meshgrid(*map(np.arange, SHAPE), indexing="ij")
    middle = 32 + 8 * np.sin(np.pi * z / SHAPE[2])
    mask = (x - 30) ** 2 + (y - middle) ** 2 < 16
    return (100.0 * mask + x + z).astype(np.float32), mask.astype(np.uint8)


def make_page(title: str = "Along the cord", name: str = "INR pretrained", **options: Any) -> str:
    image, mask = bent_cord()
    notes = ["PSNR of the whole:"]
    panels = [Panel("reference", image, np.eye(4), notes)]
    panels += [Panel(one, image + n, np.eye(4), ["30 dB"]) for n, one in enumerate(("TV", name), start=5)]
    return along_cord_page(title, panels, mask, **options)


def content_of(page: str) -> dict[str, Any]:
    """What the page's script is given, with intensities along R-L, A-P and I-S."""
    content = json.loads(re.search(r"const volumes = (.*);\n", page)[1])
    differences = np.frombuffer(zlib.decompress(base64.b64decode(content["data"])), np.uint8)
    x, y, z = content["shape"]
    codes = np.cumsum(differences.reshape(-1, z, y, x), axis=1, dtype=np.uint8)
    codes = np.cumsum(codes, axis=0, dtype=np.uint8).transpose(0, 3, 2, 1)
    return content | {"images": content["low"] + content["step"] * codes.astype(np.float64)}


# What the page holds


def test_the_cord_is_in_the_middle_of_every_slice() -> None:
    page = make_page()
    content = content_of(page)
    first, second, third = content["images"]
    middle = len(first) // 2
    assert content["shape"][0] == content["shape"][1] == 41 and content["spacing"] == 1
    assert len(content["curve"]) == content["shape"][2] >= SHAPE[2], "along the bend it is longer"
    line = first[middle - 2 : middle + 3, middle - 2 : middle + 3, 3:-3]
    assert line.min() > 100, "cord; planes at the ends reach beyond the image"
    assert first[middle + 15, middle].mean() > first[middle - 15, middle].mean(), (
        "the right has the higher index"
    )
    assert np.diff(first[middle, middle, 3:-3]).mean() > 0.5, "from inferior to superior"
    np.testing.assert_allclose(
        second[middle, middle, 3:-3], first[middle, middle, 3:-3] + 5, atol=content["step"]
    )
    np.testing.assert_allclose(
        third[middle, middle, 3:-3], first[middle, middle, 3:-3] + 6, atol=content["step"]
    )
    assert content["notes"][1] == "PSNR of the whole: 30 dB"
    assert page.isascii() and "http" not in page and "<script src" not in page


@pytest.mark.parametrize("limit", [25_000, 40_000])
def test_slices_are_narrower_where_the_page_would_be_too_large(limit: int) -> None:
    whole, page = content_of(make_page()), make_page(limit=limit)
    content = content_of(page)
    assert len(page) <= limit
    size, full = content["shape"][0], whole["shape"][0]
    assert 3 <= size < full and size % 2 == 1 and content["shape"][2] == whole["shape"][2]
    cut = (full - size) // 2
    np.testing.assert_allclose(
        content["images"], whole["images"][:, cut : full - cut, cut : full - cut], atol=whole["step"]
    )


def test_a_cord_that_cannot_be_followed_is_said() -> None:
    image, mask = bent_cord()
    mask[:, :, 3:] = 0
    page = along_cord_page("Along", [Panel("reference", image, np.eye(4))], mask)
    assert "cord in 3 slices" in page and "<script" not in page


def test_names_are_escaped() -> None:
    page = make_page("<i>&", "</script><b>")
    assert page.count("</script>") == 2 and "<i>&" not in page and "<b>" not in page


def test_the_best_baseline_and_one_network_are_followed() -> None:
    settings = {"model": "coordinate", "L": 16}
    plans = [
        Method("fourier", "fourier", settings, 3),
        Method("pretrained", "pretrained", {"model": "pretrained"}, 3),
    ]
    config: dict[str, Any] = {"baselines": ["cubic", "ibp", "tv"], "seeds": [3], "ablations": {}}
    for methods, network in ((plans, ["pretrained"]), (plans[:1], ["fourier"]), ([], [])):
        shown = followed_methods(config, {method.label: method for method in methods})
        assert [one["title"] for one in shown] == [*config["baselines"], *network]
        assert {one["kind"] for one in shown[:3]} == {"classical"}, "of which the best is shown"


# What it does


@pytest.fixture(params=[1280, 390])
def shown(request: pytest.FixtureRequest, tmp_path: Path, page: Page) -> Page:
    path = tmp_path / "page.html"
    path.write_text(make_page())
    page.set_viewport_size({"width": request.param, "height": 800})
    page.goto(path.as_uri())
    page.locator("body[data-ready=yes]").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    return page


def pixels(shown: Locator) -> Volume:
    """Grey of a canvas, (height, width)."""
    picture = base64.b64decode(shown.evaluate("c => c.toDataURL()").split(",")[1])
    return np.asarray(Image.open(BytesIO(picture)).convert("RGB"), np.float32).mean(axis=-1)


def test_slider_keys_click_and_movie_move_along_the_cord(shown: Page) -> None:
    slider, canvas = (
        shown.get_by_role("slider", name="along the cord"),
        shown.get_by_role("img", name="reference, across"),
    )
    count = shown.evaluate("count")
    before = pixels(canvas)
    slider.fill("7")
    assert (pixels(canvas) != before).any()
    assert shown.locator("#place").inner_text().startswith(f"7.0 mm of {count - 1:.1f} mm")
    assert slider.get_attribute("aria-valuetext") == f"7.0 mm of {count - 1:.1f} mm from the lower end"
    shown.locator("body").press("ArrowRight")
    shown.locator("body").press("PageUp")
    assert slider.input_value() == "18"
    slider.press("ArrowLeft")
    assert slider.input_value() == "17", "once"
    shown.get_by_role("img", name="curved along the cord").click(position={"x": 2, "y": 20})
    assert slider.input_value() == "0"
    shown.locator("body").press("ArrowLeft")
    assert slider.input_value() == "0"
    shown.keyboard.press("p")
    shown.wait_for_function("Number(slider.value) >= 2")
    shown.get_by_role("button", name="Play").click()
    assert shown.get_by_role("button", name="Play").get_attribute("aria-pressed") == "false"


def test_volumes_are_side_by_side_with_the_patients_right_at_the_left(shown: Page) -> None:
    canvases = shown.locator("canvas.across")
    boxes = [canvases.nth(number).bounding_box() for number in range(3)]
    assert len({round(box["y"]) for box in boxes}) == 1 and boxes[0]["x"] < boxes[1]["x"] < boxes[2]["x"]
    assert len({round(box["width"]) for box in boxes}) == 1
    image = pixels(canvases.first)
    height, width = image.shape
    assert image[height // 2, width // 2] > 200, "the cord"
    columns = image[height // 8 : height // 4]
    assert np.median(columns[:, width // 5]) > np.median(columns[:, -width // 5]), (
        "it is brighter to the right"
    )
    assert pixels(canvases.nth(2))[height // 4].mean() >= image[height // 4].mean()
