"""The verdict on two runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import pytest

from . import corrections
from .catalogue import SUITES, UNITTEST, Module
from .compare import compare
from .corrections import CORRECTIONS, Correction, corrections_for
from .harness import Run

_MODULE = Module("unittest/sample", "pkg.sample", tests=2, sites=1)
_SUITE = Module("suite/sample", "pkg.sample", tests=2, sites=1)
_OK = {"pkg.sample.C.a": ("ok",), "pkg.sample.C.b": ("ok",), "pkg.sample.C.c": ("skip",)}
_LISTED = Correction("unittest/sample", "C.b", ("fail",), "because")


def _run(outcomes: Mapping[str, tuple[str, ...]] = _OK, **changes: object) -> Run:
    run = Run(
        outcomes=outcomes,
        details={},
        started=len(outcomes),
        unbalanced=(),
        on_base=0,
        idle=(),
        replaced={"sample.py:1 base": 3},
        seconds=0.0,
    )
    return dataclasses.replace(run, **changes)  # type: ignore[arg-type]


def test_equal_runs_are_fine() -> None:
    """Equal outcomes, enough of them, are a good verdict with the numbers in it."""
    report = compare(_MODULE, _run(), _run(), ())
    assert report.ok
    assert (report.tests, report.equal, report.sites, report.classes) == (3, 3, 1, 3)
    assert str(report) == "unittest/sample: 3 equal, 0 listed"


def test_unlisted_difference_fails_with_both_sides() -> None:
    """A difference that is not listed fails, and its text has both outcomes and both tracebacks."""
    ours = _run({**_OK, "pkg.sample.C.b": ("error",)}, details={"pkg.sample.C.b": ("error: ours broke\n",)})
    standard = _run(details={"pkg.sample.C.b": ("noted",)})
    report = compare(_MODULE, standard, ours, ())
    assert not report.ok
    assert str(report) == (
        "unittest/sample: unlisted difference in C.b\n  standard: ok\n    noted\n  ours: error\n    error: ours broke"
    )


@pytest.mark.parametrize(
    ("standard", "ours", "text"),
    [
        (_OK, {k: v for k, v in _OK.items() if not k.endswith("b")}, "ours: not run"),
        (_OK, {**_OK, "pkg.sample.C.d": ("ok",)}, "standard: not run"),
        (_OK, {**_OK, "pkg.sample.C.b": ()}, "ours: no outcome"),
        (_OK, {**_OK, "pkg.sample.C.b": ("ok", "error")}, "ours: ok, error"),
        (_OK, {**_OK, "pkg.sample.C.c": ("ok",)}, "standard: skip"),
    ],
    ids=["missing", "additional", "silent", "one more", "not skipped"],
)
def test_anything_but_the_same_outcomes_is_a_difference(
    standard: Mapping[str, tuple[str, ...]], ours: Mapping[str, tuple[str, ...]], text: str
) -> None:
    """A test that is missing, new, silent or has one outcome more is a difference."""
    report = compare(_MODULE, _run(standard), _run(ours), ())
    assert len(report.unlisted) == 1
    assert text in str(report)


def test_listed_difference_is_fine() -> None:
    """A difference that is listed with just this outcome is accepted and counted."""
    report = compare(_MODULE, _run(), _run({**_OK, "pkg.sample.C.b": ("fail",)}), (_LISTED,))
    assert report.ok
    assert (report.equal, len(report.listed)) == (2, 1)


def test_listed_difference_with_another_outcome_fails() -> None:
    """A listed test that ends in yet another way is both unlisted and stale."""
    report = compare(_MODULE, _run(), _run({**_OK, "pkg.sample.C.b": ("error",)}), (_LISTED,))
    assert (len(report.unlisted), len(report.stale)) == (1, 1)


def test_stale_correction_fails() -> None:
    """A listed difference that no longer occurs fails."""
    report = compare(_MODULE, _run(), _run(), (_LISTED,))
    assert not report.ok
    assert str(report) == "unittest/sample: listed correction C.b -> fail no longer occurs so"


@pytest.mark.parametrize(
    ("module", "standard", "ours", "problem"),
    [
        (_MODULE, {"outcomes": {}, "started": 0}, {"outcomes": {}, "started": 0}, "only 0 tests pass unmodified"),
        (_MODULE, {}, {"started": 2}, "3 tests were started unmodified, but 2 on our base"),
        (_MODULE, {}, {"replaced": {}}, "only 0 expressions got our base, at least 1"),
        (_MODULE, {}, {"unbalanced": ("C.a",)}, "started and not stopped equally often: C.a"),
        (_MODULE, {}, {"on_base": 1}, "1 tests that should do the testing are themselves on our base"),
        (_SUITE, {}, {"on_base": 2}, "only 2 of 3 tests are on our base"),
        (_SUITE, {}, {"on_base": 3, "idle": ("C.a",)}, "passed without entering a test method: C.a"),
    ],
    ids=["no tests", "fewer tests", "nothing replaced", "unbalanced", "vacuous", "not ours", "idle"],
)
def test_worthless_comparison_fails(
    module: Module, standard: dict[str, object], ours: dict[str, object], problem: str
) -> None:
    """Equal outcomes prove nothing if too little ran, or the wrong classes did."""
    report = compare(module, dataclasses.replace(_run(), **standard), dataclasses.replace(_run(), **ours), ())  # type: ignore[arg-type]
    assert not report.ok
    assert problem in str(report)


@pytest.mark.parametrize(("python", "applies"), [((3, 11), False), ((3, 12), True), ((3, 13), True), ((3, 14), False)])
def test_corrections_name_their_pythons(python: tuple[int, int], applies: bool) -> None:
    """A correction applies from its first Python to its last, both included."""
    entry = Correction("unittest/sample", "C.b", ("fail",), "because", since=(3, 12), until=(3, 13))
    assert applies == entry.applies_to(python)


def test_corrections_are_found_by_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only those of the module that apply to the running interpreter are expected."""
    never = Correction("unittest/sample", "C.c", ("fail",), "because", until=(3, 0))
    monkeypatch.setattr(corrections, "CORRECTIONS", (_LISTED, never))
    assert corrections_for("unittest/sample") == (_LISTED,)
    assert corrections_for("unittest/other") == ()


def test_every_correction_has_a_module_and_a_reason() -> None:
    """The table names modules that are run, gives a reason for each entry, and lists no test twice."""
    keys = {module.key for module in (*UNITTEST, *SUITES)}
    for entry in CORRECTIONS:
        assert entry.module in keys
        assert len(entry.reason.split()) > 5
    assert len(CORRECTIONS) == len({(e.module, e.test, e.since) for e in CORRECTIONS})
