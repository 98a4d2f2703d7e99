"""`UserExecutionContext`: who runs what, valid from the moment it exists."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import FrozenInstanceError, dataclass, fields
from datetime import datetime
from typing import Any, Final, NoReturn, Self, final

from test_framework.context._creation import constructor, field_names, signature
from test_framework.context._dictionary import read, written
from test_framework.context._errors import ContextIsolationError, InvalidContextError
from test_framework.context._id_rules import ID_FIELDS
from test_framework.context._isolation import assert_isolated
from test_framework.context._rules import child_faults, faults_of

__all__ = ["FIELDS", "UserExecutionContext"]

__tracebackhide__ = True

TYPE_CHECKING = False
_SHOWN_OF_AN_ID = 40


@final
@dataclass(frozen=True, slots=True, weakref_slot=True, init=False, repr=False, eq=False)
class UserExecutionContext:
    """Who runs what: the ids of a user, of a thread of messages, and of one run in it.

    It is made only valid, never changes, and compares equal by its ids. Metadata is copied in: the standard
    containers at every depth, so that no two contexts share a caller's dict or list; other objects in them are kept
    as they are. ``user_id``, ``thread_id`` and ``run_id`` may be given by position, everything else by name.

    Attributes:
        user_id: whose context it is.
        thread_id: the conversation.
        run_id: the run in it.
        websocket_client_id: the connection that events go to, if there is one.
        request_id: the request; a fresh one unless given.
        created_at: when, in UTC whatever zone it was given in; the time of creation unless given.
        agent_context: what agents know.
        audit_metadata: what the audit log records.
        operation_depth: how many parents it has, 0 to 10.
        parent_request_id: the request of the context that it is a child of.
        db_session: the database session, kept by reference; never printed, pickled or part of `to_dict`.

    Raises:
        InvalidContextError: naming everything that is missing or wrong, with the corrected call.
    """

    user_id: str
    thread_id: str
    run_id: str
    websocket_client_id: str | None
    request_id: str
    created_at: datetime
    agent_context: dict[str, Any]
    audit_metadata: dict[str, Any]
    operation_depth: int
    parent_request_id: str | None
    db_session: Any

    if TYPE_CHECKING:

        def __new__(
            cls,
            user_id: str,
            thread_id: str,
            run_id: str,
            *,
            websocket_client_id: str | None = None,
            request_id: str | None = None,
            created_at: datetime | None = None,
            agent_context: Mapping[str, Any] | None = None,
            audit_metadata: Mapping[str, Any] | None = None,
            operation_depth: int = 0,
            parent_request_id: str | None = None,
            db_session: Any = None,
        ) -> Self: ...

    def __init_subclass__(cls, **options: Any) -> NoReturn:
        raise TypeError(
            "UserExecutionContext cannot be subclassed: a subclass could be made invalid; "
            "give a class of your own to UserExecutionContextBuilder(target=...)"
        )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return the context that `to_dict` described.

        Args:
            values: the fields; ``created_at`` may be text in ISO 8601.

        Raises:
            InvalidContextError: naming everything that is missing or wrong.
        """
        return cls(**read(cls.__name__, values))

    def to_dict(self) -> dict[str, Any]:
        """Return all fields but ``db_session``: metadata as copies, the time as text in ISO 8601."""
        return written(self._values())

    def replace(self, **changes: Any) -> Self:
        """Return a context with some fields changed, validated like a new one.

        Args:
            **changes: fields by name, as for the constructor.

        Raises:
            InvalidContextError: naming everything that is wrong.
        """
        return type(self)(**{**self._values(), **changes})

    def with_websocket_connection(self, client_id: str) -> Self:
        """Return this context bound to a WebSocket connection.

        Args:
            client_id: the id of the connection.

        Raises:
            InvalidContextError: the id is not valid, or has another role in this context.
        """
        return self.replace(websocket_client_id=client_id)

    def create_child_context(
        self,
        operation_name: str,
        *,
        additional_agent_context: Mapping[str, Any] | None = None,
        additional_audit_metadata: Mapping[str, Any] | None = None,
        request_id: str | None = None,
    ) -> Self:
        """Return the context of an operation within this one: same user, thread, run and session, a new request.

        Args:
            operation_name: what the child does; it is in its ``agent_context["operation_name"]``.
            additional_agent_context: what is added to the metadata of this context.
            additional_audit_metadata: the same for the audit log.
            request_id: the request of the child; a fresh one unless given.

        Raises:
            InvalidContextError: a child would be more than 10 deep, or an argument is not valid.
        """
        more: dict[str, Any] = {
            "additional_agent_context": {} if additional_agent_context is None else additional_agent_context,
            "additional_audit_metadata": {} if additional_audit_metadata is None else additional_audit_metadata,
        }
        faults = child_faults(operation_name, self.operation_depth, more)
        if faults:
            raise InvalidContextError(f"a child of {self!r}", faults)
        agent_context, audit_metadata = more.values()
        return self.replace(
            request_id=request_id,
            created_at=None,
            agent_context={**self.agent_context, **agent_context, "operation_name": operation_name},
            audit_metadata={**self.audit_metadata, **audit_metadata},
            operation_depth=self.operation_depth + 1,
            parent_request_id=self.request_id,
        )

    def verify_isolation(self, *others: Any) -> bool:
        """Check that this context is still valid, and that it shares nothing with those of other users.

        Args:
            *others: contexts of other users, of any class.

        Returns:
            True, for use in an ``assert``.

        Raises:
            ContextIsolationError: naming each id, session and mutable object that is shared, and each field that was
                made invalid by force.
        """
        faults = faults_of(self._values())
        if faults:
            texts = [f"{field} was changed after creation: it {fault}" for field, fault in faults.items()]
            raise ContextIsolationError(tuple(texts))
        labels = [f"others[{index}]" for index in range(len(others))]
        assert_isolated(dict(zip(["self", *labels], [self, *others], strict=True)))
        return True

    def _values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in FIELDS}

    def _identity(self) -> tuple[str | None, ...]:
        return (self.user_id, self.thread_id, self.run_id, self.websocket_client_id, self.request_id)

    def __eq__(self, other: object) -> bool:
        return self._identity() == other._identity() if isinstance(other, UserExecutionContext) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._identity())

    def __repr__(self) -> str:
        if not hasattr(self, "db_session"):
            return f"<{type(self).__name__} that was never made>"
        shown = {name: _shortened(getattr(self, name)) for name in ID_FIELDS[:4] if getattr(self, name) is not None}
        if self.operation_depth:
            shown["operation_depth"] = str(self.operation_depth)
        return f"{type(self).__name__}({', '.join(f'{name}={value}' for name, value in shown.items())})"

    def __reduce__(self) -> tuple[Any, ...]:
        # A session belongs to its process, so it stays behind.
        return _restored, ({**self._values(), "db_session": None},)

    def __setstate__(self, state: Any) -> None:
        # Only a pickle that did not come from __reduce__ gets here.
        if hasattr(self, "db_session"):
            _refuse_change(self, "its state")
        made = type(self).from_dict(state)
        for field in fields(self):
            object.__setattr__(self, field.name, getattr(made, field.name))

    def __copy__(self) -> Self:
        return self.replace()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.replace(
            agent_context=deepcopy(self.agent_context, memo), audit_metadata=deepcopy(self.audit_metadata, memo)
        )


def _refuse_change(self: UserExecutionContext, name: str, value: Any = None) -> NoReturn:
    raise FrozenInstanceError(f"cannot change {name}: a context never changes; use replace(), which returns a new one")


# The methods that dataclass makes fail on slots with a name that is no field.
UserExecutionContext.__setattr__ = _refuse_change  # type: ignore[method-assign, assignment]
UserExecutionContext.__delattr__ = _refuse_change  # type: ignore[method-assign, assignment]

UserExecutionContext.__new__ = staticmethod(constructor(UserExecutionContext))  # type: ignore[method-assign]
UserExecutionContext.__signature__ = signature(UserExecutionContext)  # type: ignore[attr-defined]

FIELDS: Final = field_names(UserExecutionContext)
"""The names of all fields, in order."""


def _restored(values: dict[str, Any]) -> UserExecutionContext:
    return UserExecutionContext.from_dict(values)


def _shortened(text: str) -> str:
    half = _SHOWN_OF_AN_ID // 2
    return repr(text if len(text) <= _SHOWN_OF_AN_ID else f"{text[:half]}...{text[-half:]}")
