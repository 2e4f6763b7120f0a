"""Views of a body that cannot be used are refused where they are read and placed."""

from pathlib import Path

import pytest
from support.acquired_pairs import SPOILT, make_dataset, spoil
from support.datasets import refuses

from isospine.views.acquired import load_acquired
from isospine.views.place import check_planes, place_contrasts


@pytest.mark.parametrize("what", SPOILT)
def test_a_view_that_cannot_be_used_is_refused(tmp_path: Path, what: str) -> None:
    """As the rule `place` reads them."""
    data = make_dataset(tmp_path)
    spoil(data, "01", what)
    paths = sorted(data.glob("sub-01/anat/*.nii.gz"))
    with refuses(*SPOILT[what]):
        views = [load_acquired(path) for path in paths]
        check_planes([one.view for one in views], True)
        place_contrasts({"T2w": views}, True, False)
