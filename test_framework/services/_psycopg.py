"""Administration of a server that wants TLS, by psycopg: certificates are a driver's business."""

from __future__ import annotations

from test_framework.services._dsn import Database
from test_framework.services._errors import ServiceError

__all__ = ["PsycopgConnection"]


class PsycopgConnection:
    """A connection as `test_framework.services._wire.Connection` is one.

    Args:
        database: its address.

    Raises:
        ServiceError: the server refuses it, is not there, or psycopg is not installed.
    """

    def __init__(self, database: Database) -> None:
        try:
            import psycopg
        except ImportError:
            raise ServiceError(
                "the DSN has sslmode=require or verify-..., which needs psycopg: pip install 'psycopg[binary]'"
            ) from None
        self._error = psycopg.Error
        try:
            self._connection = psycopg.connect(str(database), autocommit=True, connect_timeout=30)
        except psycopg.Error as exc:
            raise self._translated(exc) from None
        self.parameters = {"server_version": self._connection.info.parameter_status("server_version") or "0"}

    def execute(self, sql: str) -> list[list[str | None]]:
        """Run statements; return the rows of the last one, as text.

        Args:
            sql: the statements.
        """
        try:
            cursor = self._connection.execute(sql.encode())
            rows = cursor.fetchall() if cursor.description else []
        except self._error as exc:
            raise self._translated(exc) from None
        return [[None if value is None else str(value) for value in row] for row in rows]

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    @staticmethod
    def _translated(error: Exception) -> ServiceError:
        return ServiceError(str(error).strip(), code=getattr(error, "sqlstate", None) or "")
