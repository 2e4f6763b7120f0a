"""What fixed point costs coordinate networks in dB: networks alone, in float32 and with integers of 8, 12 and 16 bits.

Views as in benchmarks/quality.py; one thread; about 4 CPU minutes. Run it alone: `.venv/bin/python benchmarks/fixed_point.py`.
"""

from pathlib import Path

import pandas as pd
import torch
from quality import load_case, quality_of, train_recipe
from real_data import data_folder

from isospine.io.atomic import atomic_path
from isospine.models.coordinate.fixed_point import fixed_point_images
from isospine.models.coordinate.model import CoordinateModel
from isospine.recipes.catalogue import known_recipes

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results/fixed_point.tsv"
VOLUME = "sct08mm"
#: Epochs of each recipe; those of published networks are a fifth of the recipe's.
EPOCHS = {"accelerator2023": 20, "siren2020": 20, "fourier": 10}
BITS = (8, 12, 16)


def run(data: Path) -> pd.DataFrame:
    """Train each recipe, and score its network alone in each number format."""
    torch.set_num_threads(1)
    reference, _, views = load_case(data / f"sub-{VOLUME}/anat/sub-{VOLUME}_T2w.nii.gz")
    rows = []
    for recipe, epochs in EPOCHS.items():
        model = train_recipe(views, known_recipes()[recipe] | {"epochs": epochs}, VOLUME, {})
        assert isinstance(model, CoordinateModel)
        for name, image in fixed_point_images(model, views, BITS).items():
            psnr = quality_of(reference, image)
            rows.append(
                {"volume": VOLUME, "recipe": recipe, "epochs": epochs, "format": name, "psnr": round(psnr, 3)}
            )
            print(f"  {recipe:<16} {name:<8} {psnr:7.3f} dB", flush=True)
    return pd.DataFrame(rows)


if __name__ == "__main__":
    table = run(data_folder("real-t2w"))
    with atomic_path(RESULTS) as temporary:
        table.to_csv(temporary, sep="\t", index=False)
