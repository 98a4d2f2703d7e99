"""Classes of products, made in every usual way, that builders build and checks look into."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import attrs
import pydantic

__all__ = ["TARGETS", "AttrsContext", "DataContext", "ModelContext", "PlainContext", "TupleContext", "Uncommon"]


@dataclass
class DataContext:
    user_id: str
    thread_id: str
    run_id: str
    websocket_client_id: str | None = None
    agent_context: dict[str, Any] = field(default_factory=dict)
    db_session: Any = None


@attrs.define
class AttrsContext:
    user_id: str
    thread_id: str
    run_id: str
    websocket_client_id: str | None = None
    agent_context: dict[str, Any] = attrs.Factory(dict)
    db_session: Any = None


class ModelContext(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)

    user_id: str
    thread_id: str
    run_id: str
    websocket_client_id: str | None = None
    agent_context: dict[str, Any] = {}
    db_session: Any = None


class PlainContext:
    def __init__(  # noqa: PLR0917 - a product may have it so
        self,
        user_id: str,
        thread_id: str,
        run_id: str,
        websocket_client_id: str | None = None,
        agent_context: Any = None,
        db_session: Any = None,
    ) -> None:
        self.user_id = user_id
        self.thread_id = thread_id
        self.run_id = run_id
        self.websocket_client_id = websocket_client_id
        self.agent_context = agent_context
        self.db_session = db_session


class TupleContext(NamedTuple):
    user_id: str
    thread_id: str
    run_id: str
    websocket_client_id: str | None = None
    agent_context: Any = None
    db_session: Any = None


class Uncommon:
    """Other names, a positional-only parameter, and fields that nothing but the builder knows."""

    __slots__ = ("conversation", "made", "tenant", "uid")

    def __init__(self, uid: str, /, conversation: str, *, tenant: str, created_at: datetime) -> None:
        self.uid = uid
        self.conversation = conversation
        self.tenant = tenant
        self.made = created_at


TARGETS = [DataContext, AttrsContext, ModelContext, PlainContext, TupleContext]
