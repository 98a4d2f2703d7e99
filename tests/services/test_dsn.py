"""Addresses: their parts, others made of them, and what is shown of them."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from test_framework.services import Database, RedisDatabase, ServiceError
from test_framework.services._wire import Address

TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=20)


@given(st.sampled_from(["/dev/shm/tf-x", "localhost", "127.0.0.1", "::1"]), st.integers(1, 65535), TEXT, TEXT, TEXT)
def test_an_address_survives_being_written_down(host: str, port: int, user: str, password: str, dbname: str) -> None:
    """Whatever is in a name or a password is found again in the string, and the password is not shown."""
    address = Address(host=host, port=port, user=user, password=password, dbname=dbname)
    database = Database.of(address)
    assert database.address() == address
    assert database.named("other").address().dbname == "other"
    assert ":***@" in repr(database)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("postgresql://h/db", ("h", 5432, "postgres", None, "db")),
        ("postgres://u:p%40@h:1/", ("h", 1, "u", "p@", "u")),
        ("postgresql:///db?host=/run/pg&port=6000", ("/run/pg", 6000, "postgres", None, "db")),
        ("postgresql://?user=u&password=p&dbname=d", ("localhost", 5432, "u", "p", "d")),
    ],
)
def test_the_forms_of_libpq_are_read(text: str, parts: tuple[str, int, str, str | None, str]) -> None:
    """Parts may stand before the question mark or after it."""
    host, port, user, password, dbname = parts
    database = Database(text)
    assert database.address() == Address(host=host, port=port, user=user, password=password, dbname=dbname)
    assert password is None or password not in repr(database).replace("postgresql", "").replace("password", "")


def test_other_parameters_are_kept() -> None:
    """What a user says about certificates holds for the databases that are made too."""
    named = Database("postgresql://u@h/db?sslmode=verify-full&sslrootcert=ca.pem").named("x")
    assert named == "postgresql://u@h/x?sslmode=verify-full&sslrootcert=ca.pem"
    assert named.wants_tls
    assert named.url("postgresql+psycopg").startswith("postgresql+psycopg://u@h/x?")


@pytest.mark.parametrize(
    ("text", "db", "indexes", "third"),
    [
        ("redis://h", 0, [0], "redis://h/3"),
        ("redis://u:p@h:1/2", 2, [2], "redis://u:p@h:1/3"),
        ("rediss://h/0?dbs=8-10&protocol=3", 0, [8, 9, 10], "rediss://h/3?protocol=3"),
        ("unix:///run/s?db=5", 5, [5], "unix:///run/s?db=3"),
        ("unix://:p@/run/s", 0, [0], "unix://:p@/run/s?db=3"),
    ],
)
def test_indexes_of_redis(text: str, db: int, indexes: list[int], third: str) -> None:
    """The index is in the path or the query, and another one is put in the same place."""
    url = RedisDatabase(text).checked()
    assert (url.db, list(url.indexes)) == (db, indexes)
    assert url.indexed(3) == third


# The second has a fullwidth number sign, which normalization would turn into the start of a fragment.
MALFORMED = ("u:s3cret@[bad", "u:s3cret@h\uff03/db", "u:s3cret@[::1/db")


@pytest.mark.parametrize("text", ["http://u:s3cret@h/db", "h:5432", *(f"postgresql://{rest}" for rest in MALFORMED)])
def test_what_is_no_address_of_postgresql_is_refused(text: str) -> None:
    """The error says how one is written, and shows nothing of what was given."""
    with pytest.raises(ServiceError, match="must be postgresql://") as caught:
        Database(text).address()
    assert caught.value.__context__ is None
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("rest", MALFORMED)
def test_a_password_is_not_shown_of_what_cannot_be_read(rest: str) -> None:
    """An address that is malformed can be printed, but for what follows its scheme."""
    assert repr(Database(f"postgresql://{rest}")) == "'postgresql://***'"
    assert repr(RedisDatabase(f"redis://{rest}")) == "'redis://***'"


@pytest.mark.parametrize(
    "text",
    [
        "http://h",
        "redis://h/x",
        *(f"redis://{rest}" for rest in MALFORMED),
        "redis://h:x/0",
        "redis://h/0?dbs=a-b",
        "h:6379",
    ],
)
def test_what_is_no_address_of_redis_is_refused(text: str) -> None:
    """The error says how one is written."""
    with pytest.raises(ServiceError, match="must be redis://"):
        RedisDatabase(text).checked()
