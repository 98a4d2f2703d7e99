"""Tests of test_framework.websocket."""
