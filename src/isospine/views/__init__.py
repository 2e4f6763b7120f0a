"""Read the views of a body, and move them to where the body was during the first.

Modules
-------
`acquired`
    Read acquired views: which axis is thick, how thick its slices are, and whether headers agree.
`agreement`
    Measure whether placed views show the same body where they lie, against what chance would show.
`contrasts`
    Tell from the names of files which contrast each view is of.
`copies`
    Recognise the same scan given twice.
`estimate`
    Estimate the motion and intensity scale of acquired views relative to the first.
`joint`
    Estimate jointly an image, the motion of the body during each view, and each view's intensity scale.
`place`
    Move acquired views to where the body was during the first of them.
`placed`
    Acquired views with their estimated motion: where they lie, and which of their slices are used.
`record`
    Store what was estimated of acquired views: as a record, as transforms, and in sidecars.
`registration`
    Register thick-slice views rigidly to the first of them, before any reconstruction.
`shared_field`
    Find the part of the body that all views show, so that their surroundings do not decide where they
    are placed.
`simulated`
    Read simulated views, and describe those of an image in one record.
`slice_motion`
    Estimate the motion of single slices, and which do not fit, together with the image.
`slice_profiles`
    Estimate thickness and profile of slices from what views say of each other.
`view_set`
    The view set: the views of one contrast and the grid to reconstruct on, the input of every method.
"""
