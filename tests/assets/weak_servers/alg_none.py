"""Takes the algorithm from the token, and "none" for one."""

from __future__ import annotations

from typing import Any

import jwt


def accepts(token: str, secret: bytes) -> bool:
    """Return whether the server lets this token in."""
    try:
        unsigned = jwt.get_unverified_header(token).get("alg") == "none"
        options: Any = {"verify_signature": not unsigned, "verify_aud": True, "verify_exp": True}
        jwt.decode(token, secret, algorithms=["HS256"], audience="test-api", options=options)
    except (jwt.PyJWTError, UnicodeError):
        return False
    return True
