"""The README and the documentation: every example runs, and does what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.doc_examples import Page

# Nothing here depends on the version of Python.
pytestmark = pytest.mark.any_python

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_examples_of_a_page_do_what_it_says(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every example of the page runs; its tests pass, or fail where the page says so."""
    pytest.importorskip("trio", reason="the pages show every backend")
    # Examples that write files leave none here.
    monkeypatch.chdir(tmp_path)
    Page(path, tmp_path).run()


def page(tmp_path: Path, text: str) -> Page:
    """Return a page with this text."""
    path = tmp_path / "page.md"
    path.write_text(text, "utf-8")
    return Page(path, tmp_path)


PASSING = """```python
import unittest
class Sample(unittest.TestCase):
    def test_it(self):
        self.assertEqual(1, ONE)
```
"""
FAILING = PASSING.replace("ONE", "2")
ONE = "```python\nONE = 1\n```\n\n"
BY_PYTEST = "<!-- example: pytest -->\n```python\nimport pytest\ndef test_it(tmp_path): assert {}\n```\n"
IN_CONSOLE = """```python
# test_sample.py
print("imported")
```

```console
$ python -m unittest test_sample
imported
...
Ran 0 tests in ...s
...
```
"""


@pytest.mark.parametrize(
    "text",
    [
        ONE + PASSING,
        f"<!-- example: fails -->\n{FAILING}",
        f"<!-- example: fails 1 != 2 -->\n{FAILING}",
        f"<!-- example: needs no_such_module -->\n{FAILING}",
        BY_PYTEST.format("tmp_path"),
        IN_CONSOLE,
        "```console\n$ false\n$ python -m unittest -h\n```",
    ],
)
def test_a_page_that_tells_the_truth_passes(tmp_path: Path, text: str) -> None:
    """A page whose examples do what it says raises nothing."""
    page(tmp_path, text).run()


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (FAILING, "1 != 2"),
        (PASSING, "NameError"),
        (f"<!-- example: fails -->\n{PASSING.replace('ONE', '1')}", "the tests of the block pass"),
        (f"<!-- example: fails 3 != 4 -->\n{FAILING}", "does not contain '3 != 4'"),
        (f"<!-- example: fails -->\n{ONE}", "has no test"),
        (f"<!-- example: sometimes -->\n{ONE}", "unknown mark 'sometimes'"),
        (BY_PYTEST.format("not tmp_path"), "the tests of the block fail"),
        (IN_CONSOLE.replace("imported\n...", "exported\n..."), "should print\nexported"),
        ("```console\n$ python -m unittest no_such_module\n```", "exited with 1"),
        ("```python\nprint(undefined)\n```", "undefined"),
        ("~~~python\nprint(undefined)\n~~~", "undefined"),
    ],
)
def test_a_page_that_lies_fails(tmp_path: Path, text: str, error: str) -> None:
    """A page whose examples do something else is reported, with what they did."""
    with pytest.raises((AssertionError, NameError, ValueError), match=re.escape(error)):
        page(tmp_path, text).run()
