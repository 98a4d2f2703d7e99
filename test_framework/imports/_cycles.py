"""Cycles of modules that import each other."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from test_framework.imports._blocks import IMPORT_TIME
from test_framework.imports._findings import Finding, Step
from test_framework.imports._project import Project

__all__ = ["Cycle", "components", "cycles", "find_cycles", "shortest_cycle"]

Graph = Mapping[str, Mapping[str, tuple[str, int]]]


@dataclass(frozen=True, slots=True)
class Cycle:
    """Modules that all reach each other by imports.

    Attributes:
        modules: in alphabetical order.
        chain: the shortest way round, of the first modules if there are several.
        import_time: whether it closes while modules are being imported, or only in functions and for types.
    """

    modules: tuple[str, ...]
    chain: tuple[Step, ...]
    import_time: bool


def find_cycles(project: Project) -> Iterator[Finding]:
    """Find the cycles that close at import time.

    Args:
        project: what was scanned, with the scopes of imports.
    """
    if project.rules.cycles is None:
        return
    for cycle in cycles(project):
        if not cycle.import_time:
            continue
        first = cycle.chain[0]
        way = " -> ".join([*(step.importer for step in cycle.chain), first.importer])
        rest = len(cycle.modules) - len(cycle.chain)
        said = f"modules import each other: {way}" + (f" ({rest} more in the same tangle)" if rest else "")
        yield Finding(
            "cycles", first.path, first.line, 1, said, cycle.modules[0], "cycle", chain=cycle.chain,
            modules=cycle.modules, key=cycle.modules[0],
        )  # fmt: skip


def cycles(project: Project) -> list[Cycle]:
    """Return all cycles, those of import time first.

    Args:
        project: what was scanned, with the scopes of imports.
    """
    eager, every = _graphs(project)
    rule = project.rules.cycles
    found = [Cycle(part, _chain(part, eager), import_time=True) for part in components(eager)]
    known = {cycle.modules for cycle in found}
    found += [Cycle(part, _chain(part, every), import_time=False) for part in components(every) if part not in known]
    if rule is not None and rule.packages:
        found = [
            cycle
            for cycle in found
            if any(name == top or name.startswith(f"{top}.") for name in cycle.modules for top in rule.packages)
        ]
    return found


def _graphs(project: Project) -> tuple[dict[str, dict[str, tuple[str, int]]], dict[str, dict[str, tuple[str, int]]]]:
    """Return the imports of import time, and all, with the place of the first of each."""
    ignored = project.rules.cycles.ignore if project.rules.cycles else frozenset()
    eager: dict[str, dict[str, tuple[str, int]]] = {}
    every: dict[str, dict[str, tuple[str, int]]] = {}
    inside = project.by_module
    for number, package, base, names in project.wanted():
        targets = {target for target in _targets(inside, base, names) if target in inside}
        if not targets:
            continue
        lazy = project.store.statements[number][-1]
        for path, index in project.places_of(number, package):
            module = project.modules[path]
            if inside[module] != path:
                continue
            record = project.record(path)
            line, column = record.positions[3 * index + 1 : 3 * index + 3]
            now = not lazy and (not column or project.scope(path, index).kind in IMPORT_TIME)
            for target in targets:
                if target == module or (module, target) in ignored:
                    continue
                for graph in (eager, every) if now else (every,):
                    known = graph.setdefault(module, {}).get(target)
                    if known is None or line < known[1]:
                        graph[module][target] = (path, line)
    return eager, every


def _targets(
    inside: Mapping[str, str], base: str | None, names: Sequence[tuple[str, str | None, int, int]]
) -> Iterator[str]:
    for name, *_ in names:
        if base is None:
            yield name
        else:
            yield f"{base}.{name}" if f"{base}.{name}" in inside else base


def components(graph: Graph) -> list[tuple[str, ...]]:
    """Return the strongly connected components with more than one module, largest first.

    The algorithm is Tarjan's (SIAM Journal on Computing, 1972), without recursion.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    found: list[tuple[str, ...]] = []
    for root in sorted(graph):
        if root in index:
            continue
        work: list[tuple[str, Iterator[str]]] = []
        _enter(root, graph, index, low, stack, on_stack, work)
        while work:
            node, following = work[-1]
            for target in following:
                if target not in index:
                    _enter(target, graph, index, low, stack, on_stack, work)
                    break
                if target in on_stack:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    part: list[str] = []
                    while not part or part[-1] != node:
                        part.append(stack.pop())
                        on_stack.discard(part[-1])
                    if len(part) > 1:
                        found.append(tuple(sorted(part)))
    return sorted(found, key=lambda part: (-len(part), part))


def _enter(  # noqa: PLR0917 - all of it is needed
    node: str, graph: Graph, index: dict[str, int], low: dict[str, int], stack: list[str], on_stack: set[str],
    work: list[tuple[str, Iterator[str]]],
) -> None:  # fmt: skip
    index[node] = low[node] = len(index)
    stack.append(node)
    on_stack.add(node)
    work.append((node, iter(sorted(graph.get(node, ())))))


_STARTS = 400


def shortest_cycle(part: tuple[str, ...], graph: Graph) -> list[str]:
    """Return the modules of a shortest cycle inside of a component, the first of them the first by name.

    In a component of more than 400 modules, cycles through the first 400 are compared.
    """
    best: list[str] = []
    members = frozenset(part)
    for start in part[:_STARTS]:
        before: dict[str, str] = {}
        queue = deque([(start, 1)])
        while queue:
            node, length = queue.popleft()
            if best and length >= len(best):
                break
            following = graph.get(node, {})
            if start in following:
                best = [node]
                while best[0] != start:
                    best.insert(0, before[best[0]])
                break
            for target in sorted(following):
                if target in members and target not in before and target != start:
                    before[target] = node
                    queue.append((target, length + 1))
        if len(best) == 2:  # noqa: PLR2004 - no shorter one is possible
            break
    return best


def _chain(part: tuple[str, ...], graph: Graph) -> tuple[Step, ...]:
    way = shortest_cycle(part, graph)
    return tuple(Step(one, two, *graph[one][two]) for one, two in zip(way, [*way[1:], way[0]], strict=True))
