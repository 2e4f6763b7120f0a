"""The jobs that are planned for each image."""

from snakemake.io import apply_wildcards


def image_jobs(image, rows):
    """Of each planned job of an image, a file that it makes and its log."""
    jobs = [job for row in rows.values() for job in contrast_jobs(image, row)]
    return [*jobs, *shared_jobs(image)]


def image_steps():
    """Step, method and grid of the jobs whose memory grows with an image."""
    return [
        ("reference", None, None),
        ("view", None, None),
        ("figure_views", None, None),
        ("figure_comparison", None, None),
        ("figure_error_anatomy", None, None),
        ("figure_profiles", None, None),
        ("figure_viewer", None, None),
        *(("train", method, None) for method in METHODS),
        *(("baseline", baseline, None) for baseline in config["baselines"]),
        *(("evaluate", label, None) for label in [*METHODS, *config["baselines"]]),
        *(("reconstruct", method, r) for method in METHODS for r in RESOLUTIONS),
        *(("figure_finer", None, resolution) for resolution in FINER),
    ]


def shared_jobs(image):
    """Of each training for all contrasts, one of its models and its log."""
    return [
        (
            rules.reconstruct.input.model.format(
                image=image, method=method, contrast=CONTRASTS[0]
            ),
            rules.train_contrasts.log[0].format(image=image, method=method),
        )
        for method in METHODS
        if is_shared(METHODS[method].hyperparameters)
    ]


def contrast_jobs(image, row):
    """The same of the jobs that are of one contrast alone."""
    trained = [m for m in METHODS if not is_shared(METHODS[m].hyperparameters)]
    views = VIEWS_OF[row["contrast"]]
    others = [label for label in RESOLUTIONS if label != "reference"]
    configured = list(configured_labels().values())
    jobs = [
        (rules.reference.output.image, rules.fetch.log, {}),
        (rules.reference.output.image, rules.reference.log, {}),
        *((rules.view.output.image, rules.view.log, {"view": v}) for v in views),
        *((rules.train.output.model, rules.train.log, {"method": m}) for m in trained),
        *(
            (
                rules.reconstruct.output.image,
                rules.reconstruct.log,
                {"method": method, "resolution": resolution},
            )
            for method in METHODS
            for resolution in ["reference", *(others if method in configured else [])]
        ),
        *(
            (rules.baseline.output.image, rules.baseline.log, {"baseline": baseline})
            for baseline in config["baselines"]
        ),
        *(
            (rules.evaluate.output.metrics, rules.evaluate.log, {"label": label})
            for label in [*METHODS, *config["baselines"]]
        ),
        (rules.figure_views.output[0], rules.figure_views.log, {}),
        (rules.figure_comparison.output[0], rules.figure_comparison.log, {}),
        (rules.figure_viewer.output.page, rules.figure_viewer.log, {}),
        (rules.figure_error_anatomy.output.table, rules.figure_error_anatomy.log, {}),
        (rules.figure_profiles.output.table, rules.figure_profiles.log, {}),
        *(
            (rules.figure_finer.output[0], rules.figure_finer.log, {"resolution": r})
            for r in (FINER if METHODS else [])
        ),
    ]
    if row["segmentation"] != "n/a":
        mask = rules.cord_mask.output.mask
        jobs += [
            (mask, rules.fetch_segmentation.log, {}),
            (mask, rules.cord_mask.log, {}),
        ]
    image_wildcards = {"image": image, "contrast": row["contrast"]}
    return [
        tuple(apply_wildcards(p, wildcards | image_wildcards) for p in (product, *log))
        for product, log, wildcards in jobs
    ]
