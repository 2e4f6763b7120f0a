"""Describe every method: settings, names, text and citations.

Modules
-------
`activations`
    Activations of a coordinate network: one record for each.
`baselines`
    Baselines: one record for each, the source of titles, methods text, costs, schema and code hashes.
`catalogue`
    Read the named recipes that come with isospine.
`encodings`
    Encodings of a coordinate: one record for each.
`former_names`
    Translate names that recipes had before, in configurations and model files.
`hyperparameters`
    Hyperparameters of each kind of model, as immutable records that describe every key.
`keys`
    Describe each hyperparameter, for any kind of model: title, unit, and when it has an effect.
`kinds`
    Kinds of models: one record for each, the source of trainers, loaders, costs, text and code hashes.
`lookup`
    Import functions and classes that records name, so that reading records loads no numerical library.
`modes`
    The two modes of a run: views simulated from a reference, or acquired by a scanner.
`segmenters`
    Name the methods that make one segmentation of labels drawn on thick views.
"""
