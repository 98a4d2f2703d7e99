"""The variables of the environment object, through the one that the process has."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from test_framework.environment import IsolatedEnvironment


def test_it_is_the_real_environment() -> None:
    """What is set is seen by `os.environ` and by child processes, and what changes there is seen here."""
    env = IsolatedEnvironment()
    env.set("SAMPLE", "1")
    assert os.environ["SAMPLE"] == "1"
    assert subprocess.check_output([sys.executable, "-c", "import os; print(os.environ['SAMPLE'])"]).strip() == b"1"
    os.environ["SAMPLE"] = "2"
    assert (env.get("SAMPLE"), env.exists("SAMPLE"), env.get_all()["SAMPLE"]) == ("2", True, "2")
    assert env.delete("SAMPLE")
    assert not env.unset("SAMPLE")
    assert (env.get("SAMPLE", "none"), env.exists("SAMPLE")) == ("none", False)


@pytest.mark.parametrize(
    ("value", "text"),
    [("text", "text"), (3, "3"), (0.5, "0.5"), (True, "True"), (Path("a", "b"), str(Path("a", "b")))],
)
def test_what_a_value_becomes(value: Any, text: str) -> None:
    """Numbers and paths are written as text."""
    IsolatedEnvironment().set("SAMPLE", value)
    assert os.environ["SAMPLE"] == text


@pytest.mark.parametrize(
    ("key", "value", "kind", "message"),
    [
        ("SAMPLE", None, TypeError, "to remove the variable, delete it"),
        ("SAMPLE", ["secret"], TypeError, "must be text, not list"),
        ("SAMPLE", b"secret", TypeError, "must be text, not bytes"),
        ("SAMPLE", "a\0b", ValueError, "null character"),
        ("", "1", ValueError, "cannot be the name"),
        ("A=B", "1", ValueError, "cannot be the name"),
        (3, "1", TypeError, "the name of an environment variable is text, not int"),
    ],
)
def test_what_cannot_be_a_variable(key: Any, value: Any, kind: type[Exception], message: str) -> None:
    """The error names the variable and the cure, and prints no value."""
    env = IsolatedEnvironment()
    with pytest.raises(kind, match=message) as caught:
        env.update({"FIRST": "1", key: value})
    assert "secret" not in str(caught.value)
    assert not env.exists("FIRST")
    with pytest.raises(kind):
        env.get_subprocess_env({key: value})


def test_sources() -> None:
    """The source of a variable is known until somebody else changes it."""
    env = IsolatedEnvironment()
    env.set("SAMPLE", "1", "first")
    env.update({"SAMPLE": "2", "OTHER": "3"}, source="second")
    assert (env.get_variable_source("SAMPLE"), env.get_variable_source("OTHER")) == ("second", "second")
    os.environ["SAMPLE"] = "4"
    env.delete("OTHER")
    assert (env.get_variable_source("SAMPLE"), env.get_variable_source("OTHER")) == (None, None)


def test_a_file(tmp_path: Path) -> None:
    """Quotes, comments, export and expansion are as in python-dotenv; what is set wins unless told otherwise."""
    pytest.importorskip("dotenv")
    path = tmp_path / ".env"
    path.write_text("# a comment\nexport ONE='1 # not a comment'\nTWO=${ONE}-2\nSET=file\nEMPTY=\nNOTHING\n", "utf-8")
    env = IsolatedEnvironment()
    env.set("SET", "before")
    loaded = env.load_from_file(path)
    assert loaded == {"ONE": "1 # not a comment", "TWO": "1 # not a comment-2", "EMPTY": ""}
    assert os.environ["SET"] == "before"
    assert env.get_variable_source("TWO") == str(path)
    assert env.load_from_file(path, override=True)["SET"] == "file"
    assert "NOTHING" not in os.environ
    with pytest.raises(FileNotFoundError):
        env.load_from_file(tmp_path / "absent")


def test_a_file_without_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the extra."""
    monkeypatch.setitem(sys.modules, "dotenv", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'ssot-test-framework\[dotenv\]'"):
        IsolatedEnvironment().load_from_file(tmp_path / ".env")


def test_threads() -> None:
    """Many threads that set, read and copy at once lose nothing and raise nothing."""
    env = IsolatedEnvironment()
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for step in range(200):
                env.set(f"THREAD_{number}_{step % 7}", step, source=str(number))
                env.get_all()
                env.delete(f"THREAD_{number}_{(step + 1) % 7}")
            env.set(f"THREAD_{number}", number)
        except BaseException as exc:
            errors.append(exc)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert [env.get(f"THREAD_{number}") for number in range(8)] == [str(number) for number in range(8)]
