"""``assertRaisesGroup``: what an exception group must hold."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self

from test_framework._case._expectations import Expectations, refuse_async_with

__all__ = ["RaisedGroup"]

__unittest = True


class RaisedGroup:
    """What `assertRaisesGroup` caught.

    Attributes:
        exception: the exception group.
    """

    exception: BaseExceptionGroup[BaseException]

    def __init__(self, case: Expectations, expected: tuple[Any, ...], msg: str | None) -> None:
        self._case = case
        self._expected = expected
        self._msg = msg
        self._names = ", ".join(kind.__name__ for kind in expected)

    def __enter__(self) -> Self:
        self._case._framework_entered(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if exception is None:
            self._fail(f"no exception group with {self._names} was raised")
        if not isinstance(exception, BaseExceptionGroup):
            return False
        leaves = list(_leaves(exception))
        if not _matches(list(self._expected), leaves):
            found = ", ".join(repr(leaf) for leaf in leaves)
            self._fail(f"the exception group holds {found}, not exactly {self._names}", exception)
        self.exception = exception.with_traceback(None)
        return True

    if not TYPE_CHECKING:

        def __aenter__(self) -> NoReturn:
            self._case._framework_entered(self)
            refuse_async_with("assertRaisesGroup")

        async def __aexit__(self, *exc_info: object) -> None:
            pass

    def _fail(self, text: str, cause: BaseException | None = None) -> None:
        raise self._case.failureException(self._case._formatMessage(self._msg, text)) from cause


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    leaves: list[BaseException] = []
    for exception in group.exceptions:
        leaves += _leaves(exception) if isinstance(exception, BaseExceptionGroup) else [exception]
    return leaves


def _matches(expected: list[type[BaseException]], leaves: list[BaseException]) -> bool:
    """Return whether each leaf can be given one expected type of its own, and none is left over.

    A bipartite matching by augmenting paths: trying all pairings would never end for a large group.
    """
    owner: dict[int, int] = {}

    def place(kind: int, seen: set[int]) -> bool:
        for index, leaf in enumerate(leaves):
            if index not in seen and isinstance(leaf, expected[kind]):
                seen.add(index)
                if index not in owner or place(owner[index], seen):
                    owner[index] = kind
                    return True
        return False

    return len(expected) == len(leaves) and all(place(kind, set()) for kind in range(len(expected)))
