"""Code networks and references, and measure what they decode to."""


localrules:
    code_table,


rule code_network:
    input:
        reference=rules.reference.output.image,
        cord=RUN.cord_mask,
        model=STEPS["train"].files["model"],
        record=STEPS["train"].files["record"],
    output:
        **STEPS["code_network"].files,
    log:
        STEPS["code_network"].log,
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("code_network"),
    params:
        **described(
            "code_network.py",
            device=device("code_network"),
            loads=RUN.loaded_by_reconstruction,
            bits=RUN.bits,
        ),
    script:
        "../scripts/code_network.py"


rule code_reference:
    input:
        reference=rules.reference.output.image,
        cord=RUN.cord_mask,
        networks=RUN.network_codes,
    output:
        **STEPS["code_reference"].files,
    log:
        STEPS["code_reference"].log,
    conda:
        "../../envs/isospine.yaml"
    resources:
        **asks("code_reference"),
    params:
        **described("code_reference.py", image=RUN.image_name),
    script:
        "../scripts/code_reference.py"


rule code_table:
    input:
        RUN.code_scores,
    output:
        **STEPS["code_table"].files,
    log:
        STEPS["code_table"].log,
    conda:
        "../../envs/isospine.yaml"
    params:
        **described("code_table.py"),
    script:
        "../scripts/code_table.py"
