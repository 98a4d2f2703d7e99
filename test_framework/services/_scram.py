"""How a client proves to PostgreSQL that it knows a password: SCRAM-SHA-256 (RFC 5802, RFC 7677), and MD5."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from test_framework.services._errors import ServiceError

__all__ = ["Scram", "md5_answer", "verifier"]

_FEWEST_ROUNDS, _MOST_ROUNDS = 4096, 10_000_000


class Scram:
    """One exchange, without channel binding.

    Args:
        password: what both sides know.
        nonce: a random text.
    """

    def __init__(self, password: str, *, nonce: str | None = None) -> None:
        self._password = password
        self._nonce = nonce or secrets.token_urlsafe(18)
        # PostgreSQL knows the user from the connection's first message.
        self._bare = f"n=,r={self._nonce}"
        self._expected = ""

    def first(self) -> str:
        """Return the client's first message."""
        return f"n,,{self._bare}"

    def final(self, challenge: str) -> str:
        """Return the client's final message.

        Args:
            challenge: the server's first message.

        Raises:
            ServiceError: it is none, does not continue this exchange, or asks for too few or too many rounds.
        """
        fields = dict(part.split("=", 1) for part in challenge.split(",") if "=" in part)
        nonce, rounds = fields.get("r", ""), fields.get("i", "")
        fine = nonce.startswith(self._nonce) and rounds.isdigit() and "s" in fields
        if not fine or not _FEWEST_ROUNDS <= int(rounds) <= _MOST_ROUNDS:
            raise ServiceError("the server's challenge is not one of SCRAM-SHA-256")
        salted = hashlib.pbkdf2_hmac("sha256", self._password.encode(), base64.b64decode(fields["s"]), int(rounds))
        key = hmac.digest(salted, b"Client Key", "sha256")
        without_proof = f"c=biws,r={nonce}"
        messages = f"{self._bare},{challenge},{without_proof}".encode()
        signature = hmac.digest(hashlib.sha256(key).digest(), messages, "sha256")
        proof = bytes(a ^ b for a, b in zip(key, signature, strict=True))
        own = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), messages, "sha256")
        self._expected = f"v={base64.b64encode(own).decode()}"
        return f"{without_proof},p={base64.b64encode(proof).decode()}"

    def accepts(self, answer: str) -> bool:
        """Return whether the server's final message proves that it knows the password too."""
        return bool(self._expected) and hmac.compare_digest(answer, self._expected)


def verifier(password: str) -> str:
    """Return what a server keeps of a password, and may be sent and logged instead of it (PostgreSQL 18, 52.3).

    Args:
        password: a long and random one.
    """
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _FEWEST_ROUNDS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    texts = [base64.b64encode(part).decode() for part in (salt, stored, hmac.digest(salted, b"Server Key", "sha256"))]
    return f"SCRAM-SHA-256${_FEWEST_ROUNDS}:{texts[0]}${texts[1]}:{texts[2]}"


def md5_answer(user: str, password: str, salt: bytes) -> bytes:
    """Return the answer to AuthenticationMD5Password.

    Args:
        user: the role.
        password: the role's.
        salt: four bytes from the server.
    """
    inner = hashlib.md5(password.encode() + user.encode(), usedforsecurity=False).hexdigest()
    return b"md5" + hashlib.md5(inner.encode() + salt, usedforsecurity=False).hexdigest().encode()
