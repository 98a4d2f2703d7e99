"""A suite as real ones are written, with both runners in mind: every test passes, unless `ends` says otherwise.

It is run by ``python -m unittest``, by pytest and by ``pytest -n 2``, and ends the same, test for test. It needs no
plugin and no fixture.
"""

# Written as suites are, without annotations.
# mypy: ignore-errors

from __future__ import annotations

import abc
import asyncio
import logging
import os
import unittest
from typing import Generic, Protocol, TypeVar

from test_framework.ssot.base_test_case import (
    AsyncTestCase,
    BaseIntegrationTest,
    BaseTestCase,
    CategoryType,
    SSotAsyncBaseTestCase,
    SSotAsyncTestCase,
    SSotBaseTestCase,
    SsotTestContext,
    SsotTestMetrics,
    TestContext,
    TestMetrics,
)

T = TypeVar("T")


def ends(outcome):
    """State how a test ends: "failed" (an error too), "skipped" or "xfailed"."""

    def mark(function):
        function.ends = outcome
        return function

    return mark


class Rows:
    """One check for each row of what suites call; it knows nothing of test cases."""

    def check_record_metric(self):
        self.record_metric("latency", 0.25)
        self.record_metric("latency", 0.5)
        self.assertEqual(0.5, self.get_metric("latency"))
        self.assertEqual("none", self.get_metric("absent", "none"))
        self.assert_metrics_recorded("latency")
        with self.assertRaisesRegex(AssertionError, "metrics not recorded: absent"):
            self.assert_metrics_recorded("latency", "absent")

    def check_logger(self):
        self.assertEqual(type(self).__name__, self.logger.name)
        self.assertIs(self.logger, type(self).logger)
        with self.assertLogs(self.logger, "INFO") as logs:
            self.logger.info("hello")
        self.assertEqual(1, len(logs.output))
        self.logger = logging.getLogger("own")
        self.assertEqual("own", self.logger.name)

    def check_env_vars(self):
        self.assertEqual("none", self.get_env_var("SAMPLE", "none"))
        self.set_env_var("SAMPLE", "value")
        self.assertEqual("value", os.environ["SAMPLE"])
        self.assertEqual("value", self.get_env_var("SAMPLE"))
        self.assert_env_var_set("SAMPLE")
        self.assert_env_var_set("SAMPLE", "value")
        with self.assertRaises(AssertionError):
            self.assert_env_var_set("SAMPLE", "other")
        self.delete_env_var("SAMPLE")
        self.assert_env_var_not_set("SAMPLE")
        self.assertNotIn("SAMPLE", os.environ)

    def check_temporary_env_vars(self):
        self.set_env_var("SAMPLE", "outer")
        with self.temp_env_vars(SAMPLE="inner", OTHER="1"):
            self.assertEqual(("inner", "1"), (os.environ["SAMPLE"], os.environ["OTHER"]))
        with self.mock_environment_variables({"SAMPLE": "mocked"}):
            self.assertEqual("mocked", os.environ["SAMPLE"])
        self.assertEqual("outer", os.environ["SAMPLE"])
        self.assertNotIn("OTHER", os.environ)

    def check_environment(self):
        env = self.get_env()
        self.assertIs(env, self._env)
        self.assertIs(env, self.env)
        env.set("SAMPLE", "1", source="the sample")
        self.assertEqual("1", env.get("SAMPLE"))
        self.assertEqual("the sample", env.get_variable_source("SAMPLE"))
        self.assertTrue(env.exists("SAMPLE"))
        self.assertEqual("1", env.get_all()["SAMPLE"])
        self.assertEqual("1", env.get_subprocess_env()["SAMPLE"])
        self.assertTrue(env.is_isolated())
        env.update({"SAMPLE": "2", "OTHER": "3"})
        env.unset("OTHER")
        env.delete("SAMPLE")
        self.assertFalse(env.exists("SAMPLE"))
        self.set_env_var("ENVIRONMENT", "staging")
        self.assertEqual("staging", env.get_environment_name())
        self.assertTrue(env.is_staging())
        self.assertFalse(env.is_production() or env.is_development() or env.is_test())
        env.reset_to_original()
        env.enable_isolation(backup_original=True)
        env.clear()
        env.reset()
        self.assertFalse(env.is_isolated())

    def check_test_context(self):
        context = self.get_test_context()
        self.assertIs(context, self.test_context)
        self.assertIs(context, self._test_context)
        self.assertIsInstance(context, SsotTestContext)
        self.assertEqual((self.id(), self._testMethodName), (context.test_id, context.test_name))
        self.assertEqual(CategoryType.UNIT, context.test_category)
        self.assertEqual(3, len({context.user_id, context.trace_id, context.session_id}))
        context.metadata["seen"] = True
        self.assertTrue(self.test_context.metadata["seen"])
        self.test_context = SsotTestContext(test_id="own", test_name="own")
        self.assertEqual("own", self.get_test_context().test_id)

    def check_counters(self):
        self.increment_db_query_count()
        with self.track_db_queries() as queries:
            self.increment_db_query_count(2)
        self.assertEqual((2, 3), (queries.count, self.get_db_query_count()))
        with self.track_websocket_events() as events:
            self.increment_websocket_events(4)
        self.assertEqual((4, 4), (events.count, self.get_websocket_events_count()))
        self.increment_redis_ops_count(5)
        self.increment_llm_requests()
        self.assertEqual((5, 1), (self.get_redis_ops_count(), self.get_llm_requests_count()))

    def check_metrics(self):
        metrics = self.get_metrics()
        self.assertIs(metrics, self._metrics)
        self.assertIsInstance(metrics, SsotTestMetrics)
        self.assertGreater(metrics.execution_time, 0)
        self.assertGreaterEqual(metrics.memory_usage, 0)
        metrics.record_custom("own", 1)
        self.assertEqual(1, metrics.get_custom("own"))
        self.increment_redis_ops_count()
        everything = self.get_all_metrics()
        self.assertEqual((1, 1, 0), (everything["own"], everything["redis_operations"], everything["llm_requests"]))
        metrics.start_timing()
        metrics.end_timing()
        self.assertGreaterEqual(metrics.end_time, metrics.start_time)
        self.assert_execution_time_under(60)

    def check_expect_exception(self):
        with self.expect_exception(ValueError, "no .* here") as caught:
            raise ValueError("no such thing here")
        self.assertIsInstance(caught.value, ValueError)
        self.assertIs(caught.value, caught.exception)

    def check_add_cleanup(self):
        async def close():
            done.append("asynchronous")

        done = []
        self.addCleanup(self.assertEqual, ["asynchronous", "synchronous"], done)
        self.add_cleanup(done.append, "synchronous")
        self.add_cleanup(close)

    def check_assert_has_attr(self):
        self.assertHasAttr(self, "id")
        with self.assertRaises(AssertionError):
            self.assertHasAttr(self, "nothing_like_it")

    def check_standard_assertions(self):
        with self.subTest(number=1):
            self.assertEqual(1, 1)
        with self.assertRaises(ZeroDivisionError):
            1 // 0  # noqa: B018
        with self.assertWarns(UserWarning):
            import warnings

            warnings.warn("careful", UserWarning, stacklevel=1)


