"""Write an ablation as an interactive page.

Modules
-------
`page`
    Write quality against one hyperparameter as one self-contained HTML page that names every run.
"""
