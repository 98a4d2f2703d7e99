"""Values of settings: each function returns the value of a TOML value or of a variable's text.

They raise ValueError with what it must be, to which the caller adds where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = [
    "Text",
    "address",
    "address_or_none",
    "boolean",
    "choice",
    "environment_name_or_none",
    "names_or_none",
    "object_path_or_none",
    "seconds",
    "seconds_or_none",
    "text_or_none",
]

_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


class Text(str):
    """What a variable holds; it may stand for a value of another type, which a string of TOML may not."""

    __slots__ = ()


def choice(*allowed: str) -> Callable[[object], str]:
    """Return the function for one of a few texts."""

    def check(value: object) -> str:
        if isinstance(value, str) and value in allowed:
            return str(value)
        raise ValueError(f"must be one of {', '.join(map(repr, allowed))}")

    return check


def boolean(value: object) -> bool:
    """Return true or false."""
    if isinstance(value, bool):
        return value
    if isinstance(value, Text) and value.lower() in _TRUE + _FALSE:
        return value.lower() in _TRUE
    raise ValueError("must be true or false")


def seconds(value: object) -> float:
    """Return a number of seconds."""
    if not isinstance(value, bool) and isinstance(value, int | float | Text):
        try:
            number = float(value)
        except ValueError:
            number = 0.0
        if 0.0 < number < float("inf"):
            return number
    raise ValueError("must be a positive number of seconds")


def seconds_or_none(value: object) -> float | None:
    """Return a number of seconds; None for 0 or "none"."""
    if value == "none" or (isinstance(value, Text) and value == "0") or (value == 0 and not isinstance(value, bool)):
        return None
    try:
        return seconds(value)
    except ValueError as exc:
        raise ValueError(f'{exc}, or 0 or "none" for no limit') from None


def object_path_or_none(value: object) -> str | None:
    """Return where an object is, as package.module:name."""
    if isinstance(value, str):
        module, colon, name = value.strip().partition(":")
        if colon and all(part.isidentifier() for part in f"{module}.{name}".split(".")):
            return f"{module}:{name}"
        if value.strip() == "none":
            return None
    raise ValueError('must be "package.module:name"')


def address(value: object) -> str:
    """Return the address of a server."""
    if isinstance(value, str) and _is_address(value.strip()):
        return value.strip()
    raise ValueError("must be an address such as http://127.0.0.1:8000, without user info, query and fragment")


def address_or_none(value: object) -> str | None:
    """Return the address of a server; None for "none"."""
    return None if isinstance(value, str) and value.strip() == "none" else address(value)


def text_or_none(value: object) -> str | None:
    """Return a text that is not empty."""
    if isinstance(value, str) and value.strip():
        return None if value.strip() == "none" else value.strip()
    raise ValueError("must be a text that is not empty")


def environment_name_or_none(value: object) -> str | None:
    """Return the name of an environment; None for "none"."""
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9][\w.-]*", value.strip(), re.ASCII):
        return None if value.strip() == "none" else value.strip()
    raise ValueError(
        "must be the name of one of the environments in the settings; "
        "a product's own environment object is named by TEST_FRAMEWORK_ENVIRONMENT_OBJECT"
    )


def names_or_none(value: object) -> tuple[str, ...] | None:
    """Return names and hosts, in lower case; None for "none"."""
    names = tuple(name.strip().lower() for name in str(value).split(","))
    if names == ("none",):
        return None
    # What is switched on by a word holds for every host, those too that nobody has thought of.
    if all(
        name.count(":") != 1 and re.fullmatch(r"\[?[A-Za-z0-9][\w.:-]*\]?|\[::[\w.:]*\]", name, re.ASCII)
        for name in names
    ) and not {*(_TRUE + _FALSE)} & {*names}:
        return tuple(name.strip("[]") for name in names)
    raise ValueError(
        "must name the environments or hosts that this run may reach, and no others, "
        "such as staging or api.staging.example.com, separated by commas and without ports"
    )


def _is_address(text: str) -> bool:
    from urllib.parse import urlsplit

    if not re.fullmatch(r"(?:https?|wss?)://[^\s/?#@\\]+[^\s?#@\\]*", text) or re.search(r"[\x00-\x1f\x7f]|%00", text):
        return False
    try:
        text.encode()
        parts = urlsplit(text)
        parts.netloc.encode("idna")
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
