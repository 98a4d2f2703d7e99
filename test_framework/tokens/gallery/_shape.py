"""Group A: the text of the token, its encoding and its JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator

from test_framework.tokens._compact import encode
from test_framework.tokens.gallery._case import Draft
from test_framework.tokens.gallery._forge import Forge

__all__ = ["shape"]

_JWT = "RFC 7519 section 7.2"
_JWS = "RFC 7515 section 5.2"
_COMPACT = "RFC 7515 section 7.1"
_BASE64URL = "RFC 7515 section 2"
_ENCODING = "RFC 8725 section 3.7"
_DEPTH = "RFC 8725 section 2.6; RFC 8259 section 9"
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def shape(forge: Forge) -> Iterator[Draft]:
    """Yield the cases of the group."""
    yield from _serialization(forge)
    yield from _content(forge)


def _serialization(forge: Forge) -> Iterator[Draft]:
    """Yield the cases whose text is not right."""
    good = forge.token()
    header, payload, signature = good.split(".")
    content = f"{header}.{payload}"
    yield Draft("A01", "empty", "", _JWT)
    yield Draft("A02", "one part", header, _JWT)
    yield Draft("A03", "two parts: signature and dot cut off", content, f"{_JWT}; {_JWS}")
    yield Draft("A04", "empty signature", f"{content}.", "CVE-2020-28042")
    yield Draft("A05", "a fourth part", f"{good}.{signature}", _COMPACT)
    yield Draft("A06", "five parts, like an encrypted token", f"{good}.{signature}.{signature}", _COMPACT)
    yield Draft("A07", "a blank before it", f" {good}", _COMPACT)
    yield Draft("A08", "a line feed after it", f"{good}\n", _COMPACT)
    yield Draft("A09", "NUL inside", f"{header}.\0{payload}.{signature}", _COMPACT)
    yield Draft("A10", "a Cyrillic letter that looks Latin", f"\u0435{good[1:]}", _COMPACT)
    yield Draft("A11", "half of a surrogate pair", f"{good}\ud800", _COMPACT)
    yield Draft("A12", "the alphabet of plain base64", _plain_alphabet(forge), _BASE64URL)
    yield Draft(
        "A13", "padding after the signature", _signature_padded(good), f"{_BASE64URL}; GHSA-hxm8-2xgr-2p9m", "policy"
    )
    yield Draft("A14", "unused bits set in the last character", _unused_bits(forge), "RFC 4648 section 3.5")
    yield Draft("A15", "a header that is not base64url", f"%%%.{payload}.{signature}", _JWT)
    general = {"payload": payload, "protected": header, "signature": signature}
    yield Draft("A25", "the JSON serialization", json.dumps(general), "RFC 7519 section 1")
    for number, (title, token) in enumerate(_as_clients_send_it(good).items(), 26):
        yield Draft(f"A{number}", title, token, _COMPACT)
    other = encode(json.dumps(forge.claims(sub="admin")).encode())
    polyglot = json.dumps({"": f".{other}.", "payload": payload, "protected": header, "signature": signature})
    yield Draft("A33", "JSON and compact at once, with other claims", polyglot, "CVE-2022-39227")
    yield Draft("A34", "a plain valid token", good, "RFC 7519 section 7.1", "control")
    yield Draft("A37", "CR and LF after it", f"{good}\r\n", _COMPACT)
    yield Draft("A38", "a tab inside", f"{header}.\t{payload}.{signature}", _COMPACT)
    yield Draft("A39", "full-width dots", good.replace(".", "\uff0e"), _COMPACT)
    yield Draft("A40", "a zero-width space after it", f"{good}\u200b", _COMPACT)
    yield Draft("A41", "padding after the header", f"{header}=.{payload}.{signature}", _BASE64URL)
    yield Draft("A42", "three padding characters after the signature", f"{good}===", _BASE64URL)
    yield Draft("A47", "a line break in the middle", f"{header}.{payload[:20]}\n{payload[20:]}.{signature}", _BASE64URL)


def _content(forge: Forge) -> Iterator[Draft]:
    """Yield the cases whose text is right, and whose JSON is not."""
    yield Draft("A16", "a header that is an array", forge.token(header=b'["HS256"]'), _JWT)
    yield Draft("A17", "a payload that is an array", forge.token(b"[1]"), _JWT)
    text = json.dumps(forge.claims())
    yield Draft("A18", "a payload in UTF-16", forge.token(text.encode("utf-16")), _ENCODING)
    yield Draft(
        "A19", "a payload that is not UTF-8", forge.token(text.encode()[:-1] + b',"x":"\xed\xa0\x80\xff"}'), _ENCODING
    )
    yield Draft("A20", "a byte order mark before the payload", forge.token(b"\xef\xbb\xbf" + text.encode()),
                "RFC 8259 section 8.1", "policy")  # fmt: skip
    deep = b'{"x":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    yield Draft("A21", "a header 200,000 arrays deep", forge.token(header=deep), f"{_DEPTH}; CVE-2026-102265")
    yield Draft("A22", "a payload 200,000 arrays deep", forge.token(deep), _DEPTH)
    yield Draft(
        "A23",
        "a megabyte of payload",
        forge.with_claims(x="x" * 1_000_000),
        "RFC 8725 section 2.6; CVE-2025-61920",
        "policy",
    )
    yield Draft("A24", "a number of 5,001 digits", forge.with_json(exp="1" * 5001), "RFC 8259 section 9")
    spaced = json.dumps({**forge.claims(), "name": "Zo\u00eb \u8a9e \U0001f600"}, indent=1).encode()
    yield Draft("A35", "a valid token: escapes and white space in its JSON", forge.token(spaced), "RFC 8259", "control")
    raw = json.dumps({**forge.claims(), "name": "Zo\u00eb \u8a9e"}, ensure_ascii=False).encode()
    yield Draft("A36", "a valid token: UTF-8 in its JSON", forge.token(raw), "RFC 7519 section 7.1", "control")
    yield Draft("A43", "a payload that is not JSON", forge.token(text.encode()[:-1]), _JWT)
    yield Draft("A44", "something after the payload's JSON", forge.token(text.encode() + b"{}"), _JWT)
    yield Draft("A45", "an empty payload", forge.token(b""), _JWT)
    yield Draft("A46", "a payload of null", forge.token(b"null"), _JWT)


def _signature_padded(token: str) -> str:
    """Return a token with the padding that its signature would have in plain base64."""
    signature = token.rpartition(".")[2]
    return token + "=" * (-len(signature) % 4 or 1)


def _as_clients_send_it(good: str) -> dict[str, str]:
    return {
        "the word null": "null",
        "the word undefined": "undefined",
        "percent-encoded dots": good.replace(".", "%2E"),
        "in quotes": f'"{good}"',
        "with the word Bearer": f"Bearer {good}",
        "two tokens and a comma": f"{good},{good}",
        "two dots": "..",
    }


def _plain_alphabet(forge: Forge) -> str:
    """Return a token with characters that the two alphabets of base64 write differently."""
    token = forge.with_claims(x="\u00ff\u00fb?>~" * 4)
    while not {"-", "_"} & set(token):
        token = forge.with_claims(x="\u00ff\u00fb?>~" * 4)
    return token.replace("-", "+").replace("_", "/")


def _unused_bits(forge: Forge) -> str:
    """Return a token whose signature decodes to the same bytes, but is spelled differently.

    Signatures of a multiple of three bytes have no unused bits; there the payload is spelled differently.
    """
    header, payload, signature = forge.token().split(".")
    if len(signature) % 4:
        return f"{header}.{payload}.{_respelled(signature)}"
    while len(payload) % 4 == 0:
        header, payload, signature = forge.with_claims(x="x" * (len(payload) % 7)).split(".")
    return f"{header}.{_respelled(payload)}.{signature}"


def _respelled(part: str) -> str:
    return part[:-1] + _ALPHABET[_ALPHABET.index(part[-1]) + 1]
