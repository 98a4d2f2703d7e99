"""The walk: what is found, what is left out, and what cannot be read."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from test_framework.imports import check_imports, load_rules
from test_framework.imports._patterns import Patterns
from test_framework.imports._walk import walk
from tests.imports.samples import checked, found, project, write


def files(folder: Path, *starts: str, exclude: tuple[str, ...] = ()) -> list[str]:
    """Return the paths of a walk."""
    return sorted(walk(str(folder), starts or (".",), exclude=Patterns(exclude), gitignore=True).files)


GITIGNORE = """
# comment
*.log.py
/build/
gen/**/*.py
!gen/keep/important.py
**/tmp
docs/*.py
\\!odd.py
[ab]x.py
trailing.py\x20\x20
deep/**
data/?.py
"""
PATHS = [
    "a.py", "x.log.py", "sub/y.log.py", "build/a.py", "sub/build/a.py", "gen/a.py", "gen/b/c.py",
    "gen/keep/important.py",
    "tmp/a.py", "sub/tmp/a.py", "docs/a.py", "docs/sub/a.py", "!odd.py", "ax.py", "cx.py", "trailing.py", "deep/a/b.py",
    "data/1.py", "data/12.py", "sub/own.py", "sub/kept.log.py", "sub/nested/own.py",
]  # fmt: skip


def test_what_git_ignores_is_left_out(tmp_path: Path) -> None:
    """Patterns of a repository mean what they mean to git, its own listing is the witness."""
    git = shutil.which("git")
    if git is None:
        pytest.skip("git is not installed")
    write(tmp_path, ".gitignore", GITIGNORE)
    write(tmp_path, "sub/.gitignore", "own.py\n!kept.log.py\n")
    for path in PATHS:
        write(tmp_path, path, "")
    subprocess.run([git, "init", "-q", str(tmp_path)], check=True)
    write(tmp_path, ".git/info/exclude", "cx.py\n")
    listing = [git, "-C", str(tmp_path), "ls-files", "--others", "--exclude-standard", "*.py"]
    done = subprocess.run(
        listing, capture_output=True, text=True, check=True, env={**os.environ, "HOME": str(tmp_path)}
    )
    expected = sorted(line.strip('"') for line in done.stdout.splitlines())
    assert 5 < len(expected) < len(PATHS)
    assert files(tmp_path) == expected
    inside = [path.removeprefix("sub/") for path in expected if path.startswith("sub/")]
    assert files(tmp_path / "sub") == inside


def test_a_link_that_goes_round_ends(tmp_path: Path) -> None:
    """A folder that links lead to several times is scanned once, by its own name."""
    write(tmp_path, "pkg/a.py", "")
    (tmp_path / "pkg" / "loop").symlink_to(tmp_path)
    (tmp_path / "first").symlink_to(tmp_path / "pkg")
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    write(outside, "b.py", "")
    (tmp_path / "pkg" / "other").symlink_to(outside)
    assert files(tmp_path) == ["pkg/a.py", "pkg/other/b.py"]


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A link to nothing, a pipe and a folder without permission are problems, not crashes."""
    project(tmp_path, 'legacy = { "app.old" = "" }', app__init="", app__old="", app__a="import app.old\n")
    (tmp_path / "app" / "dangling.py").symlink_to(tmp_path / "gone")
    os.mkfifo(tmp_path / "app" / "pipe.py")
    locked = write(tmp_path, "app/locked.py", "import app.old\n")
    locked.chmod(0)
    result = checked(tmp_path, "legacy")
    expected = {"app/dangling.py", "app/pipe.py"} | (set() if os.access(locked, os.R_OK) else {"app/locked.py"})
    assert set(result.problems) == expected
    assert result.problems["app/pipe.py"] == "it is not a regular file"
    assert "app/a.py" in {finding.path for finding in result.findings}


ENCODINGS = {
    "bom": (b"\xef\xbb\xbfimport app.old\n", None),
    "latin": ("# coding: latin-1\nx = 'ä'\nimport app.old\n".encode("latin-1"), None),
    "second_line": ("#!/usr/bin/python\n# -*- coding: cp1252 -*-\nx = '€'\nimport app.old\n".encode("cp1252"), None),
    "sjis": ("# coding: shift_jis\nx = '表'\nimport app.old\n".encode("shift_jis"), None),
    "unknown": (b"# coding: klingon\nimport app.old\n", "it declares an encoding that there is not: 'klingon'"),
    "undeclared": (b"x = '\xe4'\nimport app.old\n", "it is not utf-8: byte 0xe4 in line 1"),
    "nulls": (b"\0\nimport app.old\n", "it contains null bytes"),
    "wide": ("import app.old\n".encode("utf-16"), "it is written in UTF-16-LE, which Python does not read"),
    "no_text": (b"# coding: hex\nimport app.old\n", "it declares an encoding that there is not: 'hex'"),
}  # fmt: skip


@pytest.mark.parametrize("name", ENCODINGS)
def test_every_encoding_is_scanned(tmp_path: Path, name: str) -> None:
    """The import is found whatever the file is written in; what Python could not read is named with the reason."""
    data, problem = ENCODINGS[name]
    project(tmp_path, 'legacy = { "app.old" = "" }', app__init="", app__old="", app__a=data)
    result = checked(tmp_path, "legacy")
    assert [finding.path for finding in result.findings] == ["app/a.py"]
    assert dict(result.problems) == ({"app/a.py": problem} if problem else {})


def test_excluded_paths_are_counted(tmp_path: Path) -> None:
    """What a pattern leaves out is not scanned, and the result says how many paths."""
    project(tmp_path, 'exclude = ["gen/", "*_pb2.py"]\nlegacy = { "app.old" = "" }', app__init="", app__old="",
            app__gen__a="import app.old", app__x_pb2="import app.old", app__b="import app.old")  # fmt: skip
    result = checked(tmp_path, "legacy")
    assert [finding.path for finding in result.findings] == ["app/b.py"]
    assert result.left_out == 2


def test_generated_modules_are_not_missing(tmp_path: Path) -> None:
    """A module that git ignores, an extension and a stub are there, though nobody scans them."""
    write(tmp_path, ".git/HEAD", "")
    write(tmp_path, ".gitignore", "_version.py\n")
    project(
        tmp_path, "", app__init="", app___version="", app__a="from app._version import v\nimport app.fast, app.slow\n"
    )
    write(tmp_path, "app/fast.cpython-311-x86_64-linux-gnu.so", "")
    write(tmp_path, "app/slow.pyi", "")
    assert found(tmp_path, "missing") == []


def test_names_that_are_no_text_are_shown(tmp_path: Path) -> None:
    """A file whose name is not UTF-8 is scanned like any other."""
    project(tmp_path, 'legacy = { "app.old" = "" }', app__init="", app__old="")
    try:
        Path(os.fsdecode(os.fsencode(tmp_path / "app") + b"/\xff.py")).write_bytes(b"import app.old\n")
    except OSError:
        pytest.skip("the file system takes no such name")
    result = check_imports(load_rules(tmp_path), select=["legacy"])
    assert [finding.line for finding in result.findings] == [1]
