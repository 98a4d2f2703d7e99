"""Strongly connected components and shortest cycles."""

from __future__ import annotations

from hypothesis import given, settings, strategies as st

from test_framework.imports._cycles import components, shortest_cycle

Graph = dict[str, dict[str, tuple[str, int]]]
NODES = "abcdef"


def graph(edges: str) -> Graph:
    """Return a graph of edges such as ``ab bc``."""
    made: Graph = {}
    for edge in edges.split():
        made.setdefault(edge[0], {})[edge[1]] = (f"{edge[0]}.py", 1)
    return made


GRAPHS = st.lists(
    st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)).filter(lambda edge: edge[0] != edge[1]), max_size=14
).map(lambda edges: graph(" ".join(map("".join, edges))))


def distance(made: Graph, start: str, end: str) -> int | None:
    """Return the least number of edges, at least one, from one node to another."""
    reached, steps = set(made.get(start, ())), 1
    seen = set(reached)
    while reached:
        if end in reached:
            return steps
        reached = {two for one in reached for two in made.get(one, ())} - seen
        seen |= reached
        steps += 1
    return None


@settings(max_examples=300, deadline=None)
@given(GRAPHS)
def test_a_component_is_what_reaches_itself(made: Graph) -> None:
    """Two modules are in one component if and only if each reaches the other."""
    found = components(made)
    for one in NODES:
        for two in NODES:
            both = one != two and None not in (distance(made, one, two), distance(made, two, one))
            assert any(one in part and two in part for part in found if one != two) == both
    assert all(part == tuple(sorted(part)) for part in found)
    assert [len(part) for part in found] == sorted(map(len, found), reverse=True)


@settings(max_examples=300, deadline=None)
@given(GRAPHS)
def test_no_cycle_is_shorter_than_the_shortest(made: Graph) -> None:
    """It is a cycle of its component, begins with the first of its modules, and none is shorter."""
    for part in components(made):
        way = shortest_cycle(part, made)
        assert all(two in made[one] for one, two in zip(way, [*way[1:], way[0]], strict=True))
        assert set(way) <= set(part)
        assert len(way) == min(filter(None, (distance(made, node, node) for node in part)))
        assert way[0] == min(way)


def test_components_are_found_without_recursion() -> None:
    """A ring of many thousand modules is one component, and its only cycle has them all."""
    ring = [f"m{number:05}" for number in range(20_000)]
    made = {one: {two: (one, 1)} for one, two in zip(ring, [*ring[1:], ring[0]], strict=True)}
    (part,) = components(made)
    assert part == tuple(ring)
    assert components({"a": {"b": ("a", 1)}, "b": {}}) == []
