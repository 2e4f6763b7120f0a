"""The two modes of a run: views simulated from a reference, or acquired by a scanner."""

from isospine.recipes.lookup import module_of

#: ``module:name`` of what reads the views of an image, by the mode that their record states.
READERS = {
    "simulated": "isospine.views.simulated:read_simulated",
    "acquired": "isospine.views.record:read_acquired",
}


def reader_module(mode: str) -> str:
    """Module that the code hash of whatever reads views must cover."""
    return module_of(READERS[mode])
