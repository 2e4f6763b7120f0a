"""Optimise any model, resume its training, and store it.

Modules
-------
`checkpoint`
    Keep the state of a training on disk, so that one that was stopped or killed continues.
`files`
    Model files: self-contained safetensors of any kind of model, with the training's curve and record
    beside it.
`optimiser`
    Optimise with Adam: weights in single precision, products in another format, and a watched loss.
`precision`
    Choose the number format of matrix products: bfloat16 where the processor computes in it.
`session`
    The session of a training: its seed, device, provenance, checkpoint and rescue file.
`stored_views`
    Store views inside a model file, in half precision.
`trainable`
    The interface of every kind of model: while it is trained and stored, and afterwards.
"""
