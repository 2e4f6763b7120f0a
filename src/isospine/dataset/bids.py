"""The BIDS side of the outputs: sidecars, dataset description and the meaning of each label."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from isospine.geometry.grid import Grid
from isospine.numbers import shortest
from isospine.physics.view import View
from isospine.version import __version__

CODE_URL = "https://github.com/isospine/isospine"

#: Folders and files of a run that are not BIDS.
BIDSIGNORE = (
    "\n".join(
        f"{name}\n{name}/**"
        for name in (
            "models",
            "metrics",
            "views",
            "held_out",
            "trials",
            "figures",
            "tables",
            "report",
            "logs",
            "benchmarks",
            "sourcedata",
            "export",
        )
    )
    + "\nmanifest.tsv\nmetrics.tsv\nsegmentation.tsv\nsegmentation.json\nheld_out.tsv\ntrials.tsv\nleft_out.tsv\nreport.html\n"
)


#: Facts of a placed view that are those of labels on it too.
PLACE = (
    "SliceThickness",
    "SliceProfile",
    "SpacingBetweenSlices",
    "RotationDegrees",
    "TranslationMillimetres",
)


def reference_sidecar(source: str, crop: Sequence[int], original: Grid, cropped: Grid) -> dict[str, Any]:
    """Sidecar of the reference: its source, and which part of the image it covers.

    Parameters
    ----------
    source : str
        BIDS URI of the image.
    crop : three ints
        First voxel kept along each array axis.
    original, cropped : Grid
        Grids of the image and of the reference.
    """
    return {
        "Description": "Image cropped to the field of view that every simulated view covers",
        "Sources": [source],
        "SkullStripped": False,
        "CropStart": list(crop),
        "CropShape": list(cropped.shape),
        "OriginalShape": list(original.shape),
    }


def cord_mask_sidecar(source: str) -> dict[str, Any]:
    """Sidecar of the cord mask on the reference's grid."""
    return {
        "Description": "Spinal cord segmentation of the source dataset, cropped as the reference",
        "Sources": [source],
        "Type": "ROI",
    }


def label_sidecar(kind: str, view: dict[str, Any]) -> dict[str, Any]:
    """Sidecar of labels of the cord on a simulated view, from that of the view; they have no noise."""
    text = (
        "drawn where more than half of a voxel is inside" if kind == "binary" else "part of each voxel inside"
    )
    about = {
        "Description": f"Labels of the spinal cord on a simulated thick-slice view: {text}",
        "Type": "ROI",
    }
    return {**view, **about, "RicianNoiseSigma": 0.0}


def drawn_label_sidecar(source: str, facts: dict[str, Any]) -> dict[str, Any]:
    """Sidecar of labels that were drawn on an acquired view; `facts` from `views.record.view_facts` of that."""
    return {
        "Description": "Labels of the spinal cord drawn on an acquired view, where the body was during the first view",
        "Sources": [source],
        "Type": "ROI",
        **{key: facts[key] for key in PLACE},
    }


def view_sidecar(
    view: View, plane: str, factor: float, noise: float, source: str, reference: dict[str, Any]
) -> dict[str, Any]:
    """Sidecar of a simulated thick-slice view, with the crop of the reference's sidecar."""
    return {
        "Description": f"Simulated {plane} thick-slice view of the reference",
        "Sources": [source],
        "SkullStripped": False,
        "Plane": plane,
        "Factor": factor,
        "SliceThickness": round(view.thickness, 6),
        "SpacingBetweenSlices": round(float(view.grid.spacing[view.axis]), 6),
        "SliceProfile": view.profile,
        "RicianNoiseSigma": noise,
        **{key: reference[key] for key in ("CropStart", "CropShape", "OriginalShape")},
    }


def placed_sidecar(source: str, facts: dict[str, Any]) -> dict[str, Any]:
    """Sidecar of an acquired view that was aligned; `facts` from `views.record.view_facts`."""
    return {
        "Description": "Acquired view where the body was during the first one, in the intensities of the first one",
        "Sources": [source],
        "SkullStripped": False,
        **{key: value for key, value in facts.items() if key != "Source"},
    }


def disagreement_sidecar(grid: Grid, sources: Sequence[str]) -> dict[str, Any]:
    """Sidecar of the map of where views contradict each other."""
    return {
        "Description": "Standard deviation between the acquired views, made equally blurred",
        "Sources": list(sources),
        "SkullStripped": False,
        "Resolution": f"isotropic: {spacing_text(grid)}",
    }


def reconstruction_sidecar(
    method: str, grid: Grid, resolution: str, sources: Sequence[str]
) -> dict[str, Any]:
    """Sidecar of a reconstruction: method, target grid and what it was made from."""
    return {
        "Description": f"Reconstruction from thick-slice views by {method}",
        "Sources": list(sources),
        "SkullStripped": False,
        "Resolution": f"{resolution}: {spacing_text(grid)}",
    }


def segmentation_sidecar(method: str, grid: Grid, resolution: str, sources: Sequence[str]) -> dict[str, Any]:
    """Sidecar of a segmentation that labels drawn on thick views became."""
    return {
        "Description": f"Segmentation from labels on thick-slice views by {method}",
        "Sources": list(sources),
        "Type": "ROI",
        "Resolution": f"{resolution}: {spacing_text(grid)}",
    }


def spacing_text(grid: Grid) -> str:
    """Voxel size in words: 0.8 x 0.8 x 0.8 mm."""
    return " x ".join(map(shortest, grid.spacing)) + " mm"


def dataset_description(dataset: dict[str, Any]) -> dict[str, Any]:
    """Content of dataset_description.json of the results.

    Parameters
    ----------
    dataset : dict
        Record of the source dataset: `name`, `licence`, `version`, `commit`, `source`, `doi`.
    """
    source: dict[str, Any] = {"Version": dataset["commit"] or dataset["version"] or "unversioned"}
    if dataset["doi"]:
        source["DOI"] = dataset["doi"]
    if "://" in dataset["source"]:
        source["URL"] = dataset["source"]
    return {
        "Name": f"isospine reconstructions of {dataset['name']}",
        "BIDSVersion": "1.10.0",
        "DatasetType": "derivative",
        "License": dataset["licence"] or "n/a",
        "GeneratedBy": [{"Name": "isospine", "Version": __version__, "CodeURL": CODE_URL}],
        "SourceDatasets": [source],
        "DatasetLinks": {"source": _location(dataset)},
    }


def _location(dataset: dict[str, Any]) -> str:
    """Location of the dataset to which `bids:source:` URIs lead."""
    if "://" in dataset["source"]:
        return str(dataset["source"])
    # a clone is kept with the results; a plain folder stays where it is
    return (
        "sourcedata/dataset"
        if dataset["commit"]
        else Path(dataset["source"]).expanduser().absolute().as_uri()
    )


def bids_uri(path: str, dataset: str = "") -> str:
    """BIDS URI of a file, in this dataset or in a linked one."""
    return f"bids:{dataset}:{path}"
