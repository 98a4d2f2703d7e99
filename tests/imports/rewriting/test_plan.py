"""Plans: what is written, what is refused, and what stays whole."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from test_framework import RewriteError, RewriteRefusedError, SettingsError
from test_framework.imports import LeftAlone, RewritePlan, check_imports, fix_imports, load_rules
from tests.imports.samples import project, write

TABLE = 'legacy = { "app.old" = "app.new" }\ncache = false\n'


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """Return a project with two files to change."""
    old = "from app.old import x\n"
    return project(tmp_path, TABLE, app__init="", app__old="x = 1\n", app__new="x = 1\n", app__a=old, app__b=old)


def plan(folder: Path, *paths: str) -> RewritePlan:
    """Plan the rewriting of a project."""
    return fix_imports(load_rules(folder), paths=[folder / path for path in paths] or None, processes=1)


def git(folder: Path, *words: str) -> None:
    """Run git in a folder."""
    settings = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *settings, *words], check=True, capture_output=True)


def test_a_plan_writes_nothing_until_it_is_told_to(sample: Path) -> None:
    """It says what would change, as values and as a diff that git takes."""
    found = plan(sample)
    assert (sample / "app/a.py").read_text() == "from app.old import x\n"
    assert [file.path for file in found.files] == ["app/a.py", "app/b.py"]
    (change,) = found.files[0].changes
    assert (change.line, change.rule, change.what) == (1, "legacy", "app.old.x -> app.new.x")
    assert (found.changes, found.untouched, found.scanned, found.rules) == (2, (), 5, ("legacy",))
    git(sample, "init")
    subprocess.run(["git", "apply"], cwd=sample, input=found.diff().encode(), check=True)
    assert (sample / "app/a.py").read_text() == "from app.new import x\n"
    assert plan(sample).files == ()


@pytest.mark.parametrize(
    "text", ["from app.old import x\r\ny = 1\r\n", "from app.old import x", "\n\nfrom app.old import x\n\f# y\x85"]
)
def test_a_diff_can_be_applied_whatever_the_lines_are(sample: Path, text: str) -> None:
    """Carriage returns, form feeds and a last line without newline are in it."""
    write(sample, "app/a.py", text)
    git(sample, "init")
    found = plan(sample, "app/a.py")
    subprocess.run(["git", "apply"], cwd=sample, input=found.diff().encode(), check=True)
    assert (sample / "app/a.py").read_bytes() == found.files[0].after == text.replace("old", "new").encode()


def test_only_the_given_paths_change(sample: Path) -> None:
    """A folder or a file, wherever the current folder is."""
    assert [file.path for file in plan(sample, "app/b.py").files] == ["app/b.py"]
    write(sample, "elsewhere/c.py", "import app.old\n")
    assert [file.path for file in plan(sample, "elsewhere").files] == ["elsewhere/c.py"]
    for path, said in (("nowhere.py", "there is no "), ("..", "is not below"), ("pyproject.toml", "")):
        if said:
            with pytest.raises(SettingsError, match=said):
                plan(sample, path)


def test_what_is_written_keeps_mode_and_links(sample: Path) -> None:
    """A link stays a link, to the same file, which is written once."""
    (sample / "app/a.py").chmod(0o755)
    (sample / "app/link.py").symlink_to("a.py")
    found = plan(sample)
    assert found.write() == ("app/a.py", "app/b.py")
    assert (sample / "app/link.py").is_symlink()
    assert (sample / "app/link.py").read_text() == "from app.new import x\n"
    assert stat.S_IMODE((sample / "app/a.py").stat().st_mode) == 0o755
    assert sorted(path.name for path in (sample / "app").iterdir()) == [
        "__init__.py",
        "a.py",
        "b.py",
        "link.py",
        "new.py",
        "old.py",
    ]
    assert check_imports(load_rules(sample), select=["legacy"]).findings == ()


def test_a_link_out_of_the_project_is_not_followed(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What belongs to others stays as it is, and is named."""
    outside = write(tmp_path_factory.mktemp("other"), "c.py", "from app.old import x\n")
    (sample / "app/c.py").symlink_to(outside)
    found = plan(sample)
    assert found.problems == {"app/c.py": "it is a link to a file outside of the project"}
    assert "app/c.py" not in [file.path for file in found.files]


