"""Templates on a server that several processes use: made once, whoever dies."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from test_framework._pytest.services import require
from test_framework.services import PostgresServer, postgres
from test_framework.services._wire import Connection
from tests.services.processes import alone
from tests.services.test_postgres import names, query

Setenv = Callable[..., None]
pytestmark = pytest.mark.usefixtures("postgres_server")
# Each making of the template leaves a line where all can see it.
TEMPLATE = "CREATE TABLE t (n int); SELECT pg_sleep(0.3)"
PROGRAM = """
import sys
from test_framework.services import postgres
from test_framework.services._wire import Connection
with postgres(template=sys.argv[1]) as server:
    for _ in range(3):
        with server.database() as database:
            connection = Connection(database.address())
            assert connection.execute("SELECT count(*) FROM t") == [["0"]]
            connection.close()
    print("done", server._templates._names, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def other_postgres() -> Iterator[PostgresServer]:
    """A server that somebody else started, which logs every database that is made."""
    require("postgres")
    with postgres(tcp=True, options={"log_statement": "all"}) as server:
        yield server


def begin(server: PostgresServer, template: str = TEMPLATE) -> subprocess.Popen[str]:
    """Start a process that uses the template."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, template],
        env=alone(TEST_FRAMEWORK_POSTGRES_DSN=str(server.dsn)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def end(*runs: subprocess.Popen[str]) -> list[str]:
    """Let processes end; return what they said."""
    said = [run.communicate(timeout=60)[0] for run in runs]
    assert [run.returncode for run in runs] == [0] * len(runs), said
    return said


def makings(server: PostgresServer, since: int) -> int:
    """Return how often the template was made since the log had a size."""
    return server.log_since(since, 10_000).count("statement: CREATE TABLE t (n int)")


def templates(server: PostgresServer) -> set[str]:
    """Return the templates that are there, and what is being made of them."""
    return {name for name in names(server) if "_template_" in name or "_making_" in name}


def until(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_processes_make_a_template_once(other_postgres: PostgresServer) -> None:
    """Four at once: one makes it, three wait for it; the last one to end drops it."""
    before, there = other_postgres.log_size(), templates(other_postgres)
    runs = [begin(other_postgres) for _ in range(4)]
    for run in runs:
        assert run.stdout is not None
        assert run.stdout.readline().startswith("done")
    assert makings(other_postgres, before) == 1
    assert len(templates(other_postgres) - there) == 1
    end(*runs[:3])
    assert len(templates(other_postgres) - there) == 1
    end(runs[3])
    assert templates(other_postgres) == there


def test_a_maker_that_is_killed_keeps_nobody_waiting(other_postgres: PostgresServer) -> None:
    """Its lock goes with it, the half of a template that it made is none, and the next process makes the whole."""
    before, there = other_postgres.log_size(), templates(other_postgres)
    killed = begin(other_postgres, "CREATE TABLE t (n int); SELECT pg_sleep(0.5)")
    until(lambda: makings(other_postgres, before))
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    end(begin(other_postgres, "CREATE TABLE t (n int); SELECT pg_sleep(0.5)"))
    assert makings(other_postgres, before) == 2
    (left,) = templates(other_postgres) - there
    assert "_making_" in left


def test_a_user_that_is_killed_leaves_the_template_for_the_next_run(other_postgres: PostgresServer) -> None:
    """A whole template that nobody dropped is used again, and dropped by who used it last."""
    template = "CREATE TABLE t (n int); SELECT 'left'"
    before, there = other_postgres.log_size(), templates(other_postgres)
    killed = begin(other_postgres, template)
    assert killed.stdout is not None
    killed.stdout.readline()
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert len(templates(other_postgres) - there) == 1
    end(begin(other_postgres, template))
    assert makings(other_postgres, before) == 1
    until(lambda: templates(other_postgres) == there)


def test_a_template_that_was_dropped_is_made_again(other_postgres: PostgresServer, fresh_settings: Setenv) -> None:
    """Somebody cleans up on the server: the tests go on."""
    fresh_settings(POSTGRES_DSN=str(other_postgres.dsn))
    there = templates(other_postgres)
    with postgres(template="CREATE TABLE t (n int); SELECT 'dropped'") as server:
        for _ in range(2):
            with server.database() as database:
                assert query(database, "SELECT count(*) FROM t") == [["0"]]
            for name in templates(other_postgres) - there:
                query(other_postgres.dsn, f'DROP DATABASE "{name}"')


def test_functions_are_of_their_process(other_postgres: PostgresServer, fresh_settings: Setenv) -> None:
    """Nobody else can know what a function does: its template is not shared."""
    fresh_settings(POSTGRES_DSN=str(other_postgres.dsn))
    there = templates(other_postgres)
    calls: list[str] = []
    fill = calls.append
    with postgres(template=fill) as one, postgres(template=fill) as two, one.database(), two.database():
        assert len(templates(other_postgres) - there) == 2
    assert len(calls) == 2
    assert templates(other_postgres) == there


def test_who_no_longer_waits_is_let_go(other_postgres: PostgresServer, fresh_settings: Setenv) -> None:
    """A test that is cancelled while another process makes the template ends at once."""
    fresh_settings(POSTGRES_DSN=str(other_postgres.dsn))
    template = "CREATE TABLE t (n int); SELECT 'held'"
    with postgres() as server:
        with server.database(template=template):
            (key,) = server._shared_templates._names
        server._shared_templates.end()
        holder = Connection(other_postgres.dsn.address())
        holder.execute(f"SELECT pg_advisory_lock({int(key, 16) - (1 << 63)})")
        context = server.database(template=template)
        ended = threading.Event()

        def enter() -> None:
            with pytest.raises(Exception, match="nobody waits"):
                context.__enter__()
            ended.set()

        thread = threading.Thread(target=enter)
        thread.start()
        until(lambda: "pg_try_advisory_lock" in other_postgres.log_tail(5))
        assert not ended.is_set()
        assert context._interrupt is not None
        context._interrupt()
        assert ended.wait(10)
        thread.join()
        holder.close()
