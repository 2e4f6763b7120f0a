"""Model the acquisition of thick-slice views as linear operators.

Modules
-------
`aligned`
    The acquisition operator of aligned views, and data consistency in closed form.
`fine_grid`
    The fine grid that aligned views share.
`interpolate`
    Interpolate views on a grid.
`magnitude`
    Bring intensities near 1 by powers of two, where their squares neither overflow nor vanish in single
    precision.
`moving_body`
    Simulate acquisitions of a moving body in slices of any position: ground truth for motion
    estimation.
`oblique`
    The acquisition operator of views in any position: oblique to each other, moved, or with different
    voxel sizes.
`operator`
    The acquisition of some views as one linear operator.
`output_grid`
    The grid of a reconstruction from views that do not share their axes or their field of view.
`simulate`
    Simulate views from an isotropic image, with Rician noise.
`slice_profile`
    Slice profiles, and the small matrices that apply them along the thick axis.
`slices`
    Take slices from a stack, and leave slices out.
`tissue`
    Tell tissue from background by Otsu's threshold.
`view`
    A view: a thick-slice stack and how it was acquired.
`virtual_slices`
    Slices that were never acquired: any plane of a continuous image, through the slice profile of an
    acquisition.
"""
