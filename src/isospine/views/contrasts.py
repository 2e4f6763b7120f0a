"""Tell from the names of files which contrast each view is of."""

import re
from collections.abc import Sequence
from pathlib import Path

from isospine.errors import InputError
from isospine.io.nifti_name import stem_of
from isospine.words import listed

#: Suffixes of BIDS for images that may be acquired in thick slices.
#: Source: BIDS specification 1.10, suffixes of anat, dwi, func, fmap and perf.
NAMES = """
T1w T2w T1rho T1map T2map T2star T2starw T2starmap FLAIR FLASH PD PDw PDmap PDT2 PDT2map inplaneT1 inplaneT2 angio UNIT1
MEGRE MESE MP2RAGE MPM MTS MTR MTRmap MTsat MTVmap MTw VFA IRT1 M0map R1map R2map R2starmap MWFmap Chimap S0map
dwi sbref bold cbv phase asl m0scan epi
"""
SUFFIXES = frozenset(NAMES.split())
#: Contrast of views whose names state none.
UNNAMED = "image"


def contrasts_of(paths: Sequence[Path], stated: Sequence[str] | None = None) -> list[str]:
    """Contrast of each file: as stated, or by the BIDS suffixes of the names.

    Views of one contrast share intensities, and each contrast becomes a volume of its own. A contrast is therefore taken
    from a name only where BIDS puts it: names that are not BIDS's are of one contrast, unless they hint at several.

    Parameters
    ----------
    paths : sequence of Path
        Files of the views.
    stated : sequence of str, optional
        Contrast of all files, or of each.

    Raises
    ------
    InputError
        If the numbers differ, or names that are not BIDS's hint at several contrasts.
    """
    if stated:
        if len(stated) not in (1, len(paths)):
            raise InputError(
                f"--contrasts {','.join(stated)}: states {len(stated)} contrasts of {len(paths)} views; expected one for all "
                "views, or one for each in their order"
            )
        return list(stated) * (len(paths) if len(stated) == 1 else 1)
    if are_named(paths):
        return [stem_of(path).split("_")[-1] for path in paths]
    hints = sorted({part for path in paths for part in re.split(r"[^A-Za-z0-9]+", stem_of(path))} & SUFFIXES)
    if len(hints) > 1:
        raise InputError(
            f"{listed([path.name for path in paths])}: hint at several contrasts ({listed(hints)}), but do not end in BIDS "
            "suffixes as in sub-01_acq-ax_T2w.nii.gz; rename them, or state the contrast of each view: --contrasts T1w,T2w"
        )
    return [hints[0] if hints else UNNAMED] * len(paths)


def are_named(paths: Sequence[Path]) -> bool:
    """Check whether all files are named as BIDS does, with a suffix that is a contrast."""
    return all(path.name.startswith("sub-") and stem_of(path).split("_")[-1] in SUFFIXES for path in paths)


def distinct_names(paths: Sequence[Path]) -> list[str]:
    """Names of files, with as many of their folders as tell them apart."""
    for depth in range(1, max(len(path.parts) for path in paths) + 1):
        names = ["/".join(path.parts[-depth:]) for path in paths]
        if len(set(names)) == len(names):
            return names
    return [path.name for path in paths]


def distinct_stems(paths: Sequence[Path]) -> list[str]:
    """Stems of files, with the number of the view where two differ by no more than case: names of files made for each."""
    stems = [stem_of(path) for path in paths]
    if len({name.casefold() for name in stems}) == len(stems):
        return stems
    return [f"{name}_view-{number}" for number, name in enumerate(stems, start=1)]
