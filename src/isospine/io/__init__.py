"""Read files with checks, and write them whole or not at all.

Modules
-------
`atomic`
    Write files that exist whole or not at all.
`checksum`
    Keep a checksum beside a file, as ``sha256sum --check`` reads it; standard library only.
`git`
    Query a git repository, bare repository or bundle; standard library only.
`nifti`
    Read NIfTI volumes, with checks that save hours of compute, and write them atomically.
`nifti_header`
    Check a NIfTI header before anything is allocated or decompressed.
`png`
    Write small PNG files: one byte per pixel, from a palette whose greys are nearly exact.
`tables`
    Read and write tables of a run: tab-separated, `n/a` for missing values, written atomically.
`yaml`
    Read YAML files.
"""
