"""Write the methods section of a paper from the records of a run: Markdown with citations for Pandoc."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from statistics import median
from typing import Any

from isospine.numbers import significant
from isospine.plan.starts import starts_from_others
from isospine.plan.views import are_acquired
from isospine.recipes.activations import ACTIVATIONS
from isospine.recipes.baselines import BASELINES
from isospine.recipes.catalogue import recipe_citations
from isospine.recipes.encodings import ENCODINGS
from isospine.recipes.hyperparameters import SHIPPED_WEIGHTS
from isospine.recipes.kinds import draws, kind_of
from isospine.report.methods.data import Record, data_text, span
from isospine.report.methods.derived import derived_texts
from isospine.report.methods.judging import evaluation_text, trials_text
from isospine.report.methods.views import acquisition_text, contrasts_text, placing_text
from isospine.statistics.persons import say_numbers
from isospine.words import count, listed

#: Of every method alike.
NONNEGATIVE = (
    "Where no intensity of the views was negative, negative intensities of reconstructions were raised to zero, for those that "
    "explain the views by alternating projections that keep what these show [@bauschke1996]."
)
AUTO = " (bfloat16 where the processor computes in it, otherwise float32)"


def network_text(record: Record) -> str:
    """Describe a recipe as it was trained, from the record of one training."""
    settings, name = record["hyperparameters"], record["recipe"]
    source = recipe_citations().get(name)
    own = f" [@{source}]" if source else ""
    if not kind_of(settings).runs_network:
        return f"`{name}`{own} was {_follow_up_text(settings)}"
    precision = f"precision `{settings['precision']}`{AUTO if settings['precision'] == 'auto' else ''}"
    consistency = (
        "The result was corrected to agree with the views (data consistency)."
        if settings["data_consistency"]
        else "The result was not corrected to agree with the views."
    )
    if kind_of(settings).trained_before:
        return f"`{name}`{own} was {_pretrained_text(record)} {consistency} It has {record['parameters']} weights; matrix products were computed with {precision}."
    layers = f"{count(settings['hidden_layers'], 'hidden layer')} of {settings['width']} neurons"
    schedule = f"first learning rate {settings['learning_rate']:g}, falling to zero along a cosine"
    if kind_of(settings).needs_earlier:
        what = _earlier_network_text(settings, layers, schedule)
    elif kind_of(settings).of_coordinates:
        what = _coordinate_text(settings, layers, schedule)
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
            f"{layers}, learned from the sharp planes of the same person's views, which is internal learning "
            f"[@glasner2009; @shocher2018], in {training}."
        )
        if kind_of(settings).needs_references:
            what += (
                f" Before that, it learned for {settings['population_steps']} steps from about {settings['population_cells']} "
                f"cells of the references of at most {settings['population_images']} images of other persons, never of "
                "the one under test."
            )
    return (
        f"`{name}`{own} was {what} {consistency} It has {record['parameters']} weights; matrix products were computed with "
        f"{precision}."
    )


def _coordinate_text(settings: Mapping[str, Any], layers: str, schedule: str) -> str:
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
    return (
        f"a network of coordinates with {ENCODINGS[settings['encoding']].words.format(**settings)} and {layers} with "
        f"{ACTIVATIONS[settings['activation']].words.format(**settings)}{skips}. Its loss, the mean squared error, compared "
        f"{loss}. It was trained for {count(settings['epochs'], 'epoch')} with batches of {settings['batch']} by Adam "
        f"[@kingma2015] ({schedule})."
    )


def _earlier_network_text(settings: Mapping[str, Any], layers: str, schedule: str) -> str:
    uses = {
        "embed": (
            f"Before that, it was trained for {count(settings['earlier_epochs'], 'epoch')} on the voxels of an earlier scan of the "
            f"same person, with a first learning rate of {settings['earlier_learning_rate']:g}, which is prior embedding [@shen2022]."
        ),
        "difference": "It represents the difference to an earlier scan of the same person, of which the views were simulated and subtracted.",
    }
    return (
        f"{_coordinate_text(settings, layers, schedule)} {uses[settings['use']]} That scan was brought to where the body is now by "
        f"{FIELDS[settings['field']]}, and its intensities to those of the views; it was not judged. Where it does not reach, the "
        "image by total variation [@rudin1992] stood in. The figures are compared with those of no method that knows the views alone."
    )


#: How an earlier scan was deformed, by the value of `field`.
FIELDS = {
    "rigid": "a rigid motion (mutual information [@mattes2003])",
    "bspline": "a rigid motion (mutual information [@mattes2003]) and a deformation by cubic B-splines of 32, 16 and 8 mm [@rueckert1999]",
    "network": "a rigid motion (mutual information [@mattes2003]) and a deformation by a network of coordinates [@wolterink2022]",
    "velocity": "a rigid motion (mutual information [@mattes2003]) and the flow of a velocity that is a network of coordinates [@wolterink2022]",
}


def _follow_up_text(settings: Mapping[str, Any]) -> str:
    beside = {
        "tv": "the total variation of the image",
        "pretrained": "that of its difference to the pretrained prior's",
    }
    return (
        "a reconstruction that knows an earlier scan of the same person. That scan was brought to where the body is now by "
        f"{FIELDS[settings['field']]}, estimated through the acquisition of the views and never on interpolated ones, and its "
        "intensities to those of the views. The image minimises the squared differences to the views plus the total variation of the "
        f"change since the earlier scan (share {settings['alpha']:g}) and {beside[settings['regulariser']]} (the rest), as in prior "
        "image constrained compressed sensing [@chen2008]. An earlier scan that did not fit, or with which held-out slices were "
        "predicted worse, was not used. Its figures are compared with those of no method that knows the views alone."
    )


def _pretrained_text(record: Record) -> str:
    settings = record["hyperparameters"]
    shipped = settings["weights"] == SHIPPED_WEIGHTS
    file = (
        "weights that come with isospine"
        if shipped
        else f"weights of the file `{PurePath(settings['weights']).name}`"
    )
    refined = (
        f"refined for {count(settings['refine'], 'step')} on the sharp planes of the same person's views [@glasner2009; "
        "@shocher2018]"
        if settings["refine"]
        else "applied as it was: nothing was trained on the views"
    )
    return (
        f"a network that learned beforehand, from isotropic images of other bodies, what the estimate of iterative "
        f"back-projection lacks in the thick-slice cells around a window ({file}, SHA-256 `{record['weights']}`), {refined}."
    )


def training_text(
    records: Sequence[Record], seeds: Sequence[int], ablations: Mapping[str, Any], seen: str
) -> str:
    """Describe repetitions, ablations, data that no network saw, and cost and device of the trainings."""
    plans = [
        f"{plan['hyperparameter']} of `{plan['recipe']}` at {listed(list(map(str, plan['values'])))}"
        for plan in ablations.values()
        if plan
    ]
    ablated = f" Ablations varied {'; '.join(plans)}." if plans else ""
    runs = f"seed {seeds[0]} alone, so the spread between seeds is unknown" if len(seeds) == 1 else ""
    runs = runs or f"each of the seeds {listed(list(map(str, seeds)))}"
    trained = [record for record in records if draws(record["hyperparameters"])]
    if not trained:
        return f"No network was trained on the views.{ablated} {seen}"
    applied = sorted({record["recipe"] for record in records if record not in trained})
    named = listed([f"`{name}`" for name in applied])
    but = f" but {named}, which was trained beforehand," * bool(applied)
    times = [float(record["train_seconds"]) for record in trained]
    started = [record for record in trained if starts_from_others(record["hyperparameters"])]
    persons = (
        f" Networks whose `initial` is mean started from the mean of the weights of networks of other persons, {span([len(r['population']) for r in started], '')} for each image "
        "and never of the one under test [@tancik2021]; these were trained with the same settings and seed from random weights."
        if started
        else ""
    )
    shared = any("contrasts" in record for record in trained)
    shares = ", that of a network of several contrasts divided evenly between them" * shared
    devices = sorted({str(record["device"]) for record in trained})
    threads = sorted({int(record["threads"]) for record in trained})
    return (
        f"Every network{but} was trained per image with {runs}.{ablated}{persons} {seen} "
        f"A training (ablations included) took {significant(median(times))} s (median; {span(times, ' s')}{shares}) on {listed(devices)} with "
        f"{listed(list(map(str, threads)))} CPU thread{'s' * (threads != [1])}."
    )


def software_text(versions: Sequence[Record], environment: Mapping[str, str]) -> str:
    """List software versions: of trainings from their records, of the rest from the page's environment."""
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
    views: Sequence[Record],
    settings: Mapping[str, Any],
    left_out: Sequence[str],
    environment: Mapping[str, str],
    cord: bool = False,
    persons: Mapping[str, str] | None = None,
) -> list[str]:
    """Write the paragraphs of a methods section.

    Parameters
    ----------
    dataset : mapping
        Record of the dataset, from `dataset.clone.clone_dataset`.
    records : sequence of mapping
        Records of every training and baseline of the run.
    views : sequence of mapping
        Sidecars of its simulated views; of acquired ones, of every body, what was estimated of them, by contrast
        (`record.placement_record`).
    settings : mapping
        The configuration: `views`, `acquisition`, `acquired` where views were acquired, `metrics`, `ablations`, `seeds`,
        `resolutions` and `baselines`; also `segmentations`, `planes` and `compression`, where a run has them.
    left_out : sequence of str
        Images that the run went on without.
    environment : mapping
        Versions of `isospine`, `snakemake` and `scikit-image`.
    cord : bool
        Whether any image has a segmentation of the spinal cord; of no meaning for acquired views.
    persons : mapping, optional
        Person whom each image shows, by its name; each subject is one if not given.

    Returns
    -------
    list of str
        Markdown with ``[@key]`` for a citation of `references.bib`.
    """
    names = list(dict.fromkeys(record["image"] for record in records))
    contrasts = list(dict.fromkeys(record["contrast"] for record in records))
    subjects = {name.split("_")[0] for name in names}
    bodies = {(persons or {}).get(name, name.split("_")[0]) for name in names}
    numbers = (len(bodies), len(subjects), len(names))
    if are_acquired(settings["views"]):
        placed = [
            view["description"] for body in views for contrast in body.values() for view in contrast["views"]
        ]
        images, acquisition, judging = len(placed), placing_text(placed, settings), trials_text(*numbers)
        unseen = "No network saw the data by which it was judged: it was retrained for each trial, and without the held-out slices."
    else:
        acquisition = acquisition_text(views, settings["acquisition"]["noise"])
        acquisition += contrasts_text(settings, contrasts)
        images, judging = len(names), evaluation_text(*numbers, cord, settings["metrics"]["karthik2023"])
        unseen = "The reference of an image was used only by its metrics."
    trained = [record for record in records if "hyperparameters" in record]
    configured: dict[str, Record] = {}
    for record in trained:
        if record["method"] == record["recipe"]:
            configured.setdefault(record["recipe"], record)
    classical = [BASELINES[name].words for name in settings["baselines"]]
    paragraphs = [
        data_text(dataset, say_numbers(*numbers[:2]), images, contrasts, left_out),
        acquisition,
        *map(network_text, configured.values()),
    ]
    if trained:
        paragraphs.append(training_text(trained, settings["seeds"], settings["ablations"], unseen))
    if classical:
        paragraphs.append(f"The classical methods were {listed(classical)}.")
    return [
        *paragraphs,
        NONNEGATIVE,
        judging,
        *derived_texts(settings),
        software_text([record["software"] for record in trained], environment),
    ]
