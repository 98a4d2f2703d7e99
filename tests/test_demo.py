"""The demo: run once for real; its table and its judgement on results of all kinds."""

from __future__ import annotations

import importlib.util
import io
import json
import logging
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from dataclasses import replace
from difflib import ndiff
from pathlib import Path

import pytest

from test_framework import demo
from test_framework.demo import _runs
from test_framework.demo._folder import FOLDERS, write_folder
from test_framework.demo._mistakes import MISTAKES
from test_framework.demo._outcomes import Outcome, Verdict, hanging, outcomes_of_junit, outcomes_of_record
from test_framework.demo._recorder import LogRecorder, RecordedSuite
from test_framework.demo._report import STANDARD, Report
from test_framework.demo._runs import COLUMNS

ROOT = Path(__file__).parent.parent
HAS_TRIO = importlib.util.find_spec("trio") is not None

# What the standard class says, by class: the verdict, and what happens besides. Seen on 3.11, 3.12 and 3.13.
STANDARD_SAYS: dict[str, tuple[Verdict, str]] = {
    "AwaitForgotten": ("passed", "warns"),
    "SetUpIsAsync": ("passed", "warns"),
    "CoroutineReturned": ("passed", "warns"),
    "CleanupIsLambda": ("passed", "warns"),
    "Generator": ("passed", "warns"),
    "TaskLeaked": ("passed", ""),
    "TaskUncancellable": ("passed", "then hangs"),
    "ExceptionLost": ("passed", "logs"),
    "ThreadLeaked": ("passed", ""),
    "LoopBlocked": ("passed", "logs"),
    "Hang": ("hung", ""),
    "TimeoutInSetUp": ("passed", ""),
    "GroupInSetUp": ("hung", ""),
    "SkipInGroup": ("error", ""),
    "WithoutMistake": ("passed", ""),
}


def canned_report(folder: Path | None = None, *, unlike: str | None = None, without: str = "nothing") -> Report:
    """Return a report of a run in which all went as promised, but for one class, and without a runner or backend."""
    outcomes: dict[str, dict[str, Outcome]] = {}
    left_out: dict[str, str] = {}
    for column in COLUMNS:
        if without in (column.runner, column.backend):
            left_out[column.key] = without
            continue
        outcomes[column.key] = {}
        for mistake in MISTAKES:
            if column.key == STANDARD:
                said, remark = STANDARD_SAYS[mistake.name]
                outcome = Outcome(said, remark=remark)
            else:
                verdict: Verdict = "failed" if mistake.ends == "caught" else mistake.ends
                outcome = Outcome(verdict, f"SomeError: {mistake.says}" if mistake.says else "")
            if mistake.name == unlike and column.key == COLUMNS[1].key:
                outcome = Outcome("failed", "Traceback (most recent call last):\n  somewhere\nOtherError: surprise")
            outcomes[column.key][mistake.name] = outcome
    return Report(outcomes, 1.0, {"Python": "3.x"}, left_out, folder)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Run the demo, once."""
    told: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("demo")))
        # Whoever runs the demo may have settings; they are not the demo's.
        patch.setenv("TEST_FRAMEWORK_TIMEOUT", "0.001")
        patch.setenv("PYTEST_ADDOPTS", "--no-such-option")
        found = demo.run_demo(keep=True, progress=told.append)
    assert any("tests have run" in text for text in told)
    return found


# -- the run ------------------------------------------------------------------------------------------


def test_every_outcome_is_as_promised(report: Report) -> None:
    """Each mistake is caught under each runner and on each backend, for the reason that the demo promises."""
    assert report.broken == []
    assert report.as_json().startswith('{\n  "as_promised": true')


def test_every_way_that_is_possible_here_was_run(report: Report) -> None:
    """Both runners took part, and trio where it is installed; every test of every column has an outcome."""
    keys = ["standard", "unittest-asyncio", "unittest-trio", "pytest-asyncio", "pytest-trio"]
    assert [key for key in keys if HAS_TRIO or "trio" not in key] == list(report.outcomes)
    for key, outcomes in report.outcomes.items():
        expected = {mistake.name for mistake in MISTAKES if mistake.body_for("trio" if "trio" in key else "asyncio")}
        assert expected == set(outcomes)


def test_the_standard_class_does_what_the_table_says(report: Report) -> None:
    """The standard class lets the mistakes pass, or hangs; an end of that would be news for the documentation."""
    seen = {name: (outcome.verdict, outcome.remark) for name, outcome in report.outcomes[STANDARD].items()}
    assert seen == STANDARD_SAYS


def test_the_failure_in_full_shows_where_both_tasks_wait(report: Report) -> None:
    """The report of the test that hangs has the line at which each task waits."""
    text = demo.as_text(report, colours=False)
    full = text.partition("The failure of the test that hangs, in full:")[2]
    assert "the test itself" in full
    assert 'self.assertEqual("pong", await self.replies.get())' in full
    assert "while await requests.get():" in full


def test_the_readme_shows_this_table(report: Report) -> None:
    """The table in the README, with all that explains it, is the demo's, but for the time that a call blocked."""
    if not HAS_TRIO:
        pytest.skip("the README shows every backend")
    table = demo.as_text(report, colours=False).partition("\nThe failure of the test that hangs")[0]
    readme = (ROOT / "README.md").read_text("utf-8")
    assert f"```text\n{re.sub(r'blocked for [0-9.]+ s', 'blocked for 0.50 s', table)}```" in readme


