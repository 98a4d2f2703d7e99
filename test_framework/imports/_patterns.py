"""Patterns of paths in the language of ``.gitignore``."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["Patterns"]


class Patterns:
    """The patterns of one ``.gitignore``, or of a setting in the same language.

    Args:
        lines: one pattern each, as gitignore(5) has them; comments and blank lines are passed over.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._rules = [rule for rule in map(_rule, lines) if rule is not None]
        wanted = [regex for regex, negated, _ in self._rules if not negated]
        # Nearly no path matches anything: one look at all patterns together is enough for those.
        self._any = re.compile("|".join(f"(?:{regex})" for regex in wanted)) if wanted else None
        self._negates = any(negated for _, negated, _ in self._rules)
        self._each = [(re.compile(regex), negated, only) for regex, negated, only in reversed(self._rules)]

    def __bool__(self) -> bool:
        return bool(self._rules)

    def verdict(self, path: str, *, folder: bool) -> bool | None:
        """Return whether a path is ignored.

        Args:
            path: relative to where the patterns stand, with slashes.
            folder: whether it is a folder.

        Returns:
            True if it is, False if a pattern with ``!`` takes it back, None if no pattern is about it.
        """
        if self._any is None:
            return None
        if not self._negates and not self._any.fullmatch(path):
            return None
        for regex, negated, folders_only in self._each:
            if (folder or not folders_only) and regex.fullmatch(path):
                return not negated
        return None


def _rule(line: str) -> tuple[str, bool, bool] | None:
    line = line.rstrip("\r\n")
    while line.endswith(" ") and not line.endswith("\\ "):
        line = line[:-1]
    negated = line.startswith("!")
    if negated:
        line = line[1:]
    elif line.startswith("#"):
        return None
    folders_only = line.endswith("/")
    line = line.rstrip("/") if folders_only else line
    if not line:
        return None
    anchored = "/" in line
    regex = _translated(line.removeprefix("/"))
    return (regex if anchored else f"(?:.*/)?{regex}"), negated, folders_only


def _translated(glob: str) -> str:
    parts: list[str] = []
    position = 0
    while position < len(glob):
        for token, regex in _TOKENS:
            found = token.match(glob, position)
            if found and (token is not _LEADING or position == 0):
                parts.append(regex if isinstance(regex, str) else regex(found))
                position = found.end()
                break
        else:
            parts.append(re.escape(glob[position]))
            position += 1
    return "".join(parts)


def _class(found: re.Match[str]) -> str:
    body = found["body"].replace("\\", "\\\\").replace("[", "\\[").replace("&&", "\\&&").replace("~~", "\\~~")
    negated = "^" if found["not"] else ""
    text = f"(?!/)[{negated}{body}]"
    try:
        re.compile(text)
    except re.error:
        return "(?!)"
    return text


_LEADING = re.compile(r"\*\*/")
_TOKENS = (
    (_LEADING, "(?:.*/)?"),
    (re.compile(r"/\*\*/(?:\*\*/)*"), "/(?:.*/)?"),
    (re.compile(r"/\*\*\Z"), "/.*"),
    (re.compile(r"\*+"), "[^/]*"),
    (re.compile(r"\?"), "[^/]"),
    (re.compile(r"\\(?P<char>.)"), lambda found: re.escape(found["char"])),
    (re.compile(r"\[(?P<not>[!^]?)(?P<body>\]?[^\]]*)\]"), _class),
)  # fmt: skip
