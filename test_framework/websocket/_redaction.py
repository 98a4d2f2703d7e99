"""What a server says, without the token and fit for a terminal: pure."""

from __future__ import annotations

import re
from urllib.parse import quote

__all__ = ["shown", "without_token"]

# Shorter runs of characters give nothing away, and are in many words.
_SHORTEST = 8
_LONGEST = 200
_WORD = re.compile(rf"[A-Za-z0-9_\-]{{{_SHORTEST},}}")


def without_token(text: str, *secrets: str | None) -> str:
    """Return a text with `<token>` wherever a secret is, or a part of it that says something.

    Args:
        text: what a server said.
        secrets: tokens, also as they are written where they travel; None and nothing for none.
    """
    for secret in filter(None, secrets):
        text = _without(text, secret)
    return text


def shown(text: str) -> str:
    """Return what a server said as it may be shown: not too long, and nothing that a terminal would obey.

    Args:
        text: what a server said, without any secret.
    """
    escaped = "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text[: _LONGEST + 1]
    )
    return escaped if len(escaped) <= _LONGEST else f"{escaped[:_LONGEST]}..."


def _without(text: str, token: str) -> str:
    whole = (token, ascii(token)[1:-1], quote(token, safe="", errors="replace"))
    parts = {part for part in (*whole, *token.split(".")) if len(part) >= _SHORTEST}
    for part in sorted(parts, key=len, reverse=True):
        text = text.replace(part, "<token>")
    # Servers cut long texts off, in the middle of a token as well.
    return _WORD.sub(lambda word: "<token>" if word[0] in token else word[0], text)
