"""Represent an image by a coordinate network: intensity as a function of position.

Modules
-------
`coded`
    Code a coordinate network in few bytes: weights of 8 or so bits, entropy coded, in a file of its
    own.
`fixed_point`
    Evaluate a coordinate network in fixed point: integer weights, integer activations, integer sums.
`model`
    The coordinate model: a network, its coordinate transform and the residuals of its views.
`network_alone`
    Evaluate a coordinate network alone, with weights of half the size.
`occupancy`
    Segment by a coordinate network: an occupancy beside the intensity, both through the acquisition of
    their views.
`start`
    First weights of a network that are not drawn: the mean of those of networks of other persons.
`train`
    Train a coordinate network on thick-slice views, and on nothing else.
"""
