"""How thick-slice views arise from an image, and the linear operators of that."""
