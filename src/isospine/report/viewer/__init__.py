"""Show the volumes of one image on an interactive page.

Modules
-------
`page`
    Write the volumes of one image as one HTML page: three planes, one crosshair, zoom, outlines,
    flicker, no network.
"""
