"""``audit-auth``: what a server wrongly accepts."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from test_framework._commands._status import cannot
from test_framework._commands._terminal import Progress

if TYPE_CHECKING:
    from test_framework.auth import AuditReport

__all__ = ["add_parser"]

_WAYS = ("header", "subprotocol", "query", "cookie", "first_message")
_EPILOG = (
    "The key or the token is read from a file or a variable, never from the command line, which others can see. "
    "Exit status: 0 if nothing was found, 1 if something was accepted that must not be or a good token refused, "
    "2 if the server could not be audited, or not in full."
)


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "audit-auth",
        help="find out what a WebSocket server wrongly accepts",
        description=(
            "Deliver more than two hundred hostile tokens to a WebSocket server, by every way that it takes, and show "
            "what it accepts that it must not. With its key the whole gallery is delivered; with one good token, what "
            "needs no key."
        ),
        epilog=_EPILOG,
    )
    parser.add_argument("url", metavar="URL", nargs="?", help="the WebSocket endpoint, such as ws://127.0.0.1:8000/ws")
    parser.add_argument("--embedded", action="store_true", help="audit the server that comes with this package")
    secret = parser.add_argument_group("how to make tokens").add_mutually_exclusive_group()
    secret.add_argument("--key-file", metavar="FILE", help="the server's secret, or a private key in PEM")
    secret.add_argument("--key-env", metavar="NAME", help="the variable that holds it")
    secret.add_argument("--token-file", metavar="FILE", help="one good token")
    secret.add_argument("--token-env", metavar="NAME", help="the variable that holds it")
    claims = parser.add_argument_group("what is in them, with a key")
    claims.add_argument("--algorithm", default="HS256", help="%(default)s if not given")
    claims.add_argument("--issuer", help="the claim iss; none if not given")
    claims.add_argument("--audience", help="the claim aud; none if not given")
    claims.add_argument("--kid", help="the id of the key")
    claims.add_argument("--user", metavar="ID", help="a user that the server knows; user-1 if not given")
    claims.add_argument("--claim", metavar="NAME=VALUE", action="append", default=[], help="one more claim; repeatable")
    parser.add_argument(
        "--delivery", metavar="WAY", action="append", choices=_WAYS, help=f"{', '.join(_WAYS)}; repeatable"
    )
    parser.add_argument("--only", metavar="ID", action="append", default=[], help="a case or a group; repeatable")
    parser.add_argument("--concurrency", type=int, default=10, metavar="N", help="connections at once; %(default)s")
    parser.add_argument("--timeout", type=float, default=5.0, metavar="SECONDS", help="of each step; %(default)s")
    parser.add_argument("--retries", type=int, default=2, metavar="N", help="after trouble of connecting; %(default)s")
    parser.add_argument("--probe", default="audit", metavar="TEXT", help="sent on an open connection; %(default)s")
    parser.add_argument("--format", choices=("table", "json", "junit"), default="table", help="%(default)s")
    parser.add_argument("--output", metavar="FILE", help="where the report goes; standard output if not given")
    parser.add_argument("--backend", choices=("asyncio", "trio"), default="asyncio", help="%(default)s")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from test_framework.errors import FrameworkError

    try:
        report = _audit(options)
    except (FrameworkError, ValueError, ModuleNotFoundError) as error:
        return cannot(error)
    text: str = {"table": report.as_table, "json": report.as_json, "junit": report.as_junit}[options.format]()
    if options.output:
        Path(options.output).write_text(text, "utf-8")
    else:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
    return report.exit_status


def _audit(options: argparse.Namespace) -> AuditReport:
    import anyio

    from test_framework.auth import AuthServer, audit_server

    if options.embedded == bool(options.url):
        raise ValueError("give the address of a server, or --embedded")
    arguments: dict[str, Any] = {
        "deliveries": options.delivery,
        "only": options.only,
        "concurrency": options.concurrency,
        "timeout": options.timeout,
        "retries": options.retries,
        "probe": options.probe,
    }

    async def main() -> AuditReport:
        with Progress(sys.stderr) as progress:
            if not options.embedded:
                return await audit_server(options.url, **arguments, **_means(options), progress=progress)
            with AuthServer() as server:
                return await audit_server(server, **arguments, user_id=options.user, progress=progress)

    if options.embedded and any(_given(options).values()):
        raise ValueError("--embedded has its own key: leave the key or the token out")
    return anyio.run(main, backend=options.backend)


def _given(options: argparse.Namespace) -> dict[str, str | None]:
    return {name: getattr(options, name) for name in ("key_file", "key_env", "token_file", "token_env")}


def _means(options: argparse.Namespace) -> dict[str, Any]:
    """Return how tokens are made."""
    from test_framework.tokens import TokenIssuer

    token = _read(options.token_file, options.token_env)
    if token is not None:
        return {"token": token, "user_id": options.user}
    key = _read(options.key_file, options.key_env)
    if key is None:
        return {"user_id": options.user}
    symmetric = options.algorithm.startswith("HS")
    issuer = TokenIssuer(
        algorithm=options.algorithm,
        issuer=options.issuer,
        audience=options.audience,
        kid=options.kid,
        allow_short_secret=True,
        secret=key if symmetric else None,
        private_key=None if symmetric else key,
    )
    return {"issuer": issuer, "user_id": options.user, "claims": dict(map(_claim, options.claim))}


def _read(file: str | None, variable: str | None) -> str | None:
    if file is not None:
        # A line feed at the end is the editor's.
        return Path(file).read_text("utf-8").rstrip("\r\n")
    if variable is not None:
        if variable not in os.environ:
            raise ValueError(f"there is no variable {variable}")
        return os.environ[variable]
    return None


def _claim(text: str) -> tuple[str, Any]:
    import json

    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"--claim is NAME=VALUE, not {text!r}")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
