"""Tests of test_framework.imports."""