class SynchronousTest(Rows, SSotBaseTestCase):
    def test_record_metric(self):
        self.check_record_metric()

    def test_logger(self):
        self.check_logger()

    def test_env_vars(self):
        self.check_env_vars()

    def test_temporary_env_vars(self):
        self.check_temporary_env_vars()

    def test_environment(self):
        self.check_environment()

    def test_test_context(self):
        self.check_test_context()

    def test_counters(self):
        self.check_counters()

    def test_metrics(self):
        self.check_metrics()

    def test_expect_exception(self):
        self.check_expect_exception()

    def test_add_cleanup(self):
        self.check_add_cleanup()

    def test_assert_has_attr(self):
        self.check_assert_has_attr()

    def test_standard_assertions(self):
        self.check_standard_assertions()

    @ends("failed")
    def test_that_fails(self):
        self.set_env_var("LEFT_BY_FAILURE", "1")
        self.fail("as it should")

    def test_after_the_failure(self):
        self.assertNotIn("LEFT_BY_FAILURE", os.environ)

    @ends("skipped")
    def test_that_skips(self):
        self.skipTest("not today")

    @ends("failed")
    def test_failing_sub_test(self):
        for number in (1, 2):
            with self.subTest(number=number):
                self.assertEqual(1, number)

    @unittest.expectedFailure
    @ends("xfailed")
    def test_known_bug(self):
        self.fail("known")


