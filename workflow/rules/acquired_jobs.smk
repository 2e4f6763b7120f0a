"""The jobs that are planned for each body, and the files of an export."""

from snakemake.io import apply_wildcards


def export_files(wildcards):
    """Everything that the configuration asks for, and nothing that an earlier one left behind."""
    images = {"image": manifest_rows(), "contrast": CONTRASTS}
    model = "results/models/{image}_desc-{label}_{contrast}"
    volumes = wanted_volumes(wildcards)
    return [
        *expand("results/{name}", name=["dataset_description.json", ".bidsignore"]),
        *expand(
            "results/{name}.tsv",
            name=["descriptions", "manifest", "trials", "held_out"],
        ),
        *volumes,
        *(path.replace(".nii.gz", ".json") for path in volumes),
        *run_placements(wildcards),
        *transforms(wildcards),
        *expand(
            f"{model}.{{ext}}",
            label=METHODS,
            ext=["safetensors", "tsv", "json"],
            **images,
        ),
        *expand(f"{model}.json", label=config["baselines"], **images),
        *figure_files(wildcards),
        *expand(
            "results/tables/{name}.tsv",
            name=["ranking", "trial_images", "paired", "status"],
        ),
    ]


def image_jobs(image, rows):
    """Of each planned job of a body, a file that it makes and its log."""
    jobs = [(rules.place.output.record, rules.place.log, {})]
    jobs += [
        (rules.reconstruct.input.model, rules.train_contrasts.log, {"method": m})
        for m in METHODS
        if is_shared(METHODS[m].hyperparameters)
    ]
    first = {"image": image, "contrast": CONTRASTS[0]}
    return [
        *(
            tuple(apply_wildcards(p, first | own) for p in (product, log[0]))
            for product, log, own in jobs
        ),
        *(job for contrast in rows for job in contrast_jobs(image, contrast)),
    ]


def image_steps():
    """Step, method and grid of the jobs whose memory grows with an image."""
    return [
        ("place", None, None),
        ("disagreement", None, MAIN),
        ("figure_acquired", None, None),
        *(("train", method, None) for method in METHODS),
        *(("baseline", baseline, None) for baseline in config["baselines"]),
        *(("reconstruct", method, r) for method in METHODS for r in RESOLUTIONS),
    ]


def contrast_jobs(image, contrast):
    """The same of the jobs that are of one contrast alone."""
    others = [label for label in RESOLUTIONS if label != MAIN]
    configured = list(configured_labels().values())
    views = list(body_views(image, contrast))
    trained = [m for m in METHODS if not is_shared(METHODS[m].hyperparameters)]
    jobs = [
        *(
            (rules.view.output.image, rules.view.log, {"view_image": view})
            for view in views
        ),
        *((rules.train.output.model, rules.train.log, {"method": m}) for m in trained),
        *(
            (
                rules.reconstruct.output.image,
                rules.reconstruct.log,
                {"method": method, "resolution": resolution},
            )
            for method in METHODS
            for resolution in [MAIN, *(others if method in configured else [])]
        ),
        *(
            (rules.baseline.output.image, rules.baseline.log, {"baseline": baseline})
            for baseline in config["baselines"]
        ),
        *(
            (
                rules.held_out_network.output.scores,
                rules.held_out_network.log,
                {"method": method},
            )
            for method in METHODS
        ),
        *(
            (
                rules.held_out_baseline.output.scores,
                rules.held_out_baseline.log,
                {"baseline": baseline},
            )
            for baseline in config["baselines"]
        ),
        *(
            (
                rules.trial_network.output.scores,
                rules.trial_network.log,
                {"method": method, "number": str(number)},
            )
            for method in METHODS
            for number in range(len(views))
        ),
        *(
            (
                rules.trial_baseline.output.scores,
                rules.trial_baseline.log,
                {"baseline": baseline},
            )
            for baseline in config["baselines"]
        ),
        (rules.figure_acquired.output.page, rules.figure_acquired.log, {}),
    ]
    if len(views) > 1:
        labels = {"resolution": MAIN}
        jobs.append((rules.disagreement.output.image, rules.disagreement.log, labels))
    wildcards = {"image": image, "contrast": contrast}
    fetched_views = [
        (
            rules.place.output.record.format(image=image),
            apply_wildcards(rules.fetch.log[0], {"image": view, "contrast": contrast}),
        )
        for view in views
    ]
    return fetched_views + [
        tuple(apply_wildcards(p, wildcards | own) for p in (product, log[0]))
        for product, log, own in jobs
    ]
