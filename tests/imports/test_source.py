"""Sources in whatever encoding."""

from __future__ import annotations

import codecs

import pytest

from test_framework.imports._source import Source, decode

LAWS = {
    "empty": (b"", Source(b"")),
    "ASCII": (b"x\n", Source(b"x\n")),
    "UTF-8": ("ä".encode(), Source("ä".encode())),
    "mark": (codecs.BOM_UTF8 + b"x", Source(b"x", "utf-8", codecs.BOM_UTF8)),
    "Latin-1": ("# coding: latin-1\nä".encode("latin-1"), Source("# coding: latin-1\nä".encode(), "iso8859-1")),
    "UTF-8, declared": ("# -*- coding: UTF_8 -*-\nä".encode(), Source("# -*- coding: UTF_8 -*-\nä".encode())),
    "second line": (b"#!\n# vim: set fileencoding=cp1252 :\n\x80",
                    Source("#!\n# vim: set fileencoding=cp1252 :\n€".encode(), "cp1252")),
    "third line": ("\n\n# coding: latin-1\nä".encode(), Source("\n\n# coding: latin-1\nä".encode())),
    "behind code": ("x\n# coding: latin-1\nä".encode(), Source("x\n# coding: latin-1\nä".encode())),
    "no comment": ("coding = latin\nä".encode(), Source("coding = latin\nä".encode())),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "expected"), LAWS.values(), ids=LAWS)
def test_a_source_becomes_utf8(raw: bytes, expected: Source) -> None:
    """Marks and declarations count as PEP 263 has them."""
    assert decode(raw) == expected


PROBLEMS = {
    "no UTF-8": (b"x\n\xe4", "it is not utf-8: byte 0xe4 in line 2"),
    "no ASCII": (b"# coding: ascii\n\xe4", "it is not ascii: byte 0xe4 in line 2"),
    "no such encoding": (b"# coding: klingon\n", "it declares an encoding that there is not: 'klingon'"),
    "no encoding of text": (b"# coding: hex\n", "it declares an encoding that there is not: 'hex'"),
    "null bytes": (b"x\0", "it contains null bytes"),
    "UTF-16": ("x".encode("utf-16"), "it is written in UTF-16-LE, which Python does not read"),
    "two encodings": (codecs.BOM_UTF8 + b"# coding: latin-1\n",
                      "it has the byte order mark of UTF-8 and declares 'latin-1'"),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "problem"), PROBLEMS.values(), ids=PROBLEMS)
def test_what_python_cannot_read_has_its_reason(raw: bytes, problem: str) -> None:
    """The reason is told, and there are bytes to scan all the same; Python does refuse each of them."""
    source = decode(raw)
    assert source.problem == problem
    assert source.data
    with pytest.raises((SyntaxError, ValueError)):
        compile(raw, "sample", "exec")
