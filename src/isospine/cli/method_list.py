"""List the methods of `isospine reconstruct`: one line each, from the registries."""

import argparse
from collections.abc import Sequence
from typing import Any

from isospine.methods.registry import FOLLOW_UP_METHOD, METHOD, SHARED_METHOD, method_names
from isospine.recipes.baselines import BASELINES
from isospine.recipes.catalogue import known_recipes, recipe_titles

#: In words.
DEFAULTS = f"{METHOD}; {SHARED_METHOD} for several contrasts; {FOLLOW_UP_METHOD} with --earlier"


def method_list() -> str:
    """Return the text: baselines, then recipes by what they need beside the views."""
    titles = {name: baseline.plain_words for name, baseline in BASELINES.items()} | recipe_titles()
    own, follow_up = method_names(), method_names(earlier=True)
    others = [name for name in known_recipes() if name not in (*own, *follow_up)]
    groups = {
        "baselines": list(BASELINES),
        "recipes": [name for name in own if name not in BASELINES],
        "recipes with --earlier": follow_up,
        "recipes that need a dataset's references (isospine run)": others,
    }
    wide = max(map(len, titles))
    lines = []
    for heading, names in groups.items():
        lines.append(f"{heading}:")
        lines += [f"  {name:<{wide}}  {titles[name]}" for name in names]
    lines.append(f"default: {DEFAULTS}")
    return "\n".join(lines)


class ListMethods(argparse.Action):
    """The option `--methods`: prints the list and ends the command, as `--version` does."""

    def __init__(self, option_strings: Sequence[str], dest: str, **more: Any) -> None:
        # a value is taken, and refused: `isospine run --methods` has names
        super().__init__(
            option_strings, argparse.SUPPRESS, nargs="?", default=argparse.SUPPRESS, metavar="", **more
        )

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option_string: str | None = None
    ) -> None:
        """Print the list, or refuse a value."""
        if values is not None:
            parser.error(
                f"--methods: lists the methods, and takes no value; choose one with --method {values}"
            )
        print(method_list())
        parser.exit()
