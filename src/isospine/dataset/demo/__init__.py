"""Make the synthetic dataset of the demo.

Modules
-------
`anatomy`
    The anatomy of a synthetic neck: which tissue lies where, in mm, for subjects that differ.
`dataset`
    The embedded demo: synthetic subjects as a DataLad dataset in the layout of spine-generic.
`phantom`
    A synthetic T2-weighted cervical spine with fine detail that distinguishes reconstructions.
"""
