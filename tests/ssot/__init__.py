"""Tests of the SSot classes."""
