"""The grammar of the names of images: the entities of BIDS, for the index of a dataset and for the workflow's files."""

import re

#: Entities of the files of a raw dataset in the order of BIDS, by the key that file names have.
ENTITIES = {
    "sub": "subject",
    "ses": "session",
    "sample": "sample",
    "task": "task",
    "tracksys": "tracksys",
    "acq": "acquisition",
    "nuc": "nucleus",
    "voi": "volume",
    "ce": "ceagent",
    "trc": "tracer",
    "stain": "stain",
    "rec": "reconstruction",
    "dir": "direction",
    "run": "run",
    "mod": "modality",
    "echo": "echo",
    "flip": "flip",
    "inv": "inversion",
    "mt": "mtransfer",
    "part": "part",
    "proc": "processing",
    "space": "space",
    "split": "split",
    "recording": "recording",
    "chunk": "chunk",
}
LABEL = "[A-Za-z0-9+]+"
_OTHERS = "|".join(key for key in ENTITIES if key != "sub")
#: The name of an image up to its suffix, and the path of its files from the dataset's folder up to it.
IMAGE_NAME = rf"sub-{LABEL}(?:_(?:{_OTHERS})-{LABEL})*"
IMAGE_PATTERN = rf"sub-{LABEL}(?:/ses-{LABEL})?/anat/{IMAGE_NAME}"


def read_image_name(name: str) -> dict[str, str] | None:
    """Read the entities of an image's name.

    Parameters
    ----------
    name : str
        A file's name up to its suffix.

    Returns
    -------
    dict or None
        Labels by the name of the entity; None if it is not the name of a raw image in BIDS.

    Examples
    --------
    >>> read_image_name("sub-01_flip-1_mt-on")
    {'subject': '01', 'flip': '1', 'mtransfer': 'on'}
    """
    if not re.fullmatch(IMAGE_NAME, name):
        return None
    pairs = [part.split("-") for part in name.split("_")]
    entities = {ENTITIES[key]: label for key, label in pairs}
    return entities if len(entities) == len(pairs) else None
