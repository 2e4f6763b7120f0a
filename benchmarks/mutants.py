"""Test the tests: change the source one operator, number or argument at a time, and see which changes no test notices.

The changes are mutmut's. Its own runner leaves properties and constants out, which hold much of the geometry; this one
does not. Nothing is written: each mutant is a process of its own that imports the changed text in place of the module.
"""

import argparse
import gc
import importlib.abc
import importlib.util
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import CodeType, ModuleType
from typing import Any

import libcst as cst
import libcst.matchers as m
from libcst.metadata import MetadataWrapper, ParentNodeProvider, PositionProvider
from mutmut.mutation.file_mutation import MutationVisitor, deep_replace
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

ROOT = Path(__file__).parents[1]

#: Files of tests for each module: its own, then others that are fast and call it.
TESTS = {
    "geometry.grid": ["geometry/test_grid.py", "physics/test_acquisition.py"],
    "geometry.planes": ["geometry/test_grid.py", "physics/test_acquisition.py"],
    "geometry.crops": ["geometry/test_grid.py", "physics/test_acquisition.py"],
    "geometry.fields": ["geometry/test_grid.py", "physics/test_output_grid.py"],
    "physics.view": ["physics/test_acquisition.py", "geometry/test_grid.py"],
    "physics.slice_profile": ["physics/test_acquisition.py", "geometry/test_grid.py"],
    "physics.simulate": ["physics/test_acquisition.py", "geometry/test_grid.py"],
    "physics.fine_grid": ["physics/test_acquisition.py", "geometry/test_grid.py"],
    "physics.operator": ["physics/test_oblique.py", "solvers/test_consistency.py"],
    "physics.aligned": ["solvers/test_consistency.py", "physics/test_oblique.py"],
    "physics.oblique": ["physics/test_oblique.py"],
    "solvers.consistency": ["solvers/test_consistency.py", "physics/test_oblique.py"],
    "evaluation.metrics": ["evaluation/test_metrics.py"],
    "physics.magnitude": ["physics/test_magnitude.py"],
    "physics.tissue": ["physics/test_magnitude.py", "evaluation/test_metrics.py"],
    "evaluation.edge_error": ["evaluation/test_edge_error.py"],
    "evaluation.spectrum": ["evaluation/test_spectrum.py"],
}

#: Exit code of pytest where no test failed.
PASSED = 0


@dataclass(frozen=True)
class Mutant:
    """One change of a module.

    Attributes
    ----------
    module : str
        Name of the module within isospine, with its package.
    line : int
        Line of the change.
    before, after : str
        The line as it is and as it is changed.
    source : str
        The whole module, changed.
    """

    module: str
    line: int
    before: str
    after: str
    source: str

    @property
    def change(self) -> tuple[str, ...]:
        """What tells it from others, wherever its line has moved to."""
        return self.module, self.before, self.after


class _Visitor(MutationVisitor):
    """mutmut's changes, of decorated functions too, without those that no test need notice.

    Left out besides what mutmut leaves out (annotations, decorators, docstrings): words of messages (that a message names
    the culprit is tested, and what it computes is changed), ``strict=True``, which guards against callers that are not
    there, and names of types.
    """

    METADATA_DEPENDENCIES = (*MutationVisitor.METADATA_DEPENDENCIES, ParentNodeProvider)

    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.FunctionDef):
            return False
        if isinstance(node, cst.SimpleString) and self._inside(node, cst.Raise):
            return True
        if isinstance(node, cst.Arg) and _is_guard(node):
            return True
        if isinstance(node, cst.Assign) and m.matches(
            node.value, m.Subscript() | m.Call(func=m.Name("TypeVar"))
        ):
            return not self._inside(node, cst.FunctionDef)
        return super()._skip_node_and_children(node)

    def _inside(self, node: cst.CSTNode, kind: type[cst.CSTNode]) -> bool:
        while not isinstance(node, cst.Module | kind):
            node = self.get_metadata(ParentNodeProvider, node)
        return isinstance(node, kind)


def _is_guard(argument: cst.Arg) -> bool:
    return m.matches(argument, m.Arg(keyword=m.Name("strict")))


def _changes_guard(before: cst.CSTNode, after: cst.CSTNode) -> bool:
    """Whether a call is changed in nothing but its ``strict=True``."""
    if not (isinstance(before, cst.Call) and isinstance(after, cst.Call) and before.func is after.func):
        return False
    kept = [[id(argument) for argument in call.args if not _is_guard(argument)] for call in (before, after)]
    return kept[0] == kept[1]


