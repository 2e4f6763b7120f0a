"""Sections of the pages of subjects, without files."""

from typing import Any

import pandas as pd

from isospine.report.subject import image_section


def plan_of(image: str, session: str = "n/a") -> dict[str, Any]:
    """What `plan.report_pages.subject_sections` gives for one image."""
    anat = "results/sub-01/anat"
    return {
        "image": image, "participant": "sub-01", "session": session, "contrast": "T2w",
        "figures": [{"rule": "figure_views", "path": "results/figures/sub-01/views.png"}],
        "pages": [{"rule": "figure_viewer", "path": "results/figures/sub-01/viewer.html"}],
        "volumes": [{"rule": "baseline", "path": f"{anat}/sub-01_res-reference_desc-tv_T2w.nii.gz"}],
    }  # fmt: skip


def section_of(image: str, session: str = "n/a") -> dict[str, Any]:
    """Section of one image with a figure, a viewer, a volume and a record."""
    record = {
        "method": "fourier",
        "seed": 0,
        "device": "cuda",
        "train_seconds": 65.0,
        "peak_memory_mb": 100.0,
    }
    empty = pd.DataFrame()
    return image_section(plan_of(image, session), empty, empty, [], [record], {"tv": "Baseline tv"})