def test_the_folder_is_kept(report: Report) -> None:
    """The kept folder holds the tests, and says how to run them."""
    assert report.folder is not None
    assert (report.folder / "on_asyncio" / "test_mistakes.py").exists()
    assert "python -m unittest" in (report.folder / "README.txt").read_text("utf-8")


def test_a_kept_test_runs_by_hand(report: Report) -> None:
    """A test of the kept folder fails under a plain `python -m unittest` too, with the same message."""
    assert report.folder is not None
    command = [sys.executable, "-m", "unittest", "-k", "AwaitForgotten", "test_mistakes"]
    done = subprocess.run(command, cwd=report.folder / "on_asyncio", capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "coroutine 'save' was never awaited" in done.stderr


def test_the_folder_is_removed_when_something_goes_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing stays behind when the run does not come to an end."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def fail(*_: object) -> None:
        assert list(tmp_path.iterdir()) != []
        raise OSError("no processes")

    monkeypatch.setattr(demo, "run_all", fail)
    with pytest.raises(OSError, match="no processes"):
        demo.run_demo(keep=False, progress=print)
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_does_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo comes to an end, and says of what it did not see that it was not as promised."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(_runs, "_PROCESS_SECONDS", 0.01)
    report = demo.run_demo(keep=False, progress=print)
    assert [outcomes for outcomes in report.outcomes.values() if outcomes] == []
    assert len(report.broken) == len(report.promises)
    assert report.broken[0].endswith("got 'none'")
    assert "none!" in demo.as_text(report, colours=False)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for a single process")
def test_ctrl_c_ends_it_at_once(tmp_path: Path) -> None:
    """After Ctrl-C no process and no folder is left, and there is no traceback."""
    command = [sys.executable, "-c", f"import tempfile; tempfile.tempdir = {str(tmp_path)!r}\n{MAIN}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not list(tmp_path.glob("*/*.jsonl")):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=5)
    assert process.returncode == 130
    assert err.endswith("test-framework: interrupted\n")
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


MAIN = "import sys; from test_framework.cli import main; sys.exit(main(['demo']))"


# -- the folder ---------------------------------------------------------------------------------------


def test_the_two_classes_get_the_same_tests(tmp_path: Path) -> None:
    """What runs on the standard class differs from what runs on ours in one line, the import of the base class."""
    write_folder(tmp_path)
    for module in ("test_mistakes.py", "test_generator.py"):
        before, after = ((tmp_path / name / module).read_text("utf-8") for name in ("standard", "on_asyncio"))
        changes = [line for line in ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]
        assert changes == [
            "- from unittest import IsolatedAsyncioTestCase as TestCase",
            "+ from test_framework import AsyncTestCase as TestCase",
        ]


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_modules_are_sound(tmp_path: Path, folder: str) -> None:
    """Every module compiles, and has a class for each mistake that can be made there."""
    write_folder(tmp_path)
    sources = [path.read_text("utf-8") for path in sorted((tmp_path / folder).glob("*.py"))]
    classes = {name for source in sources for name in re.findall(r"^class (\w+)\(TestCase\):$", source, re.MULTILINE)}
    for source in sources:
        compile(source, folder, "exec")
    assert classes == {mistake.name for mistake in MISTAKES if mistake.body_for(FOLDERS[folder][1])}


# -- the recorder -------------------------------------------------------------------------------------


def test_the_recorder_writes_down_what_the_result_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every verdict is in the record, between the start and the stop of its test, and the result has it too."""

    class Sample(unittest.TestCase):
        def test_1_passes(self) -> None:
            pass

        def test_2_fails(self) -> None:
            self.fail("wrong")

        def test_3_is_skipped(self) -> None:
            self.skipTest("no server")

        @unittest.expectedFailure
        def test_4_passes_unexpectedly(self) -> None:
            logging.getLogger("sample").warning("careful")

    path = tmp_path / "record.jsonl"
    monkeypatch.setenv("DEMO_RECORD", str(path))
    handler = LogRecorder(io.StringIO())
    logging.getLogger("sample").addHandler(handler)
    result = unittest.TestResult()
    try:
        RecordedSuite(unittest.defaultTestLoader.loadTestsFromTestCase(Sample)).run(result)
    finally:
        logging.getLogger("sample").removeHandler(handler)
    events = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    told = [(event["event"], event["test"].rpartition(".")[2][:6]) for event in events]
    verdicts = ["passed", "failed", "skipped", "failed"]
    expected = [
        (event, f"test_{n}") for n, verdict in enumerate(verdicts, 1) for event in ("started", verdict, "stopped")
    ]
    expected.insert(-2, ("logged", ""))
    assert told == [*expected, ("ended", "")]
    assert events[4]["text"].endswith("AssertionError: wrong\n")
    assert (len(result.failures), len(result.skipped), len(result.unexpectedSuccesses)) == (1, 1, 1)


# -- reading outcomes ---------------------------------------------------------------------------------


def record(tmp_path: Path, *events: tuple[str, str, str]) -> dict[str, Outcome]:
    """Return what is read from a record of these events."""
    path = tmp_path / "record.jsonl"
    lines = [json.dumps(dict(zip(("event", "test", "text"), event, strict=True))) for event in events]
    path.write_text("\n".join(lines), "utf-8")
    return outcomes_of_record(path)


def test_a_test_without_a_verdict_hung(tmp_path: Path) -> None:
    """A record that ends in the middle of a test names the test that hung."""
    found = record(tmp_path, ("started", "test_mistakes.Hang.test_reply", ""))
    assert found == {"Hang": Outcome("hung")}
    assert hanging(found) == "Hang"


def test_a_run_that_does_not_end_after_a_verdict_hung_too(tmp_path: Path) -> None:
    """A test that passed and then kept the process from going on says both."""
    test = "test_mistakes.TaskUncancellable.test_worker"
    found = record(tmp_path, ("started", test, ""), ("passed", test, ""))
    assert found == {"TaskUncancellable": Outcome("passed", remark="then hangs")}
    assert hanging(found) == "TaskUncancellable"


def test_warnings_belong_to_the_test_that_ran(tmp_path: Path) -> None:
    """What was logged or warned about after a test started is remarked on; a warning says more than a log line."""
    first, second = "test_mistakes.AwaitForgotten.test_saving", "test_mistakes.WithoutMistake.test_nothing"
    events = [("started", first, ""), ("warned", "", "w"), ("logged", "", "l"), ("passed", first, "")]
    found = record(tmp_path, *events, ("started", second, ""), ("passed", second, ""), ("ended", "", ""))
    assert found == {"AwaitForgotten": Outcome("passed", remark="warns"), "WithoutMistake": Outcome("passed")}
    assert hanging(found) is None


def test_two_reports_of_one_test_are_joined(tmp_path: Path) -> None:
    """A test that fails and leaves something behind keeps its first verdict and both texts."""
    test = "test_mistakes.TaskLeaked.test_polling"
    found = record(tmp_path, ("started", test, ""), ("error", test, "one"), ("failed", test, "two"), ("ended", "", ""))
    assert found == {"TaskLeaked": Outcome("error", "one\ntwo")}


def test_a_module_that_cannot_be_imported_stands_for_its_tests(tmp_path: Path) -> None:
    """An error of the loader is the outcome of every test of that module, and of no other."""
    found = record(tmp_path, ("error", "unittest.loader._FailedTest.test_generator", "TypeError"), ("ended", "", ""))
    assert found == {"Generator": Outcome("error", "TypeError")}


def test_no_record_is_no_outcome(tmp_path: Path) -> None:
    """A process that did not even start its tests leaves no outcomes, under either runner."""
    assert outcomes_of_record(tmp_path / "nothing") == {}
    assert outcomes_of_junit(tmp_path / "nothing") == {}
    (tmp_path / "half").write_text("<testsuites><testcase", "utf-8")
    assert outcomes_of_junit(tmp_path / "half") == {}


# -- the judgement ------------------------------------------------------------------------------------


def test_a_failure_for_another_reason_is_not_as_promised() -> None:
    """A test that fails, but not for what the demo promises, is marked, named and counted."""
    report = canned_report(unlike="Hang")
    text = demo.as_text(report, colours=False)
    (line,) = report.broken
    assert line.startswith("a test that hangs, unittest-asyncio: promised 'caught' with 'deadline of 1 s passed', got ")
    assert line.endswith("'failed' with 'OtherError: surprise'")
    assert re.search(r"^hangs +hangs +FAIL! ", text, re.MULTILINE)
    assert "1 of 56 outcomes are not as promised" in text
    assert json.loads(report.as_json())["as_promised"] is False


@pytest.mark.parametrize("verdict", ["passed", "skipped", "hung", "none"])
def test_a_mistake_that_is_not_caught_is_not_as_promised(verdict: Verdict) -> None:
    """However a test ends but by failing, a mistake in it has not been caught."""
    report = canned_report()
    column, mistake = report.ours[0], MISTAKES[0]
    outcomes = {**report.outcomes, column.key: {mistake.name: Outcome(verdict, mistake.says or "")}}
    assert not replace(report, outcomes=outcomes).is_kept(mistake, column)


def test_a_test_without_an_outcome_is_not_as_promised() -> None:
    """A test that has not been run is no success."""
    report = canned_report()
    outcomes = {**report.outcomes, "pytest-asyncio": {}}
    assert len(replace(report, outcomes=outcomes).broken) == len(MISTAKES)


@pytest.mark.parametrize(("without", "count"), [("trio", 30), ("pytest", 28)])
def test_what_is_not_installed_is_left_out(without: str, count: int) -> None:
    """A runner or backend that is not installed has no column and a line that says how to get it."""
    report = canned_report(without=without)
    text = demo.as_text(report, colours=False)
    assert report.broken == []
    assert f"All {count} outcomes are as promised" in text
    head = text.splitlines()[4:6]
    assert without not in "".join(head)
    assert re.search(rf"^left out: .*; {without} is not installed \(pip install ", text, re.MULTILINE)
    assert any(without in key for key in json.loads(report.as_json())["left_out"])


def test_the_table_fits_120_columns() -> None:
    """No line of the table or of what is said about it is wider than 120 columns."""
    text = demo.as_text(canned_report(), colours=False)
    assert max(map(len, text.splitlines())) <= 120


def test_colours_change_nothing_but_the_colours() -> None:
    """Without its escape sequences, and the line about colours, the coloured table is the plain one."""
    coloured = demo.as_text(canned_report(unlike="Hang"), colours=True)
    assert "\x1b[31mFAIL!\x1b[0m " in coloured
    plain = re.sub(r"\x1b\[\d+m", "", coloured).splitlines()
    (legend,) = [line for line in plain if line.startswith("red: ")]
    plain.remove(legend)
    assert plain == demo.as_text(canned_report(unlike="Hang"), colours=False).splitlines()


def test_the_output_explains_itself() -> None:
    """The limit, the strictness and every sign of the table are explained, a sign that is not there is not."""
    text = demo.as_text(canned_report(), colours=False)
    assert "strict = true" in text
    assert "timeout = 1 (second)" in text
    assert "\n- (a dash): " in text
    assert "! (behind" not in text
    assert "! (behind" in demo.as_text(canned_report(unlike="Hang"), colours=False)
    assert "(a dash)" not in demo.as_text(canned_report(without="trio"), colours=False)
