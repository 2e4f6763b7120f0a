"""Measure volumes and slices, with a reference and without one.

Modules
-------
`audit`
    Audit whether a reconstruction holds null-space content that its views cannot determine.
`codecs`
    Code volumes as people do: 3-D wavelets, JPEG 2000 and JPEG XL at a rate, and codecs without loss.
`compression`
    Score codes of a reference: the bytes that they take, and how close what they stand for is.
`cord_area`
    Measure the area of the spinal cord along its length, by one simple segmentation for every volume.
`disagreement`
    Map where views contradict each other: residual motion, artefacts, or mismatched intensities.
`edge_error`
    Measure the error of a reconstruction by its distance from the reference's edges.
`error_anatomy`
    Locate the error of a reconstruction: by frequency, by distance from edges, and in the size of the
    cord.
`fixed_point`
    Score a network alone in several number formats, and what each of them costs.
`held_out`
    Validate without a reference: predict held-out slices through the acquisition model.
`identity`
    Name the columns that identify the image and method of a row of a table.
`label_agreement`
    Tabulate how a segmentation agrees with the labels on each view, where nobody knows the truth.
`line_profiles`
    Intensity profiles along lines across the cord, and along the vertebral column in front of it.
`measures`
    Measures and regions: one record for each, the source of names, units and digits everywhere.
`metrics`
    Measure how close a reconstruction is to the reference: PSNR, SSIM and NRMSE per region.
`profile_choice`
    Use the slice profiles that views show of each other where they predict held-out slices better than
    those stated.
`rows`
    Make one row of metrics per region for one reconstruction.
`scores`
    Score methods on views without a reference: on trials of their planes, and on held-out slices.
`segmentation_scores`
    Score segmentations of the spinal cord against the dataset's own: overlap, distance of surfaces,
    areas.
`spectrum`
    Power spectra along each anatomical axis, and the frequencies that views do not show.
`trials`
    Rank methods without a reference: by restoring the acquired views' own planes from thick views of
    them.
`virtual_slices`
    Score slices that were never acquired against the same slices of the reference.
"""
