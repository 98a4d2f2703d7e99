"""The audit finds what a server wrongly accepts: all of it, and nothing else."""

from __future__ import annotations

import json
import socket
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from test_framework.auth import AuditReport, AuthConfigError, AuthServer, audit_server
from test_framework.helpers.auth_helpers import AuthTestConfig, WebSocketAuthTester
from test_framework.tokens import TokenIssuer, hostile_tokens
from test_framework.tokens.gallery import keyless_tokens
from tests.assets.weak_servers import SECRET, WEAK, serve
from tests.websocket.backends import on_asyncio
from tests.websocket.servers import PlainServer

ISSUER = TokenIssuer(secret=SECRET)


def audited(*arguments: Any, run: Any = on_asyncio, **options: Any) -> AuditReport:
    """Run an audit, with time enough for a busy machine."""
    report: AuditReport = run(lambda: audit_server(*arguments, **{"timeout": 20.0, **options}))
    return report


def verdicts(weakness: str) -> dict[str, str]:
    """Return what the check of a weak server says of the gallery, asked in this process."""
    said = {}
    for case in hostile_tokens(ISSUER):
        try:
            said[case.id] = "accepted" if WEAK[weakness](case.token, SECRET) else "rejected"
        except Exception:
            said[case.id] = "error"
    return said


@pytest.mark.parametrize("weakness", WEAK)
def test_a_weak_server_is_seen_through(run: Any, weakness: str) -> None:
    """Every verdict, by either delivery, is that of the server's own check; the controls are accepted."""
    with serve(WEAK[weakness]) as server:
        report = audited(server.url, issuer=ISSUER, run=run)
    expected = verdicts(weakness)
    seen = {(one.case_id, one.delivery): one.verdict for one in report.results if one.case_id != "N01"}
    assert {key: verdict for key, verdict in seen.items() if verdict != expected[key[0]]} == {}
    assert {delivery for _, delivery in seen} == {"header", "query"}
    assert report.wrongly_accepted
    assert report.wrongly_refused == ()
    assert report.exit_status == 1
    assert {way for way, said in report.deliveries.items() if said == "audited"} == {"header", "query"}
    found = {one.case_id for one in report.wrongly_accepted}
    typical = {"alg none": "B01", "signature only": "F01", "usual decode": "E13"}
    assert typical[weakness] in found
    for other in set(typical) - {weakness}:
        assert (typical[other] in found) is (expected[typical[other]] == "accepted")


def test_the_three_differ() -> None:
    """What is found in one is not what is found in the others: the audit has something to see."""
    accepted = {name: {key for key, said in verdicts(name).items() if said == "accepted"} for name in WEAK}
    assert len({frozenset(ids) for ids in accepted.values()}) == 3
    assert {"B01", "B24", "B25"} <= accepted["alg none"]
    assert not {"B01", "B24", "B25"} & accepted["usual decode"]


def test_nothing_is_found_in_the_embedded_server(run: Any) -> None:
    """By every delivery: all that must be rejected is, and so is what a strict server rejects."""
    transports = ["header", "subprotocol", "query", "cookie"]
    with AuthServer(transports=transports) as server:  # type: ignore[arg-type]
        report = audited(server, run=run)
        assert server.users == {}
    assert report.ok, str(report)
    assert list(report.deliveries.values()) == ["audited"] * 4
    assert report.counts["must_reject"]["rejected"] > 500
    assert report.counts["policy"]["accepted"] == 0
    assert report.counts["control"]["accepted"] >= 20
    assert report.exit_status == 0


def test_a_server_that_waits_for_a_first_message(run: Any) -> None:
    """It takes no token in the handshake, which the report says, and is audited by its own way."""
    with AuthServer(transports=["first_message"], auth_timeout=30.0) as server:
        server.add_user("alice")
        report = audited(server.ws_url, issuer=server.issuer, user_id="alice", run=run, concurrency=20)
    assert report.ok, str(report)
    ways = {way for way, said in report.deliveries.items() if said == "audited"}
    assert ways == {"first_message"}
    assert "not taken" in report.deliveries["header"]


@pytest.mark.parametrize("config", [AuthTestConfig(mode="embedded"), None])
def test_a_configuration_and_a_tester_can_be_audited(config: AuthTestConfig | None) -> None:
    """Both know their server and their key."""
    if config is not None:
        assert audited(config, only=["B", "F"], deliveries=["header"]).ok
        return
    with WebSocketAuthTester() as tester:
        assert audited(tester, only=["B01"], deliveries=["header"]).ok
        assert tester.server.users == {}


def test_an_external_configuration_is_audited_with_its_secret() -> None:
    """The whole gallery, as the address and the key say."""
    with serve(WEAK["usual decode"]) as server:
        config = AuthTestConfig(websocket_url=server.url, secret=SECRET)
        report = audited(config, only=["E13", "B01"])
        assert {one.case_id for one in report.wrongly_accepted} == {"E13"}
        with pytest.raises(AuthConfigError, match="its key as issuer=TokenIssuer"):
            audited(AuthTestConfig(websocket_url=server.url))


