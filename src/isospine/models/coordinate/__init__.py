"""Represent an image by a coordinate network: intensity as a function of position.

Modules
-------
`model`
    The coordinate model: a network, its coordinate transform and the residuals of its views.
`network_alone`
    Evaluate a coordinate network alone, with weights of half the size.
`train`
    Train a coordinate network on thick-slice views, and on nothing else.
"""