class AsynchronousTest(Rows, SSotAsyncTestCase):
    async def asyncSetUp(self):
        await super().asyncSetUp()
        await asyncio.sleep(0)

    async def test_record_metric(self):
        self.check_record_metric()

    async def test_logger(self):
        self.check_logger()

    async def test_env_vars(self):
        self.check_env_vars()

    async def test_temporary_env_vars(self):
        self.check_temporary_env_vars()
        async with self.async_temp_env_vars(SAMPLE="async"):
            self.assertEqual("async", os.environ["SAMPLE"])
        async with self.temp_env_vars(SAMPLE="async"):
            self.assertEqual("async", os.environ["SAMPLE"])

    async def test_environment(self):
        self.check_environment()

    async def test_test_context(self):
        self.check_test_context()

    async def test_counters(self):
        self.check_counters()

    async def test_metrics(self):
        self.check_metrics()

    async def test_expect_exception(self):
        self.check_expect_exception()
        with self.expect_exception(TimeoutError):
            await self.run_with_timeout(asyncio.sleep(10), timeout=0.01)

    async def test_add_cleanup(self):
        self.check_add_cleanup()

    async def test_assert_has_attr(self):
        self.check_assert_has_attr()

    async def test_standard_assertions(self):
        self.check_standard_assertions()

    async def test_waiting(self):
        answers = iter([False, True])
        await self.wait_for_condition(lambda: next(answers), timeout=5.0, interval=0.001, error_message="no answer")
        self.assertEqual(42, await self.run_with_timeout(asyncio.sleep(0, 42), timeout=5.0))

    @ends("failed")
    async def test_that_fails(self):
        await asyncio.sleep(0)
        self.fail("as it should")

    @ends("failed")
    async def test_forgotten_await(self):
        asyncio.sleep(0)

    @ends("skipped")
    async def test_that_skips(self):
        raise unittest.SkipTest("not today")


class BothStylesTest(SSotAsyncTestCase):
    @classmethod
    def setup_class(cls):
        super().setup_class()
        cls.log = ["setup_class"]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.log.append("setUpClass")

    @classmethod
    async def asyncSetUpClass(cls):
        await super().asyncSetUpClass()
        cls.log.append("asyncSetUpClass")
        cls.of_class = list(cls.log)

    def setup_method(self, method):
        super().setup_method(method)
        self.steps = [f"setup_method {method.__name__}"]
        self.addCleanup(self._look_back)

    async def async_setup_method(self, method):
        await super().async_setup_method(method)
        self.steps.append(f"async_setup_method {method.__name__}")

    def setUp(self):
        super().setUp()
        self.steps.append("setUp")

    async def asyncSetUp(self):
        await super().asyncSetUp()
        self.steps.append("asyncSetUp")

    def _check(self, name):
        self.assertEqual(["setup_class", "setUpClass", "asyncSetUpClass"], self.of_class)
        set_ups = [f"setup_method {name}", f"async_setup_method {name}", "setUp", "asyncSetUp"]
        self.assertEqual(set_ups, self.steps)

    def test_synchronous(self):
        self._check("test_synchronous")

    async def test_asynchronous(self):
        self._check("test_asynchronous")

    async def asyncTearDown(self):
        await super().asyncTearDown()
        self.steps.append("asyncTearDown")

    def tearDown(self):
        super().tearDown()
        self.steps.append("tearDown")

    async def async_teardown_method(self, method):
        await super().async_teardown_method(method)
        self.steps.append("async_teardown_method")

    def teardown_method(self, method):
        super().teardown_method(method)
        self.steps.append("teardown_method")

    def _look_back(self):
        tear_downs = ["asyncTearDown", "tearDown", "async_teardown_method", "teardown_method"]
        self.assertEqual(tear_downs, self.steps[4:])


class AsynchronousHooksTest(SSotBaseTestCase):
    """Every hook is `async def`, and none takes the method or calls super()."""

    @classmethod
    async def setup_class(cls):
        cls.of_class = ["setup_class"]

    @classmethod
    async def setUpClass(cls):
        cls.of_class.append("setUpClass")

    async def setup_method(self):
        self.steps = ["setup_method"]
        self.addCleanup(self._look_back)

    async def async_setup_method(self):
        self.steps.append("async_setup_method")

    async def setUp(self):
        self.steps.append("setUp")

    def test_it(self):
        self.assertEqual(["setup_class", "setUpClass"], self.of_class)
        self.assertEqual(["setup_method", "async_setup_method", "setUp"], self.steps)

    async def tearDown(self):
        self.steps.append("tearDown")

    async def async_teardown_method(self):
        self.steps.append("async_teardown_method")

    async def teardown_method(self):
        self.steps.append("teardown_method")

    def _look_back(self):
        self.assertEqual(["tearDown", "async_teardown_method", "teardown_method"], self.steps[3:])

    @classmethod
    async def tearDownClass(cls):
        cls.of_class.append("tearDownClass")

    @classmethod
    async def teardown_class(cls):
        cls.of_class.append("teardown_class")


class MixedSignaturesTest(SSotBaseTestCase):
    def setup_method(self, method=None):
        self.calls = [method]

    def teardown_method(self):
        super().teardown_method()


class OverridingTest(MixedSignaturesTest):
    def setup_method(self):
        super().setup_method()
        self.calls.append("here")

    def test_it(self):
        self.assertEqual([None, "here"], self.calls)