# -- without the key ---------------------------------------------------------------------------


def test_one_good_token_shows_what_needs_no_key() -> None:
    """A server that takes unsigned tokens is found without its key; the others are not blamed."""
    good = ISSUER.mint("user-1")
    cases = keyless_tokens(good)
    assert len(cases) >= 55
    assert [case.id for case in cases if case.expect == "control"] == ["T01"]
    for weakness, accepts in WEAK.items():
        with serve(accepts) as server:
            report = audited(server.url, token=good, deliveries=["header", "query"])
        seen = {one.case_id for one in report.wrongly_accepted}
        assert seen == {case.id for case in cases if case.expect == "must_reject" and accepts(case.token, SECRET)}
        assert report.means == "token"
        assert "the server's key was not given" in report.as_table()
        assert ("B01" in seen) is (weakness == "alg none")


# -- what is no verdict ------------------------------------------------------------------------


def test_a_server_that_is_not_there_is_not_audited(run: Any) -> None:
    """A refused TCP connection is an error, not a rejection."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    report = audited(f"ws://127.0.0.1:{port}/ws", issuer=ISSUER, retries=1, run=run)
    assert (report.exit_status, report.audited, report.ok) == (2, False, False)
    assert report.errors
    assert report.counts["must_reject"]["rejected"] == 0
    assert "not reached" in report.deliveries["header"]


@pytest.mark.parametrize(
    ("status", "evidence"), [(500, "HTTP 500"), (404, "HTTP 404"), (302, "HTTP 302"), (429, "429")]
)
def test_a_status_that_says_nothing_of_the_token_is_an_error(status: int, evidence: str) -> None:
    """Hostile tokens that make the server fail have no verdict."""

    def check(connection: Any, request: Any) -> Any:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not token:
            return connection.respond(401, "")
        return None if WEAK["usual decode"](token, SECRET) else connection.respond(status, "")

    with PlainServer(process_request=check) as server:
        report = audited(server.url, issuer=ISSUER, only=["B01", "C01"])
    assert {(one.case_id, one.verdict) for one in report.results if one.expect == "must_reject"} == {
        ("B01", "error"),
        ("C01", "error"),
        ("N01", "rejected"),
    }
    assert all(evidence in one.evidence for one in report.errors)
    assert report.exit_status == 2


@pytest.mark.parametrize(
    ("code", "verdict"), [(1008, "rejected"), (4401, "rejected"), (1011, "error"), (1000, "error")]
)
def test_a_close_code_after_the_upgrade(run: Any, code: int, verdict: str) -> None:
    """1008 and the private codes refuse; 1011 and a normal end say nothing."""

    async def handler(connection: Any) -> None:
        token = connection.request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not WEAK["usual decode"](token, SECRET):
            await connection.close(code if token else 1008)
            return
        async for message in connection:
            await connection.send(message)

    with PlainServer(handler) as server:
        report = audited(server.url, issuer=ISSUER, only=["B01"], deliveries=["header"], run=run)
    (result,) = [one for one in report.results if one.case_id == "B01"]
    assert result.verdict == verdict
    assert result.close_code == code


def test_a_server_that_refuses_everything_is_not_audited() -> None:
    """Good tokens must be accepted, or the audit says so."""
    with PlainServer(process_request=lambda connection, _: connection.respond(401, "")) as server:
        report = audited(server.url, issuer=ISSUER, only=["B01"])
        insisted = audited(server.url, issuer=ISSUER, only=["B01"], deliveries=["header"])
    assert report.exit_status == 2
    assert all("not taken" in said for said in report.deliveries.values())
    assert insisted.exit_status == 2
    assert insisted.wrongly_refused


def test_a_server_that_lets_everybody_in_is_found() -> None:
    """Also the connection without any credential."""
    with PlainServer() as server:
        report = audited(server.url, issuer=ISSUER, only=["B01"])
    assert {"N01", "B01"} == {one.case_id for one in report.wrongly_accepted}


def test_silence_is_not_taken_for_acceptance_where_it_means_nothing() -> None:
    """A server that opens every connection and says nothing has accepted nobody."""

    async def silent(connection: Any) -> None:
        await connection.wait_closed()

    with PlainServer(silent) as server:
        report = audited(server.url, issuer=ISSUER, only=["B01"], deliveries=["header"], timeout=0.3, retries=0)
    assert {one.verdict for one in report.results} == {"error"}
    assert report.exit_status == 2


def test_a_connection_that_breaks_is_tried_again() -> None:
    """Trouble of connecting is retried; the verdict is that of the attempt that came through."""
    broken: set[str] = set()

    def check(connection: Any, request: Any) -> Any:
        token = request.headers.get("Authorization", "")
        if token not in broken:
            broken.add(token)
            connection.transport.abort()
        good = WEAK["usual decode"](token.removeprefix("Bearer "), SECRET)
        return None if good else connection.respond(401, "")

    with PlainServer(process_request=check) as server:
        again = audited(server.url, issuer=ISSUER, only=["B01"], deliveries=["header"])
        broken.clear()
        never = audited(server.url, issuer=ISSUER, only=["B01"], deliveries=["header"], retries=0)
    assert again.ok, str(again)
    assert never.exit_status == 2


# -- the report --------------------------------------------------------------------------------


def test_the_report_in_every_form() -> None:
    """Table, JSON and JUnit say the same; the evidence is there, and no token, although the server repeats it."""
    with serve(WEAK["usual decode"]) as server:
        report = audited(server.url, issuer=ISSUER, only=["E13", "C01", "E07"])
        noisy = audited(f"{server.url}?secret=hunter2", issuer=ISSUER, only=["C01"], deliveries=["header"])
    assert "hunter2" not in noisy.as_json()
    table = report.as_table()
    assert "E13" in table
    assert "the probe came back" in table
    assert table == str(report)
    content = json.loads(report.as_json())
    assert content["wrongly_accepted"] == ["E13"]
    assert content["accepted_by_policy"] == ["E07"]
    assert content["exit_status"] == 1
    root = ET.fromstring(report.as_junit())
    failures = {case.get("name") for case in root.iter("testcase") if case.find("failure") is not None}
    assert failures == {"E13 a refresh token"}
    assert sum(int(suite.get("failures", "0")) for suite in root) == len(report.wrongly_accepted) == 2
    skipped = {case.get("name") for case in root.iter("testcase") if case.find("skipped") is not None}
    assert {"E07 typ at+jwt", "not audited"} <= skipped


def test_no_token_and_no_key_is_in_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the server repeats: in the reason of a close frame, in a message, in a body."""
    sent: list[str] = []

    async def handler(connection: Any) -> None:
        token = connection.request.headers.get("Authorization", "").removeprefix("Bearer ")
        number = len(sent)
        sent.append(token)
        if not WEAK["usual decode"](token, SECRET):
            await connection.close(1008, token.rpartition(".")[2][:30] if number % 2 else token[:100])
            return
        async for _ in connection:
            await connection.send(f"welcome {token}")

    with PlainServer(handler) as server:
        report = audited(server.url, issuer=ISSUER, only=["B", "C", "E"], deliveries=["header"])
    assert len(sent) > 50
    everything = "\n".join([report.as_table(), report.as_json(), report.as_junit(), repr(report)])
    assert "<token>" in everything
    signatures = [token.rpartition(".")[2] for token in sent]
    secrets = [part for token in sent for part in (token, *token.split(".")) if len(part) >= 8]
    secrets += [signature[:20] for signature in signatures if len(signature) > 20]
    assert [secret for secret in secrets if secret in everything] == []
    assert SECRET.decode() not in everything


