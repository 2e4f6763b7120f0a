"""Prints what the rules of the workflow make, as JSON: called with the arguments of snakemake."""

import json
import re
import sys

import snakemake.api  # noqa: F401  # before what it imports in turn
from snakemake.cli import main
from snakemake.io import is_flagged
from snakemake.rules import Rule
from snakemake.workflow import Workflow


def bare(pattern: object) -> str:
    """Pattern of a path without the constraints of its wildcards."""
    return re.sub(r"\{(\w+),[^}]*\}", r"{\1}", str(pattern))


def described(rule: Rule) -> dict[str, object]:
    return {
        "files": {name: bare(file) for name, file in rule.output.items()},
        "unnamed": len(rule.output) - len(dict(rule.output.items())),
        "shown": [name for name, file in rule.output.items() if is_flagged(file, "report")],
        "log": [bare(file) for file in rule.log],
        "asks": sorted(name for name in rule.resources if name in ("mem_mb", "runtime", "disk_mb")),
    }


def list_rules(workflow: Workflow, only_targets: bool = False) -> None:
    print("RULES", json.dumps({rule.name: described(rule) for rule in workflow.rules}))


Workflow.list_rules = list_rules
main([*sys.argv[1:], "--list-rules"])
