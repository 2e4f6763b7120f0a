import pytest

from isospine.plan.too_large import describe_too_large, largest_share


def test_the_size_that_would_fit() -> None:
    def asked(share: float = 1.0) -> float:
        return 100 + 800 * share

    assert largest_share(asked, 500) == pytest.approx(0.5, abs=1e-4)
    assert largest_share(asked, 99) == 0
    said = describe_too_large("sub-01_T2w", "80x80x80", ("train", "fourier", None), asked, 200)
    assert said.startswith(
        "sub-01_T2w: the job train fourier needs 0.9 GB of memory, but there are only 0.2 GB"
    )
    assert "an image of 40 x 40 x 40 voxels would fit: crop it" in said
    assert "12% of its voxels" in describe_too_large("sub-01_T2w", "n/a", ("train",), asked, 200)
    assert "no image would fit: choose a smaller" in describe_too_large("a", "n/a", ("train",), asked, 50)
