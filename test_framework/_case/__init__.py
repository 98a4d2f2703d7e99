"""The parts that `test_framework.testcase.AsyncTestCase` is made of."""

from __future__ import annotations