def test_a_file_that_has_changed_meanwhile_stays(sample: Path) -> None:
    """The others are written, and the error tells."""
    found = plan(sample)
    write(sample, "app/a.py", "from app.old import x, y\n")
    with pytest.raises(
        RewriteError, match=r"app/a.py: it has changed since it was read\nwritten: 1 of 2 files"
    ) as info:
        found.write()
    assert (info.value.written, list(info.value.failed)) == (("app/b.py",), ["app/a.py"])
    assert (sample / "app/a.py").read_text() == "from app.old import x, y\n"


def test_an_interrupt_leaves_every_file_whole(sample: Path) -> None:
    """What is written is written, the rest is as it was, and nothing else is left."""

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plan(sample).write(progress=stop)
    texts = [(sample / path).read_text() for path in ("app/a.py", "app/b.py")]
    assert texts == ["from app.new import x\n", "from app.old import x\n"]
    assert not list(sample.rglob("*.tmp"))


def test_a_dirty_tree_is_refused(sample: Path) -> None:
    """Any tracked file that differs from the last commit is a reason; a file of ours that is not tracked is one too."""
    git(sample, "init")
    with pytest.raises(RewriteRefusedError, match=r"git does not track what would be changed: app/a.py, app/b.py"):
        plan(sample).write()
    git(sample, "add", ".")
    with pytest.raises(
        RewriteRefusedError, match=r"the git tree is dirty: app/__init__.py, app/a.py, app/b.py and 3 more"
    ):
        plan(sample).write()
    git(sample, "commit", "-m", "x")
    write(sample, "app/new.py", "x = 2\n")
    write(sample, "notes.txt", "untracked, and none of our business\n")
    with pytest.raises(RewriteRefusedError, match=r"dirty: app/new.py; commit first, or pass force \(--force\)$"):
        plan(sample).write()
    assert plan(sample).write(force=True) == ("app/a.py", "app/b.py")
    git(sample, "checkout", ".")
    assert plan(sample).write() == ("app/a.py", "app/b.py")


def test_a_file_that_was_moved_is_named_once(sample: Path) -> None:
    """Of a rename, git tells two names."""
    git(sample, "init")
    git(sample, "add", ".")
    git(sample, "commit", "-m", "x")
    git(sample, "mv", "app/b.py", "app/c.py")
    with pytest.raises(RewriteRefusedError, match=r"the git tree is dirty: app/c.py; commit"):
        plan(sample).write()


def test_a_clean_tree_below_the_top_of_a_repository(tmp_path: Path) -> None:
    """The project may be a folder of the repository."""
    inner = project(tmp_path / "inner", TABLE, app__init="", app__new="x = 1", app__a="from app.old import x\n")
    git(tmp_path, "init")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "x")
    assert plan(inner).write() == ("app/a.py",)


def test_a_re_export_that_is_rewritten_needs_no_change_elsewhere(sample: Path) -> None:
    """One that stays is listed where it is used, with the module that passes the name on."""
    write(sample, "app/shim.py", "from app.old import x\n")
    write(sample, "app/c.py", "from app.shim import x\n")
    assert plan(sample).untouched == ()
    assert plan(sample, "app/c.py").untouched == (
        LeftAlone(
            "app/c.py", 1, "legacy", "app.old.x", "app.shim passes it on; what that module imports has to change"
        ),
    )
    write(sample, "app/shim.py", "x = (\nfrom app.old import x\n")
    assert [(each.path, each.line) for each in plan(sample).untouched] == [("app/c.py", 1), ("app/shim.py", 2)]


def test_what_stays_is_all_that_a_check_still_finds(sample: Path) -> None:
    """Nothing is passed over in silence."""
    lines = [
        "import app.old as o", "from app.old import *", "o.x", "from app import old, new", "old = new", "old.x",
        "mock.patch('app.old.' + x)", "import app.old", "app = 1", "app.old.x", "import_module('app.old')",
        "def f():", "    from app.old import y", "    from .old import x",
    ]  # fmt: skip
    write(sample, "app/a.py", "\n".join(lines) + "\n")
    found = plan(sample)
    found.write()
    left = {(finding.path, finding.target) for finding in check_imports(load_rules(sample), select=["legacy"]).findings}
    listed = {each.path for each in found.untouched}
    assert left
    assert {path for path, _ in left} <= listed
    assert len(found.untouched) >= len(left)
