"""A network that was trained for a moment."""

import pytest
from support.quick_training import Case, make_case, quick_settings
from support.view_sets import train_views

from isospine.models.coordinate.model import CoordinateModel


@pytest.fixture(scope="module")
def case() -> Case:
    return make_case()


@pytest.fixture(scope="module")
def model(case: Case) -> CoordinateModel:
    return train_views(case.views, quick_settings(epochs=10), 0, {"image": "sub-1_T2w"})[0]