def mutants(module: str) -> Iterator[Mutant]:
    """Every change of a module."""
    source = (ROOT / "src/isospine" / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")
    wrapper = MetadataWrapper(cst.parse_module(source))
    visitor = _Visitor(mutation_operators, IgnoredCode(set(), set(), set()))
    wrapper.visit(visitor)
    positions = wrapper.resolve(PositionProvider)
    lines = source.splitlines()
    for mutation in visitor.mutations:
        if _changes_guard(mutation.original_node, mutation.mutated_node):
            continue
        changed = deep_replace(wrapper.module, mutation.original_node, mutation.mutated_node)
        assert isinstance(changed, cst.Module)
        text = changed.code
        # a change of several lines is told by the first that differs
        differing = (n for n, (a, b) in enumerate(zip(lines, text.splitlines(), strict=False)) if a != b)
        line = next(differing, positions[mutation.original_node].start.line - 1)
        yield Mutant(module, line + 1, lines[line].strip(), text.splitlines()[line].strip(), text)


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Import one module from a changed text."""

    def __init__(self, mutant: Mutant) -> None:
        self.name = f"isospine.{mutant.module}"
        self.source = mutant.source

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return importlib.util.spec_from_loader(fullname, self) if fullname == self.name else None

    def get_source(self, fullname: str) -> str:
        return self.source

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.source, f"<changed {fullname}>", "exec")


class _Order:
    """Plugin of pytest that has the fastest tests run first, from the seconds that each took without a change."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.seconds = json.loads(file.read_text() or "{}")

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items.sort(key=lambda item: self.seconds.get(item.nodeid, 0.0))

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        if exitstatus == PASSED:
            self.file.write_text(json.dumps(self.seconds))


def passes(mutant: Mutant | None, arguments: list[str], limit: float, order: Path) -> bool | None:
    """Whether the tests pass with a mutant, or without any; None if they take longer than `limit` seconds."""
    child = os.fork()
    if child == 0:
        try:
            _silence()
            os.setpgid(0, 0)
            _forget()
            if mutant is not None:
                sys.meta_path.insert(0, _Changed(mutant))
            os._exit(_run_pytest(arguments, [_Order(order)]))
        finally:
            os._exit(1)
    end = time.monotonic() + limit
    while time.monotonic() < end:
        finished, status = os.waitpid(child, os.WNOHANG)
        if finished:
            return os.waitstatus_to_exitcode(status) == PASSED
        time.sleep(0.01)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def _silence() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _forget() -> None:
    """Have what may depend on the change imported again: the package and its tests."""
    for name, module in list(sys.modules.items()):
        file = Path(getattr(module, "__file__", None) or "/")
        if file.is_relative_to(ROOT / "src") or file.is_relative_to(ROOT / "tests"):
            del sys.modules[name]


def _run_pytest(arguments: list[str], plugins: Sequence[Any] = ()) -> int:
    import pytest
    from hypothesis import Phase, settings

    # the same examples for every mutant, none remembered from another, and the first that fails is enough
    settings.register_profile(
        "mutants", derandomize=True, database=None, phases=[Phase.explicit, Phase.generate]
    )
    settings.load_profile("mutants")
    options = ["-x", "-q", "-p", "no:cacheprovider", "-m", "not slow"]
    return int(pytest.main([*options, *arguments], plugins=plugins))


def _paths(names: list[str]) -> list[str]:
    return [f"tests/{name}" for name in names]


def run(module: str, only: set[tuple[str, ...]] | None, order: Path) -> dict[str, list[Mutant]]:
    """Mutants of a module by what became of them: killed, survived, timeout."""
    arguments = _paths(TESTS[module])
    start = time.monotonic()
    if not passes(None, arguments, 3600, order):
        sys.exit(f"{module}: its tests fail without any change; mend them first")
    seconds = time.monotonic() - start
    found: dict[str, list[Mutant]] = {"killed": [], "survived": [], "timeout": []}
    every = [mutant for mutant in mutants(module) if only is None or mutant.change in only]
    print(f"{module}: {len(every)} mutants, tests of {seconds:.1f} s", flush=True)
    for mutant in every:
        result = passes(mutant, arguments, 5 * seconds + 10, order)
        fate = {True: "survived", False: "killed", None: "timeout"}[result]
        found[fate].append(mutant)
        if fate != "killed":
            print(
                f"  {fate}: {module}.py:{mutant.line}\n    - {mutant.before}\n    + {mutant.after}",
                flush=True,
            )
    return found


def main() -> None:
    """Print the survivors and a line per module; write them all where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "modules", nargs="*", default=list(TESTS), metavar="module", help=f"of {', '.join(TESTS)}"
    )
    parser.add_argument("--least", type=float, default=0.9, help="share of mutants that must be killed")
    parser.add_argument("--json", type=Path, help="file to write all mutants to that were not killed")
    parser.add_argument("--again", type=Path, help="such a file: only its mutants")
    options = parser.parse_args()
    os.chdir(ROOT)
    # import what all mutants' processes share
    everything = _paths(sorted({name for names in TESTS.values() for name in names}))
    if _run_pytest(["--collect-only", "-qqq", "--disable-warnings", *everything]) != PASSED:
        sys.exit("the tests cannot be collected")
    gc.freeze()
    earlier = [Mutant(**mutant) for mutant in json.loads(options.again.read_text())] if options.again else []
    only = {mutant.change for mutant in earlier} if options.again else None
    left, poor = [], False
    for module in options.modules:
        with NamedTemporaryFile() as order:
            found = run(module, only, Path(order.name))
        counts = Counter({fate: len(those) for fate, those in found.items()})
        share = (counts["killed"] + counts["timeout"]) / max(counts.total(), 1)
        poor |= share < options.least
        print(f"{module}: {counts.total()} mutants, {dict(counts)}, {share:.1%} killed", flush=True)
        left += [asdict(mutant) for mutant in found["survived"] + found["timeout"]]
    if options.json:
        options.json.write_text(json.dumps(left, indent=1), encoding="utf-8")
    sys.exit(poor)


if __name__ == "__main__":
    main()
