"""The figure of the segmentations of the cord."""

import numpy as np
from support.cords import cord

from isospine.figures.panels import Panel
from isospine.figures.segmentation import segmentation_figure
from isospine.segmentation.interpolation import filled


def test_outlines_and_areas_of_every_method_are_drawn() -> None:
    mask, grid = cord()
    truth = mask.astype(np.uint8)
    methods = {"tv": mask.astype(np.float32), "distance-spline": filled(np.where(mask, 1.0, -1.0))}
    figure = segmentation_figure(Panel("reference", 100.0 * mask, grid.affine), truth, methods)
    axial, sagittal, areas = figure.axes
    assert len(axial.collections) >= 3 and len(sagittal.collections) >= 3
    names = ["dataset's own", "tv", "distance-spline"]
    assert [line.get_label() for line in areas.lines] == names
    for line in areas.lines:
        np.testing.assert_allclose(line.get_ydata().mean(), np.pi * 25, rtol=0.03)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == names


def test_a_method_that_found_nothing_is_drawn_without_an_outline() -> None:
    mask, grid = cord()
    figure = segmentation_figure(
        Panel("reference", 100.0 * mask, grid.affine),
        mask.astype(np.uint8),
        {"tv": np.zeros(grid.shape, np.float32)},
    )
    assert figure.axes[2].lines[1].get_ydata().max() == 0
