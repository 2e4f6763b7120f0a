"""Read files with checks, and write them whole or not at all.

Modules
-------
`atomic`
    Write files that exist whole or not at all.
`checksum`
    Keep a checksum beside a file, as ``sha256sum --check`` reads it; standard library only.
`git`
    Query a git repository, bare repository or bundle, and run nothing that it names; standard library
    only.
`nifti`
    Read NIfTI volumes, with checks that save hours of compute, and write them atomically.
`nifti_header`
    Check a NIfTI header before anything is allocated or decompressed.
`nifti_name`
    Names of NIfTI files: what counts as one, and where its sidecar lies; standard library only.
`png`
    Write small PNG files: one byte per pixel, from a palette whose greys are nearly exact.
`tables`
    Read and write tables of a run: tab-separated, `n/a` for missing values, written atomically.
`text`
    Open files that come from elsewhere, and read their text: regular files, of a bounded size, in
    UTF-8.
`yaml`
    Read YAML, without letting a small text grow into much: aliases stay few, nesting shallow.
"""
