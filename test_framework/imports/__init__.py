"""Import compliance: legacy imports, canonical paths, fragmentation, cycles."""

from __future__ import annotations

from test_framework._lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from test_framework.imports._assertions import (
        assert_canonical,
        assert_fragmentation_at_most,
        assert_no_cycles,
        assert_no_legacy_imports,
    )
    from test_framework.imports._check import CheckResult, ImportReport, check_imports, report_imports
    from test_framework.imports._config import load_rules, parse_rules
    from test_framework.imports._cycles import Cycle
    from test_framework.imports._errors import RewriteError, RewriteRefusedError
    from test_framework.imports._findings import Finding, ImportComplianceError, ImportRecordError, Step
    from test_framework.imports._fragmentation import Definer, Family, WatchedName
    from test_framework.imports._lexer import Alias, Place, Statement, import_statements
    from test_framework.imports._rules import CanonicalRule, CycleRule, ImportRules, LegacyRule, Target
    from test_framework.imports.rewriting._edits import Edit, Proposal, Untouched
    from test_framework.imports.rewriting._file import SourceFile
    from test_framework.imports.rewriting._fix import fix_imports
    from test_framework.imports.rewriting._plan import AppliedChange, FileRewrite, LeftAlone, RewritePlan
    from test_framework.imports.rewriting._planning import plan_rewrites
    from test_framework.imports.rewriting._rewrite import Rewrite

__all__ = [
    "Alias",
    "AppliedChange",
    "CanonicalRule",
    "CheckResult",
    "Cycle",
    "CycleRule",
    "Definer",
    "Edit",
    "Family",
    "FileRewrite",
    "Finding",
    "ImportComplianceError",
    "ImportRecordError",
    "ImportReport",
    "ImportRules",
    "LeftAlone",
    "LegacyRule",
    "Place",
    "Proposal",
    "Rewrite",
    "RewriteError",
    "RewritePlan",
    "RewriteRefusedError",
    "SourceFile",
    "Statement",
    "Step",
    "Target",
    "Untouched",
    "WatchedName",
    "assert_canonical",
    "assert_fragmentation_at_most",
    "assert_no_cycles",
    "assert_no_legacy_imports",
    "check_imports",
    "fix_imports",
    "import_statements",
    "load_rules",
    "parse_rules",
    "plan_rewrites",
    "report_imports",
]

_HOMES = {
    "_assertions": (
        "assert_canonical",
        "assert_fragmentation_at_most",
        "assert_no_cycles",
        "assert_no_legacy_imports",
    ),
    "_check": ("CheckResult", "ImportReport", "check_imports", "report_imports"),
    "_config": ("load_rules", "parse_rules"),
    "_cycles": ("Cycle",),
    "_errors": ("RewriteError", "RewriteRefusedError"),
    "_findings": ("Finding", "ImportComplianceError", "ImportRecordError", "Step"),
    "_fragmentation": ("Definer", "Family", "WatchedName"),
    "_lexer": ("Alias", "Place", "Statement", "import_statements"),
    "_rules": ("CanonicalRule", "CycleRule", "ImportRules", "LegacyRule", "Target"),
    "rewriting._edits": ("Edit", "Proposal", "Untouched"),
    "rewriting._file": ("SourceFile",),
    "rewriting._fix": ("fix_imports",),
    "rewriting._plan": ("AppliedChange", "FileRewrite", "LeftAlone", "RewritePlan"),
    "rewriting._planning": ("plan_rewrites",),
    "rewriting._rewrite": ("Rewrite",),
}

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_names(
        globals(),
        {name: f"test_framework.imports.{module}" for module, names in _HOMES.items() for name in names},
        distribution="ssot-test-framework",
    )
