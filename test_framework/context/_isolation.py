"""Do users share anything: an id, a session, a mutable object at any depth?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from test_framework.context._errors import ContextIsolationError
from test_framework.context._id_rules import ID_FIELDS
from test_framework.context._reachable import Node, is_mutable, path_of, walk
from test_framework.context._rule import is_text, type_name

__all__ = ["assert_isolated", "joined", "labelled_contexts", "shared_objects"]

__unittest = True

_SESSION = "db_session"
_NAMES_SHOWN = 3


def assert_isolated(
    contexts: Iterable[Any] | Mapping[str, Any],
    *,
    names: Mapping[str, str] | None = None,
    allow: Iterable[Any] = (),
) -> None:
    """Fail if two contexts share an id, a session or a mutable object.

    Each context is another user's: a context and its children share their ids by design, so give one of them.
    Contexts can be of any class; what is found is named by its path, at any depth, through the standard
    containers, attributes and slots. Values that cannot change, classes, functions, modules, enum members, loggers
    and event loops may be shared. A session counts as itself; what it holds is its own affair.

    Args:
        contexts: the contexts, or a mapping from the labels that the message names them by.
        names: where a class names a field differently: ``{"user_id": "uid"}``.
        allow: objects that users share by design, and classes all of whose instances they may share.

    Raises:
        ContextIsolationError: naming everything that is shared, by its paths.
        ValueError: there are no contexts, so nothing would be compared.
    """
    __tracebackhide__ = True
    labelled = labelled_contexts(contexts)
    if not labelled:
        raise ValueError(
            "no contexts were given, so nothing was compared; an iterator gives its contexts once, so make a list of it"
        )
    fields = {field: (names or {}).get(field, field) for field in (*ID_FIELDS, _SESSION)}
    findings = [*_shared_ids(labelled, fields), *shared_objects(labelled, session=fields[_SESSION], allow=allow)]
    if findings:
        raise ContextIsolationError(tuple(findings))


def labelled_contexts(contexts: Iterable[Any] | Mapping[str, Any]) -> dict[str, Any]:
    """Return contexts by their labels; those without are called ``contexts[0]`` and so on."""
    if isinstance(contexts, Mapping):
        return {str(label): context for label, context in contexts.items()}
    return {f"contexts[{index}]": context for index, context in enumerate(contexts)}


def _shared_ids(labelled: Mapping[str, Any], fields: Mapping[str, str]) -> list[str]:
    owners: dict[str, list[tuple[str, str]]] = {}
    for label, context in labelled.items():
        for field in ID_FIELDS:
            value = getattr(context, fields[field], None)
            if is_text(value):
                owners.setdefault(str.__str__(value), []).append((label, f"{label}.{fields[field]}"))
    return [
        f"{joined([path for _, path in held])} are all {value!r}" if len(held) > 2  # noqa: PLR2004 - "both" is two
        else f"{held[0][1]} and {held[1][1]} are both {value!r}"
        for value, held in owners.items()
        if len({label for label, _ in held}) > 1
    ]  # fmt: skip


def shared_objects(labelled: Mapping[str, Any], *, session: str = "", allow: Iterable[Any] = ()) -> list[str]:
    """Return a text for each mutable object that can be reached from two of the labelled ones.

    Args:
        labelled: where to start, by label.
        session: the attribute of a root that holds its session, which counts as itself; "" for none.
        allow: objects and classes that may be shared.
    """
    allowed = list(allow)
    objects, kinds = {id(value) for value in allowed}, tuple(kind for kind in allowed if isinstance(kind, type))
    owners: dict[int, list[tuple[str, Node]]] = {}

    def visitor(label: str) -> Callable[[Node], bool]:
        def enter(node: Node) -> bool:
            value = node.value
            if id(value) in objects or isinstance(value, kinds):
                return False
            is_session = node.parent is not None and node.parent.parent is None and node.key == session
            if value is None or not (is_session or is_mutable(value)):
                return True
            held = owners.setdefault(id(value), [])
            held.append((label, node))
            # What lies below a shared object is shared too; saying so for each part would bury the cause.
            return len(held) == 1 and not is_session

        return enter

    for label, root in labelled.items():
        enter = visitor(label)
        walk(root, enter)
        for node in _class_attributes(root):
            enter(node)
    return [_finding(held) for held in owners.values() if len(held) > 1]


def _class_attributes(root: Any) -> list[Node]:
    """Return the mutable attributes that all instances have from their class by mistake: ``history: list = []``."""
    own = getattr(root, "__dict__", {})
    found: dict[str, Node] = {}
    top = Node(root)
    for base in type(root).__mro__:
        constants = _class_variables(base)
        for name, value in vars(base).items():
            constant = name.startswith(("_", "model_")) or name.isupper() or name in constants
            if not constant and name not in own and type(value) in (dict, list, set, bytearray):
                found.setdefault(name, Node(value, top, "{}.{}", name))
    return list(found.values())


def _class_variables(base: type) -> set[str]:
    try:
        annotations: dict[str, Any] = base.__annotations__
    except Exception:  # from 3.14 on they are evaluated here, and may name what is not there
        annotations = {}
    return {name for name, annotation in annotations.items() if "ClassVar" in str(annotation)}


def _finding(held: list[tuple[str, Node]]) -> str:
    paths = [path_of(node, label) for label, node in held]
    node = held[0][1]
    of_class = node.parent is not None and any(
        vars(base).get(str(node.key)) is node.value for base in type(node.parent.value).__mro__
    )
    return f"{paths[0]} is {joined(paths[1:])} ({type_name(node.value)}{', an attribute of the class' * of_class})"


def joined(texts: list[str]) -> str:
    """Return texts as a person lists them, the first few of many."""
    shown = texts[:_NAMES_SHOWN]
    if len(texts) > _NAMES_SHOWN:
        shown.append(f"{len(texts) - _NAMES_SHOWN} more")
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]
