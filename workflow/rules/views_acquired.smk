"""Move acquired views to where the body was during the first of them."""


rule place:
    input:
        RUN.index_first,
        images=RUN.all_files,
    output:
        **STEPS["place"].files,
    log:
        STEPS["place"].log,
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("place"),
    params:
        **described(
            "place.py",
            loads=RUN.loaded_by_placing,
            sidecars=RUN.all_sidecars,
            profile=RUN.profile,
            motion=config["acquired"]["motion"],
            two_planes=RUN.two_planes,
            profile_choice=RUN.profile_choice,
        ),
    script:
        "../scripts/place.py"


rule view:
    input:
        RUN.index_first,
        images=RUN.view_files,
        record=RUN.record_beside,
    output:
        **STEPS["view"].files,
    log:
        STEPS["view"].log,
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("view"),
    params:
        **described(
            "placed_view.py",
            contrast="{contrast}",
            number=RUN.number_in_body,
            source=RUN.source_uri,
        ),
    script:
        "../scripts/placed_view.py"


rule disagreement:
    input:
        images=RUN.view_files,
        record=rules.place.output.record,
    output:
        **STEPS["disagreement"].files,
    log:
        STEPS["disagreement"].log,
    cache: True
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("disagreement"),
    params:
        **described(
            "disagreement.py",
            contrast="{contrast}",
            grid=RUN.grid,
            sources=RUN.view_uris,
        ),
    script:
        "../scripts/disagreement.py"
