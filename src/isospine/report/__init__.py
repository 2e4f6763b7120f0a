"""Write the pages of the report.

Modules
-------
`ablation`
    Write an ablation as an interactive page.
`body_page`
    Say what was estimated of a body without a reference, and how far to trust its volumes; of one alone
    as a page.
`body_tables`
    Tables of the pages of a body without a reference: scores of methods, what was estimated of views,
    and labels on them.
`citations`
    Format the references that a text cites, from `references.bib`, with pybtex.
`facts`
    Describe a run, as terms and texts for the pages of its report.
`follow_up`
    Say what changed since an earlier scan, and what is only remembered; of one follow-up alone as a
    page.
`index`
    Write the first page of a report: which method is better, the results, every subject, and what was
    run.
`inference`
    Tabulate what a voxel costs each network of coordinates, and what fixed point loses.
`method_tables`
    Tabulate the methods of a run for the first page of its report.
`methods`
    Write the methods section of a paper from the records of a run.
`notebook`
    Run a Jupyter notebook from a rule, and write it as a page that needs no network.
`page`
    Fill page templates: self-contained HTML in plain ASCII, with all content escaped.
`segmentations`
    Say on the page of a subject how good its segmentations of the cord are, or how far they agree with
    labels on the views.
`subject`
    Write the page of a subject: every image with its figures, scores, findings, files and provenance.
`subject_list`
    List the subjects of a run, and the pages of the whole run, for the first page of its report.
`table_page`
    Write a table as one self-contained HTML page: begins with what matters, sorts, filters, needs no
    network.
`viewer`
    Show the volumes of one image on an interactive page.
`virtual_slices`
    Write the page of the scores of slices that were never acquired.
"""
