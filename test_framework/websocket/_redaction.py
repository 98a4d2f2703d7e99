"""Taking a token out of what a server says: pure."""

from __future__ import annotations

import re
from urllib.parse import quote

__all__ = ["without_token"]

# Shorter runs of characters give nothing away, and are in many words.
_SHORTEST = 8
_WORD = re.compile(rf"[A-Za-z0-9_\-]{{{_SHORTEST},}}")


def without_token(text: str, token: str | None) -> str:
    """Return a text with `<token>` wherever the token is, or a part of it that says something.

    Args:
        text: what a server said.
        token: the token; None for none.
    """
    if not token:
        return text
    whole = (token, ascii(token)[1:-1], quote(token, safe="", errors="replace"))
    parts = {part for part in (*whole, *token.split(".")) if len(part) >= _SHORTEST}
    for part in sorted(parts, key=len, reverse=True):
        text = text.replace(part, "<token>")
    # Servers cut long texts off, in the middle of a token as well.
    return _WORD.sub(lambda word: "<token>" if word[0] in token else word[0], text)
