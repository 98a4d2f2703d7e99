"""JSON is read strictly: what two readers might understand differently is refused."""

from __future__ import annotations

import pytest

from test_framework.tokens import MalformedToken
from test_framework.tokens._json import parse_object

BAD = {
    "a doubled name": b'{"a":1,"a":1}',
    "a doubled name inside": b'{"a":[{"b":1,"b":2}]}',
    "doubled by an escape": b'{"a":1,"\\u0061":2}',
    "NaN": b'{"a":NaN}',
    "Infinity": b'{"a":[Infinity]}',
    "-Infinity": b'{"a":-Infinity}',
    "a float out of range": b'{"a":1e999}',
    "too many digits": b'{"a":' + b"1" * 5000 + b"}",
    "half of a character": b'{"a":"\\ud800"}',
    "half of a character in a name": b'{"\\udc00":1}',
    "half of a character inside": b'{"a":[{"b":"x\\ud83d"}]}',
    "not UTF-8": b'{"a":"\xff"}',
    "half of a character in UTF-8": b'{"a":"\xed\xa0\x80"}',
    "an overlong form": b'{"a":"\xc0\x80"}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "UTF-16 without a mark": '{"a":1}'.encode("utf-16-le"),
    "a byte order mark": b'\xef\xbb\xbf{"a":1}',
    "a line feed in text": b'{"a":"\n"}',
    "something after it": b'{"a":1}x',
    "a comma too many": b'{"a":1,}',
    "an array": b"[]",
    "null": b"null",
    "text": b'"a"',
    "nothing": b"",
    "too deep": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD.keys())
def test_what_is_not_strict_json_is_refused(data: bytes) -> None:
    """Each of these is malformed, and nothing else is raised."""
    with pytest.raises(MalformedToken):
        parse_object(data, "payload")


def test_good_json_is_read() -> None:
    """Escapes, pairs of halves, floats, white space and nesting are what they are."""
    data = b' { "a" : "\\u00eb\\ud83d\\ude00\xc3\xab" ,\n"b":[1,2.5,-1e3,true,null,{}]} '
    assert parse_object(data, "payload") == {"a": "\u00eb\U0001f600\u00eb", "b": [1, 2.5, -1000.0, True, None, {}]}
