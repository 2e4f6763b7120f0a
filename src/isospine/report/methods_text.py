"""The methods section of a paper, written from the records of a run: Markdown with citations as Pandoc reads them."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from isospine.recipes.activations import ACTIVATIONS
from isospine.recipes.baselines import BASELINES
from isospine.recipes.catalogue import recipe_citations
from isospine.recipes.encodings import ENCODINGS
from isospine.report.methods_data import Record, acquisition_text, contrasts_text, data_text, span
from isospine.statistics.paired import CONFIDENCE, MINIMUM_SUBJECTS, RESAMPLES
from isospine.words import count, listed

AUTO = " (bfloat16 where the processor computes in it, else float32)"


def network_text(record: Record) -> str:
    """A recipe as it was trained, from the record of one training."""
    settings, name = record["hyperparameters"], record["recipe"]
    source = recipe_citations().get(name)
    own = f" [@{source}]" if source else ""
    layers = f"{count(settings['hidden_layers'], 'hidden layer')} of {settings['width']} neurons"
    schedule = f"first learning rate {settings['learning_rate']:g}, falling to zero along a cosine"
    consistency = (
        "The result was corrected to agree with the views (data consistency)."
        if settings["data_consistency"]
        else "Nothing made the result agree with the views."
    )
    if settings["model"] == "coordinate":
        loss = (
            f"each slice's intensity with the mean over {settings['samples_per_slice']} positions across its profile"
            if settings["supervision"] == "profile"
            else "each slice's intensity with the network's value at its centre"
        )
        skips = (
            f", the features joining every {settings['skip_every']} layers again"
            if settings["skip_every"]
            else ""
        )
        what = (
            f"a network of coordinates with {ENCODINGS[settings['encoding']].words.format(**settings)} and {layers} with "
            f"{ACTIVATIONS[settings['activation']].words.format(**settings)}{skips}. Its loss, the mean squared error, compared "
            f"{loss}. It was trained for {count(settings['epochs'], 'epoch')} with batches of {settings['batch']} by Adam "
            f"[@kingma2015] ({schedule})."
        )
        shared = record.get("contrasts", [])
        what += (
            f" One network learned {listed(shared)} of an image together, with an output for each."
            * bool(shared)
        )
    else:
        training = (
            f"{settings['steps']} steps with batches of {settings['batch']} cells, of about {settings['cells']}, by AdamW "
            f"[@loshchilov2019] ({schedule}; weight decay {settings['weight_decay']:g})"
        )
        what = (
            f"a network that predicts {settings['L']} amplitudes of a window from the thick-slice cells around it, with "
            f"{layers}, learned from the sharp planes of the same subject's views, which is internal learning "
            f"[@glasner2009; @shocher2018], in {training}."
        )
        if settings["model"] == "population":
            what += (
                f" Before, it learned for {settings['population_steps']} steps from about {settings['population_cells']} "
                f"cells of the references of at most {settings['population_images']} images of other subjects, never of "
                "the one under test."
            )
    return (
        f"`{name}`{own} was {what} {consistency} It has {record['parameters']} weights; matrix products were computed with "
        f"precision `{settings['precision']}`{AUTO if settings['precision'] == 'auto' else ''}."
    )


def training_text(
    records: Sequence[Record], seeds: Sequence[int], ablations: Mapping[str, Any], seen: str
) -> str:
    """Repetitions, ablations, what no network has seen, and cost and device of the trainings."""
    plans = [
        f"{plan['hyperparameter']} of `{plan['recipe']}` at {listed(list(map(str, plan['values'])))}"
        for plan in ablations.values()
        if plan
    ]
    ablated = f" Ablations varied {'; '.join(plans)}." if plans else ""
    runs = f"seed {seeds[0]} alone, so that the spread between seeds is not known" if len(seeds) == 1 else ""
    runs = runs or f"each of the seeds {listed(list(map(str, seeds)))}"
    times = [float(record["train_seconds"]) for record in records]
    shared = any("contrasts" in record for record in records)
    shares = ", that of a network of several contrasts shared out evenly between them" * shared
    devices = sorted({str(record["device"]) for record in records})
    threads = sorted({int(record["threads"]) for record in records})
    return (
        f"Every network was trained per image with {runs}.{ablated} {seen} "
        f"A training (ablations included) took {median(times):.3g} s (median; {span(times, ' s')}{shares}) on {listed(devices)} with "
        f"{listed(list(map(str, threads)))} CPU thread{'s' * (threads != [1])}."
    )


def evaluation_text(subjects: int, cord: bool, karthik2023: bool) -> str:
    """Metrics and statistics where there is a reference."""
    regions = "in the whole volume and in tissue (intensity above half of Otsu's threshold [@otsu1979])"
    if cord:
        regions += ", and in the spinal cord by the dataset's segmentation"
    text = (
        "PSNR, SSIM (3-D, windows of 7 voxels) [@wang2004] and NRMSE were computed on the reference's intensities, over its "
        f"range and without rescaling any reconstruction, {regions}."
    )
    if not cord:
        text += " No image has a segmentation of the spinal cord, so that nothing was measured there."
    if karthik2023:
        text += (
            " For comparison with the published numbers of karthik2023, PSNR and SSIM were also computed by its protocol: each "
            "image min-max scaled inside the tissue, the background set to zero, over the whole volume."
        )
    return f"{text} {comparison_text(subjects)}"


def comparison_text(subjects: int) -> str:
    """How methods were compared."""
    text = (
        "Methods were compared by paired differences on the same images, each averaged over its seeds first."
    )
    if subjects < MINIMUM_SUBJECTS:
        return text + (
            f" With {count(subjects, 'subject')}, fewer than {MINIMUM_SUBJECTS}, no intervals were computed and no "
            "winner was named."
        )
    return text + (
        f" Their {CONFIDENCE:.0%} intervals are expanded percentile intervals [@hesterberg2015] of a bootstrap over "
        f"subjects ({RESAMPLES} draws), without correction for the number of comparisons."
    ).replace("%", " %")


def software_text(versions: Sequence[Record], environment: Mapping[str, str]) -> str:
    """Software versions: of the trainings from their records, of the rest from the environment of the page."""
    parts = []
    for name, key in (("Python", "python"), ("NumPy", "numpy"), ("SciPy", "scipy"), ("PyTorch", "torch")):
        found = sorted({str(one[key]) for one in versions})
        cited = " [@paszke2019]" if key == "torch" else ""
        if found:
            parts.append(f"{name} {' and '.join(found)}{cited}")
    trained = (
        f"The records of the trainings name {', '.join(parts)}. " if parts else "No network was trained. "
    )
    return (
        f"Everything ran in isospine {environment['isospine']} [@isospine], a Snakemake workflow [@molder2021]. {trained}"
        f"This page was written with Snakemake {environment['snakemake']} and scikit-image "
        f"{environment['scikit-image']} [@vanderwalt2014], which computes SSIM."
    )


def methods_paragraphs(
    dataset: Record,
    records: Sequence[Record],
    sidecars: Sequence[Record],
    settings: Mapping[str, Any],
    left_out: Sequence[str],
    cord: bool,
    environment: Mapping[str, str],
) -> list[str]:
    """Write the paragraphs of a methods section.

    Parameters
    ----------
    dataset : mapping
        Record of the dataset, of `clone.clone_dataset`.
    records : sequence of mapping
        Records of every training and baseline of the run.
    sidecars : sequence of mapping
        Sidecars of its views.
    settings : mapping
        The configuration: `acquisition`, `metrics`, `ablations`, `seeds`, `baselines`.
    left_out : sequence of str
        Images that the run went on without.
    cord : bool
        Whether any image has a segmentation of the spinal cord.
    environment : mapping
        Versions of `isospine`, `snakemake` and `scikit-image`.

    Returns
    -------
    list of str
        Markdown with ``[@key]`` for a citation of `references.bib`.
    """
    images = {record["image"] for record in records}
    contrasts = list(dict.fromkeys(record["contrast"] for record in records))
    subjects = len({image.split("_")[0] for image in images})
    return run_paragraphs(
        data_text(dataset, subjects, len(images), contrasts, left_out),
        acquisition_text(sidecars, settings["acquisition"]["noise"]) + contrasts_text(settings, contrasts),
        evaluation_text(subjects, cord, settings["metrics"]["karthik2023"]),
        "The reference of an image was seen by its metrics alone.",
        records,
        settings,
        environment,
    )


def run_paragraphs(
    data: str,
    acquisition: str,
    evaluation: str,
    seen: str,
    records: Sequence[Record],
    settings: Mapping[str, Any],
    environment: Mapping[str, str],
) -> list[str]:
    """Put the paragraphs of a methods section together.

    Parameters
    ----------
    data, acquisition, evaluation : str
        Paragraphs on these.
    seen : str
        Sentence on what the networks have not seen.
    records, settings, environment
        As for `methods_paragraphs`.
    """
    trained = [record for record in records if "hyperparameters" in record]
    configured: dict[str, Record] = {}
    for record in trained:
        if record["method"] == record["recipe"]:
            configured.setdefault(record["recipe"], record)
    classical = [BASELINES[name].words for name in settings["baselines"]]
    paragraphs = [
        data,
        acquisition,
        *map(network_text, configured.values()),
    ]
    if trained:
        paragraphs.append(training_text(trained, settings["seeds"], settings["ablations"], seen))
    if classical:
        paragraphs.append(f"The classical methods were {listed(classical)}.")
    paragraphs.append(evaluation)
    paragraphs.append(software_text([record["software"] for record in trained], environment))
    return paragraphs
