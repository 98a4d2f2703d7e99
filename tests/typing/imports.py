"""Imports as type checkers see them: checked by mypy and basedpyright, never executed."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from pathlib import Path
from typing import assert_type

from test_framework import (
    FrameworkError,
    ImportComplianceError,
    ImportRecordError,
    RewriteError,
    RewriteRefusedError,
    assert_canonical,
    assert_fragmentation_at_most,
    assert_no_cycles,
    assert_no_legacy_imports,
    fix_imports,
)
from test_framework.imports import (
    AppliedChange,
    CheckResult,
    Edit,
    FileRewrite,
    Finding,
    ImportReport,
    ImportRules,
    LeftAlone,
    Place,
    Proposal,
    Rewrite,
    RewritePlan,
    SourceFile,
    WatchedName,
    check_imports,
    import_statements,
    load_rules,
    parse_rules,
    plan_rewrites,
    report_imports,
)

rules = load_rules(Path())
assert_type(rules, ImportRules)
assert_type(parse_rules("", "pyproject.toml"), ImportRules | None)
result = check_imports(rules, select=["legacy"], baseline="baseline.json")
assert_type(result, CheckResult)
assert_type(result.findings, tuple[Finding, ...])
assert_type(result.counts(), dict[str, int])
report = report_imports(rules, progress=lambda done, total: None)
assert_type(report, ImportReport)
assert_type(report.names, tuple[WatchedName, ...])
assert_type(report.names[0].share, float | None)
for place in import_statements(b"import a"):
    assert_type(place, Place)

assert_no_legacy_imports({"app.old": "app.new"}, rules=Path(), paths=["app"])
assert_canonical("Thing", homes={"Thing": "app.new"}, rules=rules)
assert_fragmentation_at_most("app", 3)
assert_no_cycles("app", "tests")
assert_fragmentation_at_most("app")  # type: ignore[call-arg]
assert_no_legacy_imports(rules=3)  # type: ignore[arg-type]
check_imports(rules, ["legacy"])  # type: ignore[call-arg]

errors: list[type[FrameworkError]] = [ImportComplianceError, ImportRecordError]
failures: list[type[AssertionError]] = [ImportComplianceError]
values: list[type[ValueError]] = [ImportRecordError]


class Nothing(Rewrite):
    name = "nothing"

    def propose(self, source: SourceFile) -> Proposal:
        assert_type(source.span(source.tree.body[0]), tuple[int, int])
        return Proposal((Edit(0, 0, "", 1, self.name, ""),), tree=source.fresh_tree())


plan = fix_imports(rules, paths=[Path("tests"), "app"], include_broken=True)
assert_type(plan, RewritePlan)
assert_type(plan_rewrites([Nothing()], rules=rules), RewritePlan)
assert_type(plan.files, tuple[FileRewrite, ...])
assert_type(plan.files[0].changes, tuple[AppliedChange, ...])
assert_type(plan.untouched, tuple[LeftAlone, ...])
assert_type(plan.write(force=True), tuple[str, ...])
fix_imports(rules, ["tests"])  # type: ignore[call-arg]
plan_rewrites([Nothing()])  # type: ignore[call-arg]
Rewrite()  # type: ignore[abstract]
refused: list[type[RuntimeError]] = [RewriteRefusedError, RewriteError]
