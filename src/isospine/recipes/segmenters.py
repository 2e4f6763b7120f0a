"""Name the methods that make one segmentation of labels drawn on thick views."""

#: What each does, by its name in `isospine.segmentation.methods`.
SEGMENTERS = {
    "nearest": "the nearest slice (of the axial labels, where there are any)",
    "shape-based": "signed distances interpolated between slices (of the axial labels, where there are any)",
    "tv": "the occupancy with the least total variation that shows the labels of every view",
    "distance-spline": "a smooth signed distance whose inside shows the labels of every view",
}
