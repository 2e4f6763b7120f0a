"""Read YAML, without letting a small text grow into much: aliases stay few, nesting shallow."""

from pathlib import Path
from typing import Any

import yaml

from isospine.errors import InputError
from isospine.io.text import DEEPEST, read_text

#: Bytes of the largest YAML file, which takes seconds to read.
LARGEST_YAML = 2**18
#: Values that a file may have with all its aliases (`*name`) and merge keys (`<<`) written out.
MOST_VALUES = 100_000


def load_yaml(path: str | Path) -> Any:
    """Read YAML data.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    InputError
        If the file is not YAML, too large, not in UTF-8, or no regular file.
    """
    text = read_text(path, LARGEST_YAML)
    try:
        return parse_yaml(text)
    except ValueError as error:
        raise InputError(f"{path}: not valid YAML ({' '.join(str(error).split())}); fix the file") from error


def parse_yaml(text: str) -> Any:
    """Read YAML data from text.

    Raises
    ------
    ValueError
        If it is not YAML, nested too deeply, has a key twice in one map, or its aliases multiply.
    """
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return None
        _check_aliases(node)
        return loader.construct_document(node)
    except yaml.YAMLError as error:  # a month 13 is a ValueError
        raise ValueError(str(error)) from error


class _Loader(yaml.SafeLoader):
    """Loader of plain data that goes only so deep, and has no key twice."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Read one value, and what is in it."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise yaml.YAMLError(f"its lists and maps are more than {DEEPEST} deep in one another")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """Read one map, of which YAML itself takes the last of several values of a key."""
        node = super().compose_mapping_node(anchor)
        seen: set[tuple[str, str]] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value != "<<":
                if (key.tag, key.value) in seen:
                    raise yaml.YAMLError(f"it has the key {key.value!r} twice in one map: keep one of them")
                seen.add((key.tag, key.value))
        return node


def check_values(value: Any, name: str) -> None:
    """Refuse data that another program read from YAML, if aliases make them many; nothing may walk through all of them.

    Raises
    ------
    InputError
        Naming what it is.
    """
    left, seen = [value], 0
    while left:
        part = left.pop()
        inner = list(part.values()) if isinstance(part, dict) else part if isinstance(part, list) else []
        seen += 1
        if seen > MOST_VALUES:
            raise InputError(
                f"{name}: has more than {MOST_VALUES} values with its aliases (*name) and merge keys (<<) written out; remove "
                "what is not needed"
            )
        left += inner


def _check_aliases(root: yaml.Node) -> None:
    """Refuse values that are more than `MOST_VALUES` when aliases are written out, or that contain themselves."""
    counts: dict[int, int] = {}

    def count(node: yaml.Node) -> int:
        if not isinstance(node, yaml.CollectionNode):
            return 1
        if id(node) not in counts:
            counts[id(node)] = MOST_VALUES  # of a value that contains itself
            parts = [part for pair in node.value for part in (pair if isinstance(pair, tuple) else (pair,))]
            counts[id(node)] = 1 + sum(map(count, parts))
        return counts[id(node)]

    if count(root) > MOST_VALUES:
        raise yaml.YAMLError(
            f"with its aliases (*name) and merge keys (<<) written out it has more than {MOST_VALUES} values"
        )
