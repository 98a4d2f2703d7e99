"""Contexts as type checkers see them: checked by mypy and basedpyright, never executed."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_type

from test_framework import (
    ContextIsolationError,
    FrameworkError,
    InvalidContextError,
    IsolatedRun,
    NoCurrentContextError,
    UserExecutionContext,
    UserExecutionContextBuilder,
    assert_isolated,
    build_test_context,
    current_context,
    fresh_run_id,
    fresh_thread_id,
    fresh_user_id,
    run_isolated,
    use_context,
)

context = UserExecutionContext("u", "t", run_id="r", websocket_client_id="w", agent_context={"a": 1})
assert_type(context, UserExecutionContext)
assert_type(context.user_id, str)
assert_type(context.websocket_client_id, str | None)
assert_type(context.request_id, str)
assert_type(context.created_at, datetime)
assert_type(context.agent_context, dict[str, Any])
assert_type(context.create_child_context("search"), UserExecutionContext)
assert_type(context.with_websocket_connection("w"), UserExecutionContext)
assert_type(context.replace(user_id="v"), UserExecutionContext)
assert_type(context.to_dict(), dict[str, Any])
assert_type(UserExecutionContext.from_dict({}), UserExecutionContext)
assert_type(context.verify_isolation(), bool)

UserExecutionContext(user_id="test", websocket_client_id="test")  # type: ignore[call-arg]
UserExecutionContext("u", "t", "r", "w")  # type: ignore[call-arg]
UserExecutionContext(1, "t", "r")  # type: ignore[arg-type]
context.user_id = "v"  # type: ignore[misc]


@dataclass
class Product:
    uid: str


assert_type(UserExecutionContextBuilder().with_user("u").build(), UserExecutionContext)
built = UserExecutionContextBuilder(Product, names={"user_id": "uid"}).with_user().with_seed(1)
assert_type(built, UserExecutionContextBuilder[Product])
assert_type(built.build(), Product)
assert_type(built.build_many(2), list[Product])
built.with_user(3)  # type: ignore[arg-type]
built.with_user(lambda number: f"user-{number}")


async def length(product: Product) -> int:
    return len(product.uid)


async def runs() -> None:
    run = await run_isolated([Product("u")], length, errors="return")
    assert_type(run, IsolatedRun[int])
    assert_type(run.results["u"], int)
    assert_type(run.errors["u"], Exception)
    await run_isolated([context], length)  # type: ignore[arg-type]
    await run_isolated([Product("u")], length, errors="ignore")  # type: ignore[arg-type]


assert_isolated([context], allow=[Product])
assert_isolated({"a": context, "b": Product("u")}, names={"user_id": "uid"})
assert_type(build_test_context(user_id="u"), Any)
assert_type(current_context(), Any)
entered: AbstractContextManager[Product] = use_context(Product("u"))

errors: list[type[FrameworkError]] = [InvalidContextError, ContextIsolationError, NoCurrentContextError]
values: list[type[ValueError]] = [InvalidContextError]
types: list[type[TypeError]] = [InvalidContextError]
failures: list[type[AssertionError]] = [ContextIsolationError]

assert_type(fresh_user_id(), str)
assert_type(fresh_run_id(fresh_thread_id()), str)
fresh_run_id()  # type: ignore[call-arg]
