"""The SSot test classes; their home is `test_framework.ssot.base_test_case`."""

from __future__ import annotations
