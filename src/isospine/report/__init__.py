"""Write the pages of the report.

Modules
-------
`ablation`
    Write an ablation as an interactive page.
`body_page`
    Write the page of a reconstruction without a reference: estimates, and how far to trust the volume.
`citations`
    Format the references that a text cites, from `references.bib`, with pybtex.
`facts`
    Describe a run, as terms and texts for the pages of its report.
`follow_up`
    Write the pages of a follow-up: both scans, what changed between them, and what is only remembered.
`front_page`
    Write the front page of a report: what was run, the results, and which method is better.
`methods`
    Write the methods section of a paper from the records of a run.
`notebook`
    Run a Jupyter notebook from a rule, and write it as a page that needs no network.
`page`
    Fill page templates: self-contained HTML in plain ASCII, with all content escaped.
`table_page`
    Write a table as one self-contained HTML page: sorts by any column, filters, needs no network.
`viewer`
    Show the volumes of one image on an interactive page.
"""