# -- arguments ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "needs a way to make tokens"),
        ({"issuer": ISSUER, "token": "a.b.c"}, "not both"),
        ({"issuer": ISSUER, "deliveries": ["pigeon"]}, "deliveries must be"),
        ({"issuer": ISSUER, "deliveries": []}, "deliveries must be"),
        ({"issuer": ISSUER, "concurrency": 0}, "concurrency must be"),
        ({"issuer": ISSUER, "timeout": 0}, "timeout must be"),
        ({"issuer": ISSUER, "retries": -1}, "retries must be"),
    ],
)
def test_an_argument_that_makes_no_sense(options: Any, text: str) -> None:
    """It is refused before anything is sent."""
    with pytest.raises(AuthConfigError, match=text):
        audited("ws://127.0.0.1:1/", **options)


def test_a_target_that_is_none() -> None:
    """What cannot be audited is a mistake of the caller."""
    with pytest.raises(TypeError, match="not int"):
        audited(7)


def test_a_server_that_demands_a_scope(run: Any) -> None:
    """An AuthServer's own demands are met by the controls."""
    with AuthServer(required_scopes=["chat"], transports=["header", "first_message"], auth_timeout=30.0) as server:
        report = audited(server, only=["B"], run=run, timeout=3.0)
    assert report.ok, str(report)
    assert set(report.deliveries.values()) == {"audited"}


def test_a_user_and_claims_go_with_a_configuration() -> None:
    """A server that knows one user only is audited with that one."""
    with AuthServer(issuer=TokenIssuer(secret=SECRET, kid="test-key")) as server:
        server.add_user("only")
        config = AuthTestConfig(backend_url=server.url, secret=SECRET)
        assert audited(config, only=["B01"], deliveries=["header"], user_id="only").ok
        assert audited(config, only=["B01"], deliveries=["header"]).exit_status == 2


def test_a_case_that_is_not_there() -> None:
    """A misspelled id is no audit of nothing."""
    with PlainServer() as server, pytest.raises(AuthConfigError, match="'B99'"):
        audited(server.url, issuer=ISSUER, only=["B99"])


def test_progress_is_told() -> None:
    """Line by line, for a person who waits."""
    said: list[str] = []
    with AuthServer() as server:
        audited(server, only=["C"], deliveries=["header"], progress=said.append)
    assert said[0].startswith("header: ")