class FailingHookTest(SSotBaseTestCase):
    def setup_method(self, method):
        if "fails" in method.__name__:
            raise RuntimeError("no server")

    async def async_setup_method(self, method):
        if "skips" in method.__name__:
            self.skipTest("no server")

    @ends("failed")
    def test_that_fails(self):
        raise AssertionError("never reached")

    @ends("skipped")
    async def test_that_skips(self):
        raise AssertionError("never reached")

    def test_that_passes(self):
        pass


class OwnAttributesTest(SSotBaseTestCase):
    test_context = {"who": "the class"}  # noqa: RUF012
    logger = logging.getLogger("of the class")

    def setUp(self):
        super().setUp()
        self.env = "staging"
        self._metrics = SsotTestMetrics(database_queries=7)

    def test_the_class_wins(self):
        self.assertEqual("of the class", self.logger.name)
        self.assertEqual({"who": "the class"}, self.get_test_context())
        self.assertEqual("staging", self.env)
        self.increment_db_query_count()
        self.assertEqual(8, self.get_db_query_count())
        self.set_env_var("SAMPLE", "still works")
        self.assert_env_var_set("SAMPLE", "still works")


class ClassEnvironmentTest(SSotBaseTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        os.environ["OF_THE_CLASS"] = "1"

    def test_one(self):
        self.assert_env_var_set("OF_THE_CLASS", "1")
        os.environ["OF_THE_CLASS"] = "2"

    def test_other(self):
        self.assert_env_var_set("OF_THE_CLASS", "1")


class LaterClassTest(SSotBaseTestCase):
    def test_nothing_is_left(self):
        self.assertNotIn("OF_THE_CLASS", os.environ)


class WithStandardClassTest(SSotBaseTestCase, unittest.TestCase):
    def setup_method(self, method):
        super().setup_method(method)
        self.ready = True

    def test_it(self):
        self.assertTrue(self.ready)


class WithBothBasesTest(SSotAsyncTestCase, SSotBaseTestCase):
    async def test_it(self):
        await asyncio.sleep(0)


class WrongOrderTest(SSotBaseTestCase):
    def test_the_error_names_the_order(self):
        with self.assertRaisesRegex(TypeError, r"write class Wrong\(SSotBaseTestCase, TestCase\)"):
            type(SSotBaseTestCase)("Wrong", (unittest.TestCase, SSotBaseTestCase), {})


class Cooperative:
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.made = True


class Uncooperative:
    def __init__(self):
        self.made = True


class WithSetUp:
    def setUp(self):
        super().setUp()
        self.was_set_up = True


class HookBehind:
    def setUp(self):
        self.was_set_up = True

    def teardown_method(self, method):
        self.method = method


class CooperativeBeforeTest(Cooperative, SSotBaseTestCase):
    def test_it(self):
        self.assertTrue(self.made)


class CooperativeBehindTest(SSotBaseTestCase, Cooperative):
    def test_it(self):
        self.assertEqual("test_it", self._testMethodName)


class UncooperativeBeforeTest(Uncooperative, SSotAsyncTestCase):
    async def test_it(self):
        self.assertTrue(self.made)


class UncooperativeBehindTest(SSotAsyncTestCase, Uncooperative):
    async def test_it(self):
        await asyncio.sleep(0)


class OwnInitTest(SSotBaseTestCase):
    def __init__(self):
        super().__init__()
        self.made = True

    def test_it(self):
        self.assertTrue(self.made)
        self.assertEqual("test_it", self._testMethodName)


class SetUpBeforeTest(WithSetUp, SSotBaseTestCase):
    def test_it(self):
        self.assertTrue(self.was_set_up)


class SetUpBehindTest(SSotBaseTestCase, HookBehind):
    def test_it(self):
        self.assertTrue(self.was_set_up)


class SetUpBehindAndOwnTest(SSotBaseTestCase, HookBehind):
    def setUp(self):
        super().setUp()
        self.own = True

    def test_it(self):
        self.assertTrue(self.was_set_up and self.own)


class Made(Protocol):
    def make(self): ...


class AbstractTest(SSotBaseTestCase, abc.ABC):
    @abc.abstractmethod
    def make(self): ...


class ConcreteTest(AbstractTest, Made, Generic[T]):
    def make(self):
        return 1

    def test_it(self):
        self.assertEqual(1, self.make())


class AliasesTest(BaseIntegrationTest):
    def test_they_are_the_same(self):
        self.assertTrue(BaseTestCase is BaseIntegrationTest is SSotBaseTestCase)
        self.assertTrue(AsyncTestCase is SSotAsyncBaseTestCase is SSotAsyncTestCase)
        self.assertTrue(TestMetrics is SsotTestMetrics)
        self.assertTrue(TestContext is SsotTestContext)
