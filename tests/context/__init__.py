"""Tests of `test_framework.context`."""
