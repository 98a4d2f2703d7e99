"""The keys that a verifier takes now, and those that a rotation lets run out."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Mapping
from typing import Any, cast

from test_framework.tokens._compact import Header
from test_framework.tokens._errors import BadAlgorithm, TokenConfigError, UnknownKey
from test_framework.tokens._keys import SigningKey

__all__ = ["KeySet", "key_set"]


class KeySet:
    """Keys by their ID, each with the moment at which it retires; safe to use from several threads.

    Args:
        keys: at least one key, no two with one ID.

    Raises:
        TokenConfigError: there is none, an ID occurs twice, or a secret is the public half of another key.
    """

    def __init__(self, keys: Iterable[SigningKey]) -> None:
        self._lock = threading.Lock()
        self._entries = _checked({}, [(key, math.inf) for key in keys])
        if not self._entries:
            raise TokenConfigError("there is no key to verify with")

    def rotate(self, new: SigningKey, *, now: float, overlap: float) -> None:
        """Add a key; those that are there retire when the overlap has passed, and forget those that have."""
        with self._lock:
            alive = {
                kid: (key, min(until, now + overlap)) for kid, (key, until) in self._entries.items() if until > now
            }
            self._entries = _checked(alive, [(new, math.inf)])

    def active(self, now: float) -> list[SigningKey]:
        """Return the keys that have not retired, the oldest first."""
        return [key for key, until in self._entries.values() if until > now]

    def candidates(self, header: Header, now: float) -> list[SigningKey]:
        """Return the keys that may have signed a token with this header.

        Raises:
            BadAlgorithm: no key is for its algorithm, or the key that it names is not.
            UnknownKey: the key that it names is not there, or has retired.
        """
        if header.key_id is None:
            found = [key for key in self.active(now) if key.algorithm == header.algorithm]
            if not found:
                raise BadAlgorithm("no key is for this algorithm")
            return found
        entry = self._entries.get(header.key_id)
        if entry is None or entry[1] <= now:
            if all(key.algorithm != header.algorithm for key in self.active(now)):
                raise BadAlgorithm("no key is for this algorithm")
            raise UnknownKey("no key has this ID" if entry is None else "the key has retired")
        if entry[0].algorithm != header.algorithm:
            raise BadAlgorithm("the key is for another algorithm")
        return [entry[0]]


def key_set(keys: SigningKey | Iterable[SigningKey] | Mapping[str, Any] | KeySet) -> KeySet:
    """Return keys as a set, in whatever form a verifier got them.

    Raises:
        TokenConfigError: they are no keys, or none.
    """
    if isinstance(keys, KeySet):
        return keys
    if isinstance(keys, SigningKey):
        return KeySet([keys])
    if isinstance(keys, Mapping):
        listed: Any = cast("Mapping[str, Any]", keys).get("keys")
        if not isinstance(listed, list) or not all(isinstance(each, Mapping) for each in listed):
            raise TokenConfigError("a JSON Web Key Set is an object with a list of keys, named 'keys'")
        # A set may have keys for encryption, too (RFC 7517 section 4.2).
        return KeySet(SigningKey.from_jwk(each) for each in listed if each.get("use", "sig") == "sig")
    return KeySet(keys)


_Entries = dict[str, tuple[SigningKey, float]]


def _checked(entries: _Entries, added: Iterable[tuple[SigningKey, float]]) -> _Entries:
    """Return the entries with those added, all at once, so that readers need no lock."""
    result = dict(entries)
    for key, until in added:
        if key.kid in result:
            raise TokenConfigError(f"two keys have the ID {key.kid!r}")
        result[key.kid] = key, until
    keys = [key for key, _ in result.values()]
    public = frozenset(spelling for key in keys if not key.is_symmetric for spelling in _spellings(key))
    if any(key.has_secret_among(public) for key in keys):
        raise TokenConfigError("a secret is the public half of another key, so everybody could sign with it")
    return result


def _spellings(key: SigningKey) -> Iterable[bytes]:
    """Yield the forms of a public key that somebody might have taken for a secret."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public: Any = key.public_key
    pem = key.public_pem()
    yield from (pem, pem.strip(), public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    if key.algorithm == "EdDSA":
        yield public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    elif key.algorithm.startswith("ES"):
        yield public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
