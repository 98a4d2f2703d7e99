"""What initdb makes is kept: used by who may trust it, made anew whenever anything is wrong with it."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from test_framework import settings
from test_framework._pytest.services import require
from test_framework.services import Database, ServiceError, postgres
from test_framework.services._guard import _kept as kept_files
from tests.services.test_postgres import query

Setenv = Callable[..., None]
pytestmark = pytest.mark.usefixtures("postgres_server")


@pytest.fixture
def cache(tmp_path: Path, fresh_settings: Setenv) -> Path:
    """Let servers be kept in a folder of the test's own; nothing is there yet."""
    folder = tmp_path / "cache"
    fresh_settings(POSTGRES_CACHE=str(folder))
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a server has kept."""
    require("postgres")
    folder = tmp_path_factory.mktemp("made") / "cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEST_FRAMEWORK_POSTGRES_CACHE", str(folder))
        settings.forget()
        start()
    settings.forget()
    (kept,) = folder.iterdir()
    return kept


@pytest.fixture
def kept(cache: Path, made: Path) -> Path:
    """The one file in the folder of the test's own."""
    cache.mkdir(mode=0o700)
    shutil.copy(made, cache)
    return cache / made.name


def start() -> str:
    """Start a server, use it; return its identifier, which initdb makes."""
    with postgres(template="CREATE TABLE t (n int)") as server, server.database() as database:
        assert query(database, "SELECT count(*) FROM t") == [["0"]]
        return str(query(server.dsn, "SELECT system_identifier FROM pg_control_system()")[0][0])


def test_initdb_runs_once(cache: Path) -> None:
    """The second server begins with what the first one's initdb has made; only its user can read it."""
    first = start()
    (kept,) = cache.iterdir()
    assert kept.stat().st_mode & 0o077 == cache.stat().st_mode & 0o077 == 0
    assert start() == first
    assert [path.name for path in cache.iterdir()] == [kept.name]


def test_it_can_be_turned_off(tmp_path: Path, fresh_settings: Setenv, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then nothing is written, and initdb runs for each server."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    fresh_settings(POSTGRES_CACHE="none")
    with postgres():
        assert list(tmp_path.iterdir()) == []


def test_by_default_it_is_in_the_users_cache(
    tmp_path: Path, fresh_settings: Setenv, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where other programs of the user keep what they can make again; without a home of one's own nowhere."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    fresh_settings()
    with postgres():
        assert len(list((tmp_path / "ssot-test-framework").iterdir())) == 1
    monkeypatch.setenv("HOME", "/nonexistent")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other"))
    with postgres():
        assert not (tmp_path / "other").exists()


def test_a_folder_that_others_may_write_in_is_refused(cache: Path) -> None:
    """Whoever can write there could give every test a server of his own making."""
    cache.mkdir()
    cache.chmod(0o777)
    with pytest.raises(ServiceError, match="nobody else may write in it"):
        postgres().__enter__()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"x" * 100),
        lambda path: path.write_bytes(path.read_bytes().replace(b"file", b"pile", 1)),
        lambda path: path.chmod(0o666),
        lambda path: path.parent.chmod(0o777),
        lambda path: path.symlink_to(path.rename(path.with_name("real"))),
        lambda path: path.unlink(),
    ],
    ids=["shorter", "empty", "something else", "changed", "open to all", "beside others'", "a link", "gone"],
)
def test_what_cannot_be_trusted_is_not_used(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    """Nothing is made of it."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").write_text("content")
    kept = tmp_path / "cache" / "one.kept"
    kept_files.keep(str(kept), str(folder))
    assert kept_files.unpack(str(kept), str(tmp_path / "before"), None)
    spoil(kept)
    assert not kept_files.unpack(str(kept), str(tmp_path / "after"), None)
    assert not (tmp_path / "after").exists()


def test_what_was_spoilt_is_made_anew(kept: Path) -> None:
    """The tests get their server, and the next one a file that is whole again."""
    first = start()
    kept.write_bytes(kept.read_bytes()[:-1])
    second = start()
    assert second != first
    assert start() == second


def test_what_is_whole_and_does_not_work_is_made_anew(kept: Path, tmp_path: Path) -> None:
    """A checksum says that nothing has changed, not that it was good."""
    first = start()
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "PG_VERSION").write_text("6\n")
    kept_files.keep(str(kept), str(broken))
    second = start()
    assert second != first
    assert start() == second


def test_a_server_that_does_not_start_for_another_reason_costs_no_more(kept: Path) -> None:
    """What is kept is good afterwards, and the log shows the fault once."""
    with pytest.raises(ServiceError, match="could not be started") as caught:
        postgres(options={"shared_buffers": "nonsense"}).__enter__()
    assert caught.value.log.count("invalid value for parameter") == 1
    assert start() == start()


def test_no_password_is_kept(cache: Path, kept: Path) -> None:
    """A server with a port has a password of its own, from the same file as one without."""
    before = kept.read_bytes()
    seen = set()
    for _ in range(2):
        with postgres(tcp=True, options={"log_statement": "all"}) as server:
            password = server.dsn.password
            assert password
            seen.add(password)
            assert password not in server.log_tail(1000)
            assert query(Database(server.dsn), "SELECT 1") == [["1"]]
    assert len(seen) == 2
    assert [path.name for path in cache.iterdir()] == [kept.name]
    assert kept.read_bytes() == before


def test_few_are_kept(cache: Path, tmp_path: Path) -> None:
    """Of many versions and installations those stay that were used last; what was begun and never ended goes."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").write_text("content")
    cache.mkdir(mode=0o700)
    begun = cache / ".postgres-1.kept.0123456789"
    begun.write_text("half")
    os.utime(begun, (time.time() - 100_000,) * 2)
    for number in range(8):
        kept_files.keep(str(cache / f"postgres-{number}.kept"), str(folder))
        os.utime(cache / f"postgres-{number}.kept", (time.time() - 100 + number,) * 2)
    assert sorted(path.name for path in cache.iterdir()) == [f"postgres-{number}.kept" for number in (4, 5, 6, 7)]


def test_a_folder_comes_back_as_it_was(tmp_path: Path) -> None:
    """Names with blanks, empty files and folders, zeros at the end, and what two files have in common."""
    folder = tmp_path / "folder"
    (folder / "a b" / "empty").mkdir(parents=True)
    contents = {
        "a b/c d": b"x" * 1000 + b"\0" * 5000,
        "same": b"x" * 1000 + b"\0" * 5000,
        "none": b"",
        "zeros": b"\0" * 9,
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    kept_files.keep(str(tmp_path / "one.kept"), str(folder))
    assert kept_files.unpack(str(tmp_path / "one.kept"), str(tmp_path / "again"), None)
    found = {str(path.relative_to(tmp_path / "again")): path for path in (tmp_path / "again").rglob("*")}
    assert {name for name, path in found.items() if path.is_dir()} == {"a b", "a b/empty"}
    assert {name: path.read_bytes() for name, path in found.items() if path.is_file()} == contents
