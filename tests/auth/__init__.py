"""Tests of test_framework.auth."""
