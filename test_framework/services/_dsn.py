"""Addresses of databases: strings that drivers take, with their parts."""

from __future__ import annotations

from typing import Self
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from test_framework.services._errors import ServiceError
from test_framework.services._wire import Address

__all__ = ["Database", "RedisDatabase"]

_POSTGRES = ("postgresql", "postgres")
_REDIS = ("redis", "rediss", "unix")


class _Url(str):
    """A URL whose password is not shown where Python shows objects."""

    __slots__ = ()

    def __repr__(self) -> str:
        try:
            parts = urlsplit(self)
        except ValueError:
            # What no parser reads may have its password anywhere.
            return repr(f"{self.partition('//')[0]}//***")
        if parts.password is None and "password=" not in parts.query:
            return super().__repr__()
        head, _, place = parts.netloc.rpartition("@")
        shown = parts._replace(
            netloc=f"{head.partition(':')[0]}:***@{place}" if parts.password is not None else parts.netloc,
            query="&".join("password=***" if part.startswith("password=") else part for part in parts.query.split("&")),
        )
        return repr(urlunsplit(shown))


class Database(_Url):
    """The address of a database: a string that drivers take, ``postgresql://postgres@/name?host=/directory``.

    Attributes are read from it.
    """

    __slots__ = ()

    @classmethod
    def of(cls, address: Address) -> Self:
        """Write down an address."""
        user = quote(address.user, safe="")
        password = "" if address.password is None else f":{quote(address.password, safe='')}"
        name = quote(address.dbname, safe="")
        if not address.host.startswith("/"):
            host = f"[{address.host}]" if ":" in address.host else address.host
            return cls(f"postgresql://{user}{password}@{host}:{address.port}/{name}")
        query = {"host": address.host} | ({} if address.port == Address.__dataclass_fields__["port"].default else
                                          {"port": str(address.port)})  # fmt: skip
        return cls(f"postgresql://{user}{password}@/{name}?{urlencode(query, safe='/')}")

    @property
    def _query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self).query))

    @property
    def user(self) -> str:
        """The role."""
        return unquote(urlsplit(self).username or self._query.get("user", "postgres"))

    @property
    def password(self) -> str | None:
        """The role's password; None if it has none."""
        password = urlsplit(self).password
        return self._query.get("password") if password is None else unquote(password)

    @property
    def host(self) -> str:
        """The server's name or address, or the directory of its Unix socket."""
        return urlsplit(self).hostname or self._query.get("host", "localhost")

    @property
    def port(self) -> int:
        """The server's port; part of its socket's name too."""
        return urlsplit(self).port or int(self._query.get("port", "5432"))

    @property
    def dbname(self) -> str:
        """The database's name."""
        return unquote(urlsplit(self).path.lstrip("/")) or self._query.get("dbname", self.user)

    def url(self, scheme: str) -> str:
        """Return the same address with another scheme, for instance SQLAlchemy's ``postgresql+asyncpg``.

        Args:
            scheme: without ``://``.
        """
        return f"{scheme}:{self.partition(':')[2]}"

    def named(self, dbname: str) -> Self:
        """Return the address of another database of the same server.

        Args:
            dbname: its name.
        """
        parts = urlsplit(self)
        query = "&".join(part for part in parts.query.split("&") if not part.startswith("dbname="))
        # urlunsplit leaves the slashes out where there is no host.
        return type(self)(f"{parts.scheme}://{parts.netloc}/{quote(dbname, safe='')}{'?' if query else ''}{query}")

    def checked(self) -> Self:
        """Return itself if it is an address of PostgreSQL.

        Raises:
            ServiceError: it is not; the text does not show it, since it may hold a password.
        """
        try:
            fine = urlsplit(self).scheme in _POSTGRES
        except ValueError:
            fine = False
        if not fine:
            raise ServiceError("the DSN of PostgreSQL must be postgresql://USER:PASSWORD@HOST:PORT/DATABASE")
        return self

    def address(self) -> Address:
        """Return its parts.

        Raises:
            ServiceError: it is none of a PostgreSQL server; the text does not show it, since it may hold a password.
        """
        self.checked()
        try:
            return Address(host=self.host, port=self.port, user=self.user, password=self.password, dbname=self.dbname)
        except ValueError:
            raise ServiceError("the DSN of PostgreSQL has a port that is no number") from None

    @property
    def wants_tls(self) -> bool:
        """Whether it asks for a connection that is encrypted."""
        return self._query.get("sslmode", "") in {"require", "verify-ca", "verify-full"}


class RedisDatabase(_Url):
    """The address of a Redis database: a string that clients take, ``unix:///directory/redis.sock?db=3``."""

    __slots__ = ()

    def checked(self) -> Self:
        """Return itself if it is an address of Redis.

        Raises:
            ServiceError: it is not; the text does not show it, since it may hold a password.
        """
        try:
            fine = urlsplit(self).scheme in _REDIS and self.db >= 0 and self.port > 0 and bool(self.indexes)
        except ValueError:
            fine = False
        if not fine:
            raise ServiceError("the URL of Redis must be redis://:PASSWORD@HOST:PORT/INDEX or unix:///SOCKET?db=INDEX")
        return self

    @property
    def path(self) -> str:
        """The server's Unix socket; empty if it is reached over TCP."""
        parts = urlsplit(self)
        return unquote(parts.path) if parts.scheme == "unix" else ""

    @property
    def host(self) -> str:
        """The server's name or address; empty if it is reached over a Unix socket."""
        return "" if self.path else urlsplit(self).hostname or "localhost"

    @property
    def port(self) -> int:
        """The server's port."""
        return urlsplit(self).port or 6379

    @property
    def user(self) -> str | None:
        """The user; None for the default one."""
        return unquote(urlsplit(self).username or "") or None

    @property
    def password(self) -> str | None:
        """The password; None if there is none."""
        password = urlsplit(self).password
        return None if password is None else unquote(password)

    @property
    def db(self) -> int:
        """The index of the database."""
        parts = urlsplit(self)
        query = dict(parse_qsl(parts.query))
        return int(query.get("db") or ("" if self.path else parts.path.strip("/")) or 0)

    @property
    def indexes(self) -> range:
        """The indexes that tests may use: ``?dbs=8-15``, or the one of the URL."""
        first, _, last = dict(parse_qsl(urlsplit(self).query)).get("dbs", str(self.db)).partition("-")
        return range(int(first), int(last or first) + 1)

    @property
    def is_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return urlsplit(self).scheme == "rediss"

    def indexed(self, db: int) -> Self:
        """Return the address of another database of the same server.

        Args:
            db: its index.
        """
        parts = urlsplit(self)
        query = {name: value for name, value in parse_qsl(parts.query) if name not in {"db", "dbs"}}
        if self.path:
            return type(self)(f"unix://{parts.netloc}{parts.path}?{urlencode({**query, 'db': str(db)})}")
        text = f"?{urlencode(query)}" if query else ""
        return type(self)(f"{parts.scheme}://{parts.netloc}/{db}{text}")
