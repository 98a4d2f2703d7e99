"""The cache and the second process: the same result, sooner."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from test_framework.imports import CheckResult, _worker as worker, check_imports, load_rules
from tests.imports.samples import unpacked, write


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """Return the sample, as it was an hour ago."""
    unpacked("forms.txt", tmp_path)
    past = time.time() - 3600
    for path in tmp_path.rglob("*"):
        os.utime(path, (past, past))
    return tmp_path


def check(folder: Path, processes: int = 1) -> CheckResult:
    """Check, with the time taken out."""
    return replace(check_imports(load_rules(folder), processes=processes), seconds=0.0)


def caches(folder: Path) -> list[Path]:
    """Return the files of the cache."""
    return list((folder / ".test_framework_cache").glob("*.bin"))


def test_a_second_run_reads_no_source(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has not changed is not scanned again, and the findings are the same."""
    first = check(sample)
    scanned: list[str] = []
    scan = worker._scan

    def recording(root: str, jobs: Sequence[worker.Job], *rest: Any) -> dict[str, str]:
        scanned.extend(job.path for job in jobs)
        return scan(root, jobs, *rest)

    monkeypatch.setattr(worker, "_scan", recording)
    assert check(sample) == first
    assert scanned == []
    write(sample, "tests/test_scopes.py", "from app.old import Thing\n")
    assert len(check(sample).findings) == len(first.findings) - 2
    assert scanned == ["tests/test_scopes.py"]


def test_a_change_of_the_same_size_and_time_is_seen(sample: Path) -> None:
    """A file that was changed just now is not trusted to be the same."""
    write(sample, "app/quick.py", "import app.old_factory\n")
    before = check(sample)
    status = (sample / "app/quick.py").stat()
    write(sample, "app/quick.py", "import app.new_factory\n")
    os.utime(sample / "app/quick.py", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert len([each for each in check(sample).findings if each.rule == "legacy"]) == (
        len([each for each in before.findings if each.rule == "legacy"]) - 1
    )


def test_a_file_that_is_gone_has_no_findings(sample: Path) -> None:
    """The cache does not keep what is no more."""
    check(sample)
    (sample / "tests/test_forms.py").unlink()
    assert not [each for each in check(sample).findings if each.path == "tests/test_forms.py"]


@pytest.mark.parametrize("damage", [b"", b"import facts\n", b"rubbish", None])
def test_a_damaged_cache_is_passed_over(sample: Path, damage: bytes | None) -> None:
    """A cache that was cut off or changed costs time, not results."""
    first = check(sample)
    (cache,) = caches(sample)
    data = cache.read_bytes()
    cache.write_bytes(data[:-10] + b"x" * 10 if damage is None else damage)
    assert check(sample) == first
    assert cache.read_bytes()[:13] == b"import facts\n"


def test_other_rules_have_other_facts(sample: Path) -> None:
    """A rule that is added finds what an earlier scan did not look for."""
    check(sample)
    settings = sample / "pyproject.toml"
    settings.write_text(settings.read_text().replace("[tool.test_framework.imports.legacy]\n",
                        '[tool.test_framework.imports.legacy]\n"os:PathLike" = ""\n'))  # fmt: skip
    write(sample, "app/paths.py", "import os\nos.PathLike\n")
    assert [each.line for each in check(sample).findings if each.path == "app/paths.py"] == [2]


def test_the_cache_is_not_for_git(sample: Path) -> None:
    """The folder of the cache ignores itself, and the project is not told to."""
    check(sample)
    assert (sample / ".test_framework_cache" / ".gitignore").read_text() == "*\n"


def test_a_folder_that_cannot_be_written_to_is_no_error(sample: Path) -> None:
    """Without a place for it, there is no cache."""
    write(sample, ".test_framework_cache", "a file")
    assert check(sample).findings


def test_two_processes_find_the_same(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work of a helper process is merged, relative imports, scopes and all."""
    one = check(sample)
    for cache in caches(sample):
        cache.unlink()
    monkeypatch.setattr(worker, "WORTHWHILE", 1)
    assert check(sample, processes=3) == one


def test_a_helper_that_dies_is_replaced(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the other process fails, its share is scanned here."""
    one = check(sample)
    for cache in caches(sample):
        cache.unlink()
    monkeypatch.setattr(worker, "WORTHWHILE", 1)
    monkeypatch.setattr(worker, "_START", "raise SystemExit(3)  # {path}")
    assert check(sample, processes=2) == one
