"""Tests of the tokens."""
