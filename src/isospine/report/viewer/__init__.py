"""Show the volumes of one image on an interactive page.

Modules
-------
`acquired`
    Choose the volumes of a viewer of acquired views, for which there is no reference.
`along_cord`
    Write slices that follow the cord as one HTML page: a slider along it, several volumes side by side,
    no network.
`page`
    Write the volumes of one image as one HTML page: three planes, one crosshair, zoom, outlines,
    flicker, no network.
"""
