"""How a context is made: at once where all is good at first sight, else by the examination that finds every fault."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from test_framework.context._examination import examined
from test_framework.context._id_rules import REQUIRED, is_plain_id
from test_framework.context._ids import fresh_request_id
from test_framework.context._metadata import copied
from test_framework.context._rule import MISSING
from test_framework.context._rules import MAX_OPERATION_DEPTH

__all__ = ["constructor", "field_names", "signature"]

__tracebackhide__ = True


def field_names(kind: Any) -> tuple[str, ...]:
    """Return the names of all fields of a dataclass, in order."""
    return tuple(field.name for field in fields(kind))


def constructor(kind: Any) -> Callable[..., Any]:
    """Return what makes valid instances, for use as ``__new__``: unlike ``__init__``, it cannot be called again.

    Args:
        kind: the class, with a slot for each field and no others.

    Returns:
        A function that takes anything, to say all that is wrong.
    """
    names = field_names(kind)
    # Setting a slot through its descriptor takes half the time of object.__setattr__.
    (
        set_user_id,
        set_thread_id,
        set_run_id,
        set_websocket_client_id,
        set_request_id,
        set_created_at,
        set_agent_context,
        set_audit_metadata,
        set_operation_depth,
        set_parent_request_id,
        set_db_session,
    ) = (vars(kind)[name].__set__ for name in names)

    def made(
        cls: Any,
        /,
        *positional: Any,
        user_id: Any = MISSING,
        thread_id: Any = MISSING,
        run_id: Any = MISSING,
        websocket_client_id: Any = None,
        request_id: Any = None,
        created_at: Any = None,
        agent_context: Any = None,
        audit_metadata: Any = None,
        operation_depth: Any = 0,
        parent_request_id: Any = None,
        db_session: Any = None,
        **unknown: Any,
    ) -> Any:
        if len(positional) == len(REQUIRED) and user_id is thread_id is run_id is MISSING:
            user_id, thread_id, run_id = positional
            positional = ()
        agent = audit = None
        try:
            good = (
                not positional
                and not unknown
                and user_id.__class__ is thread_id.__class__ is run_id.__class__ is str
                and is_plain_id(user_id) is not None
                and is_plain_id(thread_id) is not None
                and is_plain_id(run_id) is not None
                and user_id != thread_id
                and run_id not in (user_id, thread_id)
                and (websocket_client_id is None or _is_other(websocket_client_id, user_id, thread_id, run_id))
                and (request_id is None or _is_other(request_id, user_id, thread_id, run_id, websocket_client_id))
                and (created_at is None or (created_at.__class__ is datetime and created_at.tzinfo is UTC))
                and operation_depth.__class__ is int
                and (
                    (operation_depth == 0 and parent_request_id is None)
                    or (
                        0 < operation_depth <= MAX_OPERATION_DEPTH
                        and _is_other(parent_request_id, user_id, thread_id, run_id, websocket_client_id, request_id)
                    )
                )
            )
            if good:
                agent = {} if agent_context is None else _own_copy(agent_context)
                audit = {} if audit_metadata is None else _own_copy(audit_metadata)
        except Exception:  # an argument may be of any class; what is wrong with it is found out below
            good = False
        if not good:
            first = (user_id, thread_id, run_id, websocket_client_id, request_id, created_at, agent_context)
            given = (*first, audit_metadata, operation_depth, parent_request_id, db_session)
            values = examined(cls.__name__, positional, dict(zip(names, given, strict=True)), unknown)
            user_id, thread_id, run_id, websocket_client_id, request_id, created_at = values[:6]
            agent, audit, operation_depth, parent_request_id, db_session = values[6:]
        self = object.__new__(cls)
        set_user_id(self, user_id)
        set_thread_id(self, thread_id)
        set_run_id(self, run_id)
        set_websocket_client_id(self, websocket_client_id)
        set_request_id(self, fresh_request_id() if request_id is None else request_id)
        set_created_at(self, datetime.now(UTC) if created_at is None else created_at)
        set_agent_context(self, agent)
        set_audit_metadata(self, audit)
        set_operation_depth(self, operation_depth)
        set_parent_request_id(self, parent_request_id)
        set_db_session(self, db_session)
        return self

    return made


def signature(kind: Any) -> inspect.Signature:
    """Return the signature that users see, instead of the one that takes anything.

    Args:
        kind: the class.
    """
    by_position, by_name = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    parameters = [inspect.Parameter(name, by_position, annotation="str") for name in REQUIRED]
    for field in fields(kind)[len(REQUIRED) :]:
        default = 0 if field.name == "operation_depth" else None
        parameters.append(inspect.Parameter(field.name, by_name, default=default, annotation=field.type))
    return inspect.Signature(parameters)


def _is_other(value: Any, *others: Any) -> bool:
    """Return whether a value is a plain good id that is none of the others."""
    return value.__class__ is str and is_plain_id(value) is not None and value not in others


def _own_copy(metadata: Any) -> dict[str, Any]:
    "".join(metadata)  # raises TypeError if a key is no string
    return copied(metadata)
