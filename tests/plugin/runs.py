"""Runs of pytest in this process, without the plugins that a test is not about."""

from __future__ import annotations

import pytest

# Loaded before the runs, which forget what they have loaded.
import test_framework._pytest._collector
import test_framework.runners._asyncio
import test_framework.testcase
import test_framework.websocket._connect
import test_framework.websocket._credentials

__all__ = ["ALONE", "HEAD", "run", "run_whole", "text_of"]

assert test_framework.testcase.AsyncTestCase is test_framework.AsyncTestCase

_OTHERS = ("asyncio", "trio", "cacheprovider", "randomly", "rerunfailures", "xdist", "cov", "timeout")
ALONE = tuple(word for name in _OTHERS for word in ("-p", f"no:{name}"))
HEAD = """
import asyncio
import pytest
import unittest
from test_framework import AsyncTestCase, on_backends
LOG = []
"""


def run(pytester: pytest.Pytester, source: str, *options: str) -> dict[str, int]:
    """Run a test module that begins with `HEAD`; return how many tests ended how."""
    return run_whole(pytester, source, *options).parseoutcomes()


def text_of(pytester: pytest.Pytester, source: str, *options: str) -> str:
    """Run a test module that begins with `HEAD`; return what pytest prints."""
    return run_whole(pytester, source, *options).stdout.str()


def run_whole(pytester: pytest.Pytester, source: str, *options: str) -> pytest.RunResult:
    """Run a test module that begins with `HEAD`."""
    pytester.makepyfile(test_sample=HEAD + source.replace("\n    ", "\n"))
    return pytester.runpytest_inprocess(*ALONE, *options)
