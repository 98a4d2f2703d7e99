"""The SSot classes and the environment as type checkers see them: checked by mypy and basedpyright, never executed."""

# Both checkers have to find each mistake, and nothing else.
# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

import unittest
from abc import ABC
from typing import Any, assert_type

from test_framework import (
    AsyncTestCase,
    CategoryType,
    IsolatedEnvironment,
    SSotAsyncTestCase,
    SSotBaseTestCase,
    SsotTestContext,
    SsotTestMetrics,
)
from test_framework.ssot.base_test_case import TestContext, TestMetrics

standard: type[AsyncTestCase] = SSotBaseTestCase
other_name: type[SsotTestMetrics] = TestMetrics
other_context: type[SsotTestContext] = TestContext


class Sample(SSotAsyncTestCase, unittest.TestCase):
    def setup_method(self, method: Any) -> None:
        super().setup_method(method)
        self.logger = None
        self.test_context = SsotTestContext(test_category=CategoryType.E2E)

    async def async_setup_method(self) -> None:
        await super().async_setup_method()

    def setUp(self) -> None:
        super().setUp()

    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()

    async def test_it(self) -> None:
        with self.expect_exception(ValueError, "text") as caught:
            raise ValueError("text")
        assert_type(caught.value, ValueError)
        assert_type(self.get_db_query_count(), int)
        assert_type(self.get_all_metrics(), dict[str, Any])
        with self.track_db_queries() as queries:
            assert_type(queries.count, int)
        async with self.temp_env_vars(A="1", B=None):
            pass
        with self.assertRaises(KeyError) as raised:
            raise KeyError
        assert_type(raised.exception, KeyError)
        self.increment_db_query_count("1")  # type: ignore[arg-type]
        self.expect_exception("ValueError")  # type: ignore[arg-type]
        self.expect_exception(ValueError, match="text")  # type: ignore[arg-type]


class Abstract(SSotBaseTestCase, ABC):
    def setup_method(self) -> None:
        super().setup_method()


environment = IsolatedEnvironment()
assert_type(environment.get("A"), str | None)
assert_type(environment.delete("A"), bool)
assert_type(environment.get_all(), dict[str, str])
environment.set("A", None)  # type: ignore[arg-type]
