"""The plan of a configuration, in the mode that its views ask for."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from isospine.plan.acquired import Acquired
from isospine.plan.check import Config
from isospine.plan.simulated import Simulated
from isospine.plan.views import are_acquired


def plan_run(
    config: Config,
    schema: dict[str, Any],
    dataset: Mapping[str, Any],
    left_out: Mapping[str, tuple[str, str]],
    manifest: Callable[[], Path],
) -> Simulated | Acquired:
    """Plan a checked configuration; parameters and errors as of `isospine.plan.unfolding.Unfolding`."""
    mode = Acquired if are_acquired(config["views"]) else Simulated
    return mode(config, schema, dataset, left_out, manifest)
