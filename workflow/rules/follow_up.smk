"""Show what changed since an earlier scan of the same person."""


rule follow_up:
    input:
        model=STEPS["train"].files["model"],
    output:
        **{
            name: STEPS["follow_up"].files[name]
            for name in STEPS["follow_up"].files
            if name not in STEPS["follow_up"].shown
        },
        png=report(
            STEPS["follow_up"].files["png"],
            caption="../../report/follow_up.rst",
            category="Images",
            subcategory=RUN.shown_name,
            labels={"figure": "{method}: what changed since the earlier scan"},
        ),
        viewer=report(
            STEPS["follow_up"].files["viewer"],
            caption="../../report/flicker.rst",
            category="Images",
            subcategory=RUN.shown_name,
            labels={"figure": "{method}: earlier and later scan, interactive"},
        ),
    log:
        STEPS["follow_up"].log,
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("follow_up"),
    params:
        **described(
            "follow_up.py",
            loads=RUN.loaded_by_reconstruction,
            name=RUN.shown_name,
        ),
    script:
        "../scripts/follow_up.py"
